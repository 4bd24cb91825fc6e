#ifndef AGENT_TOOLS_GLOB_TOOL_H
#define AGENT_TOOLS_GLOB_TOOL_H

/*
 * The tool that finds files by a pattern for their paths, newest first (contract v1-conversations
 * §6.5). Searches on a worker thread; keeps nothing.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

/* For tool_makers. */
bool glob_tool_make(struct tool_set *set, const struct doc_value *params,
                    struct error *error) MUST_CHECK;

#endif
