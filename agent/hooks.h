#ifndef AGENT_HOOKS_H
#define AGENT_HOOKS_H

/*
 * Commands of the user's that run at certain points of a conversation and may forbid what comes
 * next (contract v1-conversations §4.7): their configuration.
 *
 *     hooks ──< matchers of an event (for some tools, or all) ──< hooks
 *
 * Constant once it is made, but for what plugins add; owned by a conversation. hooks_run.h runs
 * them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct doc_value;
struct error;
struct hooks;

/* name, as events call it, as the configuration calls it */
#define HOOK_EVENTS(EVENT)                                                                         \
    EVENT(PRE_TOOL_USE, "PreToolUse", "pre_tool_use")                                              \
    EVENT(POST_TOOL_USE, "PostToolUse", "post_tool_use")                                           \
    EVENT(USER_PROMPT_SUBMIT, "UserPromptSubmit", "user_prompt_submit")                            \
    EVENT(SESSION_START, "SessionStart", "session_start")                                          \
    EVENT(SESSION_END, "SessionEnd", "session_end")                                                \
    EVENT(STOP, "Stop", "stop")

enum hook_event {
#define HOOK_ENUMERATOR(name, event, member) HOOK_##name,
    HOOK_EVENTS(HOOK_ENUMERATOR)
#undef HOOK_ENUMERATOR
    HOOK_EVENT_COUNT
};

#define HOOKS_MAX 1000 /* in one configuration */

enum hook_type {
    HOOK_COMMAND,
    HOOK_PROMPT, /* a model judges */
    HOOK_AGENT   /* an agent judges */
};

struct hook {
    enum hook_type type;
    struct str name; /* STR_NULL: none, like the next three */
    struct str command;
    struct str prompt;
    struct str system_prompt;
    struct str tools; /* a JSON array */
    struct str label; /* what events call it: the command, or a name made of the rest */
    int64_t timeout_s;
    int64_t max_iterations;
    bool is_async; /* nobody waits for it */
};

struct str hook_event_name(enum hook_event event);

/* ERROR_UNPROCESSABLE names the member. NULL or null gives an empty configuration. */
bool hooks_decode(const struct doc_value *config, struct hooks **ret_hooks,
                  struct error *error) MUST_CHECK;
void hooks_free(struct hooks *hooks); /* NULL is fine */
/* Adds the matchers of a plugin's configuration behind those that are there. */
bool hooks_add(struct hooks *hooks, const struct doc_value *config, struct error *error) MUST_CHECK;
bool hooks_is_empty(const struct hooks *hooks); /* so are NULL ones */

enum hooks_form {
    HOOKS_STATE,  /* without nulls; "async_", as in all but the last */
    HOOKS_STORED, /* of meta.json: with nulls */
    HOOKS_ANSWER  /* of REST: with nulls, and "async" as clients write it */
};

void hooks_write(const struct hooks *hooks, enum hooks_form form, struct buf *out);

/* The hooks that run, in their order; `tool_name` only matters before and after tools. Returns
 * their number, of which the first `max` are stored. NULL hooks have none. */
size_t hooks_match(const struct hooks *hooks, enum hook_event event, struct str tool_name,
                   const struct hook **matching, size_t max);

#endif
