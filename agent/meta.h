#ifndef AGENT_META_H
#define AGENT_META_H

/*
 * What meta.json keeps of a conversation (contract v1-conversations §7): the request that began it,
 * without its agent, and what the server adds: title, times, where it was forked from. The members
 * of the request are only passed on and kept as JSON text, from one table in the order of the file.
 *
 * Plain memory with one owner: the conversation, or a worker job.
 */

#include <stdbool.h>
#include <stdint.h>

#include "agent/secret_form.h"
#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct cipher;
struct error;

#define META_TITLE_MAX 200 /* characters */

/* Enumerator, name, what it is when it is missing. */
#define META_FIELDS(FIELD)                                                                         \
    FIELD(WORKSPACE, "workspace", "null")                                                          \
    FIELD(WORKTREE, "worktree", "false")                                                           \
    FIELD(WORKTREE_OPTIONS, "worktree_options", "null")                                            \
    FIELD(CONVERSATION_ID, "conversation_id", "null")                                              \
    FIELD(PARENT, "parent_conversation_id", "null")                                                \
    FIELD(CONFIRMATION_POLICY, "confirmation_policy", "{\"kind\":\"NeverConfirm\"}")               \
    FIELD(SECURITY_ANALYZER, "security_analyzer", "null")                                          \
    FIELD(INITIAL_MESSAGE, "initial_message", "null")                                              \
    FIELD(MAX_ITERATIONS, "max_iterations", "500")                                                 \
    FIELD(STUCK_DETECTION, "stuck_detection", "true")                                              \
    FIELD(SECRETS, "secrets", "{}")                                                                \
    FIELD(SECRETS_ENCRYPTED, "secrets_encrypted", "false")                                         \
    FIELD(TOOL_MODULES, "tool_module_qualnames", "{}")                                             \
    FIELD(CLIENT_TOOLS, "client_tools", "[]")                                                      \
    FIELD(LAUNCH_ADDITIONS, "agent_launch_additions", "null")                                      \
    FIELD(AGENT_DEFINITIONS, "agent_definitions", "[]")                                            \
    FIELD(PLUGINS, "plugins", "null")                                                              \
    FIELD(HOOK_CONFIG, "hook_config", "null")                                                      \
    FIELD(TAGS, "tags", "{}")                                                                      \
    FIELD(USER_ID, "user_id", "null")                                                              \
    FIELD(OBSERVABILITY_METADATA, "observability_metadata", "{}")                                  \
    FIELD(OBSERVABILITY_TAGS, "observability_tags", "[]")                                          \
    FIELD(OBSERVABILITY_SPAN, "observability_span_name", "\"conversation\"")                       \
    FIELD(OBSERVABILITY_PARENT, "observability_parent_span_context", "null")                       \
    FIELD(AUTOTITLE, "autotitle", "true")                                                          \
    FIELD(TITLE_PROFILE, "title_llm_profile", "null")                                              \
    FIELD(PROMPT, "prompt", "null")                                                                \
    FIELD(CREDENTIAL_BINDINGS, "required_runtime_credential_bindings", "[]")

enum meta_field {
#define META_ENUMERATOR(name, text, missing) META_##name,
    META_FIELDS(META_ENUMERATOR)
#undef META_ENUMERATOR
    META_FIELD_COUNT
};
struct str meta_field_name(enum meta_field field);

struct meta {
    struct id id;
    char *json[META_FIELD_COUNT]; /* NULL: as if missing; SECRETS: values as they are */
    char *title;                  /* NULL: none */
    char *metrics;                /* JSON */
    char *launched_profile;       /* JSON */
    int64_t created_us;
    int64_t updated_us;
    struct id forked_from;       /* nil: none */
    struct id forked_from_event; /* nil: the whole conversation */
};

struct meta *meta_new(void);
void meta_free(struct meta *meta);
bool meta_read(struct meta *meta, struct str text, const struct cipher *cipher,
               struct error *error) MUST_CHECK;
/* Appends the file's text, and the same with secrets in another form. */
void meta_print(const struct meta *meta, const struct cipher *cipher, struct buf *out);
void meta_print_form(const struct meta *meta, const struct secret_writer *writer, struct buf *out);

/* "2026-11-21T08:21:24.985024Z", always with microseconds. */
void meta_print_time(int64_t time_us, struct buf *out);

struct str meta_json(const struct meta *meta, enum meta_field field);
void meta_set_json(struct meta *meta, enum meta_field field, struct str json);
/* nil: it has none */
struct id meta_parent(const struct meta *meta);
/* Strips; ERROR_UNPROCESSABLE for what is blank or too long. */
bool meta_set_title(struct meta *meta, struct str title, struct error *error) MUST_CHECK;

#endif
