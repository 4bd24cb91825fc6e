#ifndef AGENT_RUNNER_HOOKS_H
#define AGENT_RUNNER_HOOKS_H

/*
 * Hooks as a runner runs them: whoever waits for them may go before they have ended, but the runner
 * waits, because they use its configuration.
 */

#include <stdbool.h>

#include "agent/hooks.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct hooks_occasion;
struct hooks_result;
struct runner;
struct runner_hooks;

typedef void (*runner_hooks_fn)(void *owner, const struct hooks_result *result);
bool runner_has_hooks(const struct runner *runner, enum hook_event event, struct str tool_name);
/* NULL: none matches; then on_done was called already, with an empty result. */
struct runner_hooks *runner_run_hooks(struct runner *runner, const struct hooks_occasion *occasion,
                                      runner_hooks_fn on_done, void *owner);
/* on_done does not come. */
void runner_forget_hooks(struct runner_hooks *hooks); /* NULL is fine */
/* No further one begins; on_done comes when the one that runs has ended. */
void runner_cut_hooks(struct runner_hooks *hooks);
/* Appends what they have done. */
bool runner_append_hooks(struct runner *runner, const struct hooks_result *result,
                         struct error *error) MUST_CHECK;

#endif
