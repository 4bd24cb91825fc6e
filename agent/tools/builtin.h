#ifndef AGENT_TOOLS_BUILTIN_H
#define AGENT_TOOLS_BUILTIN_H

/*
 * The tools that are built in, by the names by which agents ask for them. Each is a file of this
 * folder; its maker is all that anybody else sees of it.
 */

#include <stddef.h>

#include "agent/tool.h"

extern const struct tool_maker tool_makers[];
extern const size_t tool_makers_count;

#endif
