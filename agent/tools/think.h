#ifndef AGENT_TOOLS_THINK_H
#define AGENT_TOOLS_THINK_H

/*
 * The tool by which a model notes a thought and gets nothing back (contract v1-conversations §6.4):
 * room to reason for models that have no other. Keeps nothing.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

/* For tool_makers. */
bool think_make(struct tool_set *set, const struct doc_value *params,
                struct error *error) MUST_CHECK;

#endif
