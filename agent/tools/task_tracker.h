#ifndef AGENT_TOOLS_TASK_TRACKER_H
#define AGENT_TOOLS_TASK_TRACKER_H

/*
 * The tool with which a model keeps a list of what it has to do (contract v1-conversations §6.3).
 * The list is saved beside the conversation, TASKS.json, and read from there when it is first asked
 * for. One call at a time, on a worker thread.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

/* For tool_makers. */
bool task_tracker_make(struct tool_set *set, const struct doc_value *params,
                       struct error *error) MUST_CHECK;

#endif
