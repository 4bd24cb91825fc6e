#ifndef AGENT_TOOLS_STATELESS_H
#define AGENT_TOOLS_STATELESS_H

/*
 * Tools that keep nothing between two calls: made from a constant description, which says
 * everything of them, and owned by the set as all tools are.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

/* Adds a copy of `pattern`, whose type closes with stateless_close. */
bool stateless_add(struct tool_set *set, const struct tool *pattern,
                   struct error *error) MUST_CHECK;
void stateless_close(struct tool *tool, void (*on_closed)(void *owner), void *owner);

#endif
