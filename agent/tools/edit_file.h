#ifndef AGENT_TOOLS_EDIT_FILE_H
#define AGENT_TOOLS_EDIT_FILE_H

/*
 * The tool `edit`, with which a model replaces a text in a file, or makes a new file (contract
 * v1-conversations §6.6). It is told how often the text is expected there, and changes nothing when
 * it is wrong about that. Bytes outside the replaced places stay as they are.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

/* For tool_makers. */
bool edit_file_make(struct tool_set *set, const struct doc_value *params,
                    struct error *error) MUST_CHECK;

#endif
