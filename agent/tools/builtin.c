#include "agent/tools/builtin.h"

#include "agent/tools/apply_patch.h"
#include "agent/tools/edit_file.h"
#include "agent/tools/file_editor.h"
#include "agent/tools/finish.h"
#include "agent/tools/glob_tool.h"
#include "agent/tools/grep_tool.h"
#include "agent/tools/list_directory.h"
#include "agent/tools/planning_file_editor.h"
#include "agent/tools/read_file.h"
#include "agent/tools/task_tracker.h"
#include "agent/tools/terminal_tool.h"
#include "agent/tools/think.h"
#include "agent/tools/write_file.h"

const struct tool_maker tool_makers[] = {
    {"terminal", NULL, terminal_tool_make},
    {"file_editor", NULL, file_editor_make},
    {"task_tracker", NULL, task_tracker_make},
    {"glob", NULL, glob_tool_make},
    {"grep", NULL, grep_tool_make},
    {"apply_patch", NULL, apply_patch_make},
    {"planning_file_editor", NULL, planning_file_editor_make},
    {"read_file", NULL, read_file_make},
    {"write_file", NULL, write_file_make},
    {"edit", NULL, edit_file_make},
    {"list_directory", NULL, list_directory_make},
    {"finish", "FinishTool", finish_make},
    {"think", "ThinkTool", think_make},
};
const size_t tool_makers_count = ARRAY_SIZE(tool_makers);
