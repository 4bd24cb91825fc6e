#ifndef AGENT_HOOKS_H
#define AGENT_HOOKS_H

/*
 * Commands of the user's that run at certain points of a conversation and may forbid what comes
 * next (contract v1-conversations §4.7): the configuration, and one run of all hooks that match.
 *
 *     hooks_run_start ─> hook 1 (worker job) ─> hook 2 … ─> on_done(result)
 *
 * The hooks of a run follow one another; before a tool, a message or a stop, the first that blocks
 * ends the run. A result has one HookExecutionEvent for each hook that ran, to be appended before
 * the event that they gate. Hooks that are evaluated by a model allow everything, and say so.
 *
 * The configuration is constant and outlives its runs; a conversation owns both.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct doc_value;
struct error;
struct hooks;
struct hooks_run;
struct loop;
struct processes;

enum hook_event {
    HOOK_PRE_TOOL_USE,
    HOOK_POST_TOOL_USE,
    HOOK_USER_PROMPT_SUBMIT,
    HOOK_SESSION_START,
    HOOK_SESSION_END,
    HOOK_STOP,
    HOOK_EVENT_COUNT
};

#define HOOK_MAX_TEXT_CHARS 50000 /* of a stream or text in the event */
#define HOOKS_MAX           1000  /* in one configuration */

/* --- configuration --- */

/* ERROR_UNPROCESSABLE names the member. NULL or null gives an empty configuration. */
bool hooks_decode(const struct doc_value *config, struct hooks **ret_hooks,
                  struct error *error) MUST_CHECK;
void hooks_free(struct hooks *hooks); /* NULL is fine */
/* The matchers of a plugin's configuration behind those that are there; `more` is copied. */
void hooks_merge(struct hooks *hooks, const struct hooks *more);
bool hooks_is_empty(const struct hooks *hooks);
/* HookConfig as clients see it. */
void hooks_write(const struct hooks *hooks, struct buf *out);
/* Some hook would run; NULL hooks have none. `tool_name` only matters before and after tools. */
bool hooks_match(const struct hooks *hooks, enum hook_event event, struct str tool_name);

/* --- a run --- */

struct hooks_occasion {
    enum hook_event event;
    struct str tool_name;     /* before and after a tool */
    struct str tool_input;    /* JSON: the action with nulls and kind */
    struct str tool_response; /* JSON: the observation likewise; after a tool */
    struct str message;       /* the user's text */
    struct str reason;        /* of a stop: "agent_finished" */
    struct id subject;        /* the action, or the message; nil: neither */
};

struct hooks_result {
    bool is_blocked;
    struct buf reason;  /* why; never empty when blocked */
    struct buf context; /* additionalContext of all, joined by newlines; empty: none */
    struct buf *events; /* members of a HookExecutionEvent each, source EVENT_FROM_HOOK */
    size_t event_count;
};

typedef void (*hooks_done_fn)(void *owner, const struct hooks_result *result);

struct hooks_run_options {
    struct loop *loop;
    struct processes *processes;
    const struct hooks *hooks;
    const struct hooks_occasion *occasion; /* copied */
    const char *working_dir;               /* copied, like the next two */
    struct id conversation;
    const char *const *env; /* what commands find in their environment, besides OPENHANDS_* */
    hooks_done_fn on_done;  /* once, in a later turn; the result dies with the call */
    void *owner;
};

/* Also when no hook matches. */
struct hooks_run *hooks_run_start(const struct hooks_run_options *options);
/* No further hook begins; the one that runs goes on, and on_done comes as soon as it has ended. */
void hooks_run_cancel(struct hooks_run *run);

#endif
