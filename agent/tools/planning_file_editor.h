#ifndef AGENT_TOOLS_PLANNING_FILE_EDITOR_H
#define AGENT_TOOLS_PLANNING_FILE_EDITOR_H

/*
 * The file editor of an agent that plans (contract v1-conversations §6.6): it views everything and
 * edits one file, the plan, which is made with its headings when there is none. Otherwise it is the
 * file editor.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

/* For tool_makers. */
bool planning_file_editor_make(struct tool_set *set, const struct doc_value *params,
                               struct error *error) MUST_CHECK;

#endif
