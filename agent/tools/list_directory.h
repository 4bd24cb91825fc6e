#ifndef AGENT_TOOLS_LIST_DIRECTORY_H
#define AGENT_TOOLS_LIST_DIRECTORY_H

/*
 * The tool with which a model lists a folder, or that and the folders in it (contract
 * v1-conversations §6.6). The entries are told to clients, at most LIST_DIRECTORY_MAX_ENTRIES.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

#define LIST_DIRECTORY_MAX_ENTRIES 500

/* For tool_makers. */
bool list_directory_make(struct tool_set *set, const struct doc_value *params,
                         struct error *error) MUST_CHECK;

#endif
