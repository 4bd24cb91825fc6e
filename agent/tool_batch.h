#ifndef AGENT_TOOL_BATCH_H
#define AGENT_TOOL_BATCH_H

/*
 * Executes the actions of one answer (contract v1-conversations §4.12): as many at once as the
 * agent's limit allows, and tells what came of them in the order of the calls, once all are done.
 * What a hook has blocked, what no tool can do any more, and what stands behind a `finish` is
 * answered without being executed.
 *
 * Owned by a step. on_done comes once, in a later turn or never after an abandon.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct runner;
struct tool_batch;

/* `error`: something could not be stored. `is_finished`: the agent says it is done. */
typedef void (*tool_batch_fn)(void *owner, bool is_finished, const struct error *error);

/* Numbers of ActionEvents, in the order of their calls. */
struct tool_batch *tool_batch_start(struct runner *runner, const size_t *numbers, size_t count,
                                    tool_batch_fn on_done, void *owner);
/* Cancels what runs; on_done comes when it has ended, and nothing is told of it. */
void tool_batch_interrupt(struct tool_batch *batch);
/* on_done does not come. */
void tool_batch_abandon(struct tool_batch *batch);

/* An AgentErrorEvent in the place of an action's observation. */
bool tool_batch_answer_error(struct runner *runner, size_t number, struct str text,
                             bool is_internal, struct error *error) MUST_CHECK;

#endif
