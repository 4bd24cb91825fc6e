#ifndef AGENT_TOOLS_FINISH_H
#define AGENT_TOOLS_FINISH_H

/*
 * The tool by which a model says that it is done, with its last words to the user (contract
 * v1-conversations §6.4). An observation of it ends the run. Keeps nothing.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

/* For tool_makers. */
bool finish_make(struct tool_set *set, const struct doc_value *params,
                 struct error *error) MUST_CHECK;

#endif
