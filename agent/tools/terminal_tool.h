#ifndef AGENT_TOOLS_TERMINAL_TOOL_H
#define AGENT_TOOLS_TERMINAL_TOOL_H

/*
 * The tool with which a model runs commands in a shell that keeps its state (contract
 * v1-conversations §6.1). Calls one after the other have the same shell; calls at the same time
 * have one each, up to TERMINAL_MAX_SHELLS, and wait beyond that. What asks for a command that runs
 * already (input, nothing) goes to the shell in which one does. The parameter terminal_type
 * "subprocess" asks for a single shell, for which calls then wait.
 *
 * Shells are started when they are needed first, and are entered in the server's terminals, where
 * people can watch them.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

#define TERMINAL_MAX_SHELLS 4

/* For tool_makers. */
bool terminal_tool_make(struct tool_set *set, const struct doc_value *params,
                        struct error *error) MUST_CHECK;

#endif
