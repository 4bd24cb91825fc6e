#ifndef AGENT_AGENT_START_H
#define AGENT_AGENT_START_H

/*
 * Makes the agent of a conversation when it is first needed (contract v1-conversations §4.2, §4.7):
 *
 *     parts (worker job) → tools, MCP servers → hooks of the session's start → system prompt
 *
 * What was made stays until the conversation closes, but for the parts that depend on the model or
 * the branch. Belongs to the runner.
 */

#include "agent/runner.h"
#include "server/base/str.h"

struct runner;

/* on_done comes once the agent is made, or cannot be. */
void runner_start(struct runner *runner, runner_fn on_done, void *owner);
/* The parts anew, for is_stale. */
void runner_reload(struct runner *runner, runner_fn on_done, void *owner);
void runner_start_cancel(struct runner *runner);
/* The tools as a request has them; the text lives until they change. */
struct str runner_tools(struct runner *runner);

#endif
