#ifndef AGENT_STATE_H
#define AGENT_STATE_H

/*
 * The state of a conversation (contract v1-conversations §3.2, §4.1, §7), as base_state.json keeps
 * it. Most fields are JSON that is only passed on, and kept as text; those that the server works
 * with are typed. One table says how each field is called and what it is at first.
 *
 * Forms: FORM_STORED is base_state.json, FORM_EVENT the value of full_state, and FORM_ANSWER a part
 * of the ConversationInfo, which conversation_print.h makes.
 *
 * Plain memory with one owner: the conversation, or a worker job that looks at one on disk.
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
struct jsonw;
struct secret_mask;
struct secrets;
struct stats;

enum state_status {
    STATUS_IDLE,
    STATUS_RUNNING,
    STATUS_PAUSED,
    STATUS_WAITING_FOR_CONFIRMATION,
    STATUS_FINISHED,
    STATUS_ERROR,
    STATUS_STUCK,
    STATUS_DELETING,
    STATUS_COUNT
};
struct str state_status_name(enum state_status status);
bool state_status_find(struct str name, enum state_status *ret_status) MUST_CHECK;

/* Fields kept as JSON: enumerator, name, what it is at first. "null": may be absent. */
#define STATE_FIELDS(FIELD)                                                                        \
    FIELD(AGENT, "agent", "null")                                                                  \
    FIELD(WORKSPACE, "workspace", "null")                                                          \
    FIELD(CONFIRMATION_POLICY, "confirmation_policy", "{\"kind\":\"NeverConfirm\"}")               \
    FIELD(SECURITY_ANALYZER, "security_analyzer", "null")                                          \
    FIELD(ACTIVATED_SKILLS, "activated_knowledge_skills", "[]")                                    \
    FIELD(ACTIVATED_RULES, "activated_path_rules", "[]")                                           \
    FIELD(INVOKED_SKILLS, "invoked_skills", "[]")                                                  \
    FIELD(BLOCKED_ACTIONS, "blocked_actions", "{}")                                                \
    FIELD(BLOCKED_MESSAGES, "blocked_messages", "{}")                                              \
    FIELD(TAGS, "tags", "{}")                                                                      \
    FIELD(AGENT_STATE, "agent_state", "{}")                                                        \
    FIELD(HOOK_CONFIG, "hook_config", "null")

enum state_field {
#define STATE_ENUMERATOR(name, text, initial) STATE_##name,
    STATE_FIELDS(STATE_ENUMERATOR)
#undef STATE_ENUMERATOR
    STATE_FIELD_COUNT
};
struct str state_field_name(enum state_field field);

struct state {
    struct id id;
    char *json[STATE_FIELD_COUNT]; /* the agent: whole, secrets as they are */
    char *persistence_dir;
    int64_t max_iterations;
    bool stuck_detection;
    enum state_status status;
    struct id last_user_message; /* nil: none */
    struct id leaf;              /* HEAD; nil: none, or the end of a log without a tree */
    bool head_is_empty;          /* none on purpose */
    struct stats *stats;
    struct secrets *secrets;
    char *stored_agent; /* the agent's stored form, made once; NULL: not yet */
};

/* The mask is borrowed for the state's life and learns all secrets. */
struct state *state_new(struct secret_mask *mask);
void state_free(struct state *state);

/* From the text of a base_state.json. ERROR_INVALID: it is none. */
bool state_read(struct state *state, struct str text, const struct cipher *cipher,
                struct error *error) MUST_CHECK;

struct str state_json(const struct state *state, enum state_field field);
/* False: it has this value already. */
bool state_set_json(struct state *state, enum state_field field, struct str json);

/* Appends the object in FORM_STORED or FORM_EVENT. */
void state_print(struct state *state, const struct secret_writer *writer, struct buf *out);
/* Appends one field as events show it; "null" for what is absent. */
void state_print_field(const struct state *state, enum state_field field, struct buf *out);

#endif
