#ifndef PROMPT_SYSTEM_PROMPT_H
#define PROMPT_SYSTEM_PROMPT_H

/*
 * The system prompt of an agent (contract v1-conversations §5.2): a static text, made of sections
 * that the agent's options choose, and a dynamic one, made of what is known of the workspace. Both
 * are written once, at the agent's start, stored in the SystemPromptEvent and never again changed.
 *
 * The static text reads files (SOUL.md, a security policy, a prompt of the user's), so it belongs
 * into a worker job. The options are borrowed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct doc_value;
struct error;
struct skills;

struct system_prompt_options {
    struct str model;         /* as configured; some families get advice of their own */
    struct str system_prompt; /* agent.system_prompt: replaces everything but the tools' guidance */
    struct str filename;      /* agent.system_prompt_filename */
    struct str persona;       /* agent.persona */
    /* agent.security_policy_filename: STR_NULL the default, empty: no section at all */
    struct str security_policy;
    const struct doc_value *kwargs; /* agent.system_prompt_kwargs; NULL: none */
    const char *state_dir;          /* OH_PERSISTENCE_DIR or ~/.openhands */
    bool loads_memory;              /* agent_context.load_memory */
    bool has_browser;
};

/* The names that stand for built-in prompts. */
#define SYSTEM_PROMPT_DEFAULT   "system_prompt.j2"
#define SYSTEM_PROMPT_PLANNING  "system_prompt_planning.j2"
#define SECURITY_POLICY_DEFAULT "security_policy.j2"

/* ERROR_NOT_FOUND names the file that is missing. */
bool system_prompt_write(const struct system_prompt_options *options, struct buf *out,
                         struct error *error) MUST_CHECK;

struct prompt_secret {
    struct str name;
    struct str description; /* STR_NULL: none */
};

struct dynamic_prompt_options {
    bool has_context;            /* there is an agent_context */
    const struct skills *skills; /* NULL: none */
    struct str memory;           /* memory.h; empty: none */
    struct str suffix;           /* agent_context.system_message_suffix */
    const struct prompt_secret *secrets;
    size_t secret_count;
    struct str datetime; /* agent_context.current_datetime as text; STR_NULL: none */
};

/* Appends nothing when there is neither an agent_context nor a secret. */
void dynamic_prompt_write(const struct dynamic_prompt_options *options, struct buf *out);

/* "YYYY-MM-DDTHH:MM+hh:mm", as the dynamic prompt shows the time, in the local zone. */
void dynamic_prompt_now(int64_t time_us, struct buf *out);

#endif
