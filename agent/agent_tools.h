#ifndef AGENT_AGENT_TOOLS_H
#define AGENT_AGENT_TOOLS_H

/*
 * Opens the tools of a runner's agent: those that its description names, with what they need of the
 * conversation (its secrets, its skills), and invoke_skill when there is a skill to ask for.
 *
 * Belongs to the runner, whose parts are there. The tools go with tool_set_close.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct error;
struct runner;

/* runner->tools and runner->lookup are set. */
bool agent_tools_open(struct runner *runner, struct error *error) MUST_CHECK;

#endif
