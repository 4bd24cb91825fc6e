#ifndef AGENT_HOOK_JUDGE_H
#define AGENT_HOOK_JUDGE_H

/*
 * A model that judges for a hook (contract v1-conversations §4.7): one call of the conversation's
 * language model, beside the run, with no tools. It is accounted for under a usage id of its own.
 *
 *     hook_judge_ask ─> question ─> exchange ─> on_judged(verdict)
 *                          └── the hook's time is up ──┘
 *
 * The description of the model is its own copy, so the agent may change meanwhile. A failure is a
 * verdict that blocks nothing. Owned by whoever asks; gone when on_judged is called.
 */

#include "server/base/str.h"

struct hook;
struct hook_judge;
struct hook_verdict;
struct runner;

/* Once, later; the verdict dies with the call. */
typedef void (*hook_judged_fn)(void *owner, const struct hook_verdict *verdict);

struct hook_judge_options {
    struct runner *runner;
    const struct hook *hook; /* outlives the call */
    struct str input;        /* likewise */
    hook_judged_fn on_judged;
    void *owner;
};

struct hook_judge *hook_judge_ask(const struct hook_judge_options *options);
/* on_judged does not come. */
void hook_judge_cancel(struct hook_judge *judge);

#endif
