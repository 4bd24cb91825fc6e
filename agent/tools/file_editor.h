#ifndef AGENT_TOOLS_FILE_EDITOR_H
#define AGENT_TOOLS_FILE_EDITOR_H

/*
 * The file editor as a tool (contract v1-conversations §6.2): actions/editor.h with its texts put
 * into observations. One editor, and so one history for undo, per conversation; calls for different
 * files may run at once, on worker threads.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

/* For tool_makers. */
bool file_editor_make(struct tool_set *set, const struct doc_value *params,
                      struct error *error) MUST_CHECK;

#endif
