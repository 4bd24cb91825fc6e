#ifndef AGENT_HOOKS_RUN_H
#define AGENT_HOOKS_RUN_H

/*
 * One run of all hooks that match an occasion (contract v1-conversations §4.7).
 *
 *     hooks_run_start ─> commands (in a thread) ─> a judge (beside the loop) ─> … ─>
 * on_done(result)
 *
 * Hooks follow one another; before a tool, a message or a stop, the first that blocks ends the run.
 * The result has one HookExecutionEvent for each hook that ran, to be appended before the event
 * that they gate. A hook that nobody waits for is started and counts as a success. A hook of type
 * prompt or agent is put to a judge; where there is none, or the hook wants tools that a judge does
 * not have, it allows and says so.
 *
 * A run frees itself after on_done. What it needs of its options it copies; `hooks` must outlive
 * it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "agent/hooks.h"
#include "server/base/buf.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct hook_verdict;
struct hooks_run;
struct loop;
struct processes;

#define HOOK_MAX_TEXT_CHARS 50000 /* of each text in the event */

struct hooks_occasion {
    enum hook_event event;
    struct str tool_name;     /* before and after a tool */
    struct str tool_input;    /* JSON: the action with nulls and kind */
    struct str tool_response; /* JSON: the observation likewise; after a tool */
    struct str message;       /* the user's text */
    struct str reason;        /* of a stop: "agent_finished" */
    struct id subject;        /* id of the action or the message; nil: neither */
};

struct hooks_result {
    bool is_blocked;
    struct buf reason;  /* why; never empty when blocked */
    struct buf context; /* additionalContext of all, joined by newlines; empty: none */
    struct buf *events; /* members of a HookExecutionEvent each; source EVENT_FROM_HOOK */
    size_t event_count;
};

typedef void (*hooks_done_fn)(void *owner, const struct hooks_result *result);

/* A call that is given one verdict, later; it dies with the call. */
typedef void (*hooks_judged_fn)(void *run, const struct hook_verdict *verdict);

struct hooks_judge {
    void *(*ask)(void *owner, const struct hook *hook, struct str input, hooks_judged_fn on_judged,
                 void *run); /* NULL: there is no judge */
    void (*cancel)(void *call);
    void *owner;
};

struct hooks_run_options {
    struct loop *loop;
    struct processes *processes;
    const struct hooks *hooks;
    const struct hooks_occasion *occasion;
    const char *working_dir;
    struct id conversation;
    struct hooks_judge judge;
    const char *const *env; /* what commands find besides OPENHANDS_*; NULL-terminated */
    hooks_done_fn on_done;  /* once, in a later turn; the result dies with the call */
    void *owner;
};

/* Also when no hook matches. */
struct hooks_run *hooks_run_start(const struct hooks_run_options *options);
/* No further hook begins; on_done comes when the one that runs has ended. */
void hooks_run_cancel(struct hooks_run *run);

#endif
