#ifndef AGENT_TOOLS_EDITOR_RUN_H
#define AGENT_TOOLS_EDITOR_RUN_H

/*
 * One call of the file editor as a run of a tool, for the two tools that have an editor: the action
 * becomes a request, the result an observation. The work is done on a worker thread.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "agent/tools/tool_job.h"

struct editor;

#define EDITOR_PARAMETERS                                                                          \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"command\":{\"type\":\"string\",\"description\":\"What to do: `view`, `create`, "            \
    "`str_replace`, `insert` or `undo_edit`.\","                                                   \
    "\"enum\":[\"view\",\"create\",\"str_replace\",\"insert\",\"undo_edit\"]},"                    \
    "\"path\":{\"type\":\"string\",\"description\":\"Absolute path of the file or folder.\"},"     \
    "\"file_text\":{\"type\":\"string\",\"description\":\"For `create`: the content of the new "   \
    "file.\"},"                                                                                    \
    "\"old_str\":{\"type\":\"string\",\"description\":\"For `str_replace`: the text to replace, "  \
    "exactly as it stands in the file.\"},"                                                        \
    "\"new_str\":{\"type\":\"string\",\"description\":\"For `str_replace`: what shall stand "      \
    "there "                                                                                       \
    "instead. For `insert`: the new lines.\"},"                                                    \
    "\"insert_line\":{\"type\":\"integer\",\"description\":\"For `insert`: the line behind which " \
    "`new_str` goes, 0 for the beginning.\",\"minimum\":0},"                                       \
    "\"view_range\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"description\":\"For "   \
    "`view` of a file: first and last line to show, from 1; -1 as the last is the end of the "     \
    "file.\"}},\"required\":[\"command\",\"path\"]}"

struct editor *editor_run_open(const struct tool_context *context);
void editor_run_start(struct editor *editor, struct tool_run *run);

#endif
