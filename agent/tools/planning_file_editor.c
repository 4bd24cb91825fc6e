#include "agent/tools/planning_file_editor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "actions/editor.h"
#include "actions/file_directory.h"
#include "actions/path.h"
#include "agent/observation.h"
#include "agent/tool_set.h"
#include "agent/tools/action.h"
#include "agent/tools/editor_run.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/repr.h"

#define DESCRIPTION                                                                                \
    "Views files and folders anywhere, and edits one file: the plan.\n\n"                          \
    "`view` shows a file with line numbers or what is in a folder; `view_range` shows some lines " \
    "only. `str_replace` replaces the one place where `old_str` stands by `new_str`, `insert` "    \
    "puts `new_str` behind a line, `undo_edit` takes the last edit back; these are refused for "   \
    "every other file than the plan. Paths are absolute. `old_str` must be exactly what stands "   \
    "in the file, and stand there once.\n\n"                                                       \
    "The current working directory is %s.\nThe plan is %s. Its headings are there already; other " \
    "agents read it after you."
#define HEADINGS                                                                                   \
    "# 1. OBJECTIVE\n\n# 2. CONTEXT SUMMARY\n\n# 3. APPROACH OVERVIEW\n\n"                         \
    "# 4. IMPLEMENTATION STEPS\n\n# 5. TESTING AND VALIDATION\n"

struct planning_editor {
    struct tool tool;
    struct editor *editor;
    char *plan; /* absolute, resolved */
    struct buf description;
};

static struct planning_editor *editor_of(struct tool *tool)
{
    return container_of(tool, struct planning_editor, tool);
}

static void refuse(struct tool_run *run, struct str command, const char *path)
{
    struct observation observation;
    scoped_buf struct buf text = {0};
    buf_printf(&text,
               "Operation '%.*s' is not allowed on file '%s'. Only the following files can be "
               "edited: [",
               STR_ARG(command), path);
    repr_append(&text, str_from(editor_of(run->tool)->plan));
    buf_append_byte(&text, ']');
    tool_run_begin(run, &observation);
    observation_text(&observation, buf_str(&text));
    observation_content_end(&observation, true);
    observation_string(&observation, "command", command);
    observation_bool(&observation, "prev_exist", true);
    tool_run_observe(run, &observation);
}

static void start(struct tool_run *run)
{
    struct planning_editor *self = editor_of(run->tool);
    const struct str command = action_string(run->action, "command");
    const struct str path = action_string(run->action, "path");
    scoped_free char *given = mem_strndup(path.data == NULL ? "" : path.data, path.len);
    scoped_free char *resolved = realpath(given, NULL);
    const char *shown = resolved == NULL ? given : resolved;
    if (str_equal(command, STR("view")) || strcmp(shown, self->plan) == 0)
        editor_run_start(self->editor, run);
    else
        refuse(run, command, shown);
}

static void free_editor(struct planning_editor *self)
{
    editor_free(self->editor);
    buf_fini(&self->description);
    free(self->plan);
    free(self);
}

static void close_editor(struct tool *tool, void (*on_closed)(void *owner), void *owner)
{
    free_editor(editor_of(tool));
    on_closed(owner);
}

static const struct tool_type type = {
    .start = start, .cancel = tool_job_cancel, .close = close_editor, .file = "path"};

/* An older place counts when the plan is there. */
static char *find_plan(const char *working_dir, struct str given)
{
    if (str_starts_with(given, STR("/")))
        return mem_strndup(given.data, given.len);
    if (given.len > 0)
        return path_join(working_dir, given);
    char *old = path_join(working_dir, STR("PLAN.md"));
    if (access(old, F_OK) == 0)
        return old;
    free(old);
    return path_join(working_dir, STR(".agents_tmp/PLAN.md"));
}

static bool make_plan(const char *path, struct error *error)
{
    const struct str headings = STR(HEADINGS);
    scoped_free char *parent = path_parent(path);
    if (!file_make_directories(parent, error))
        return false;
    scoped_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST)
        return true;
    if (fd < 0 || write(fd, headings.data, headings.len) != (ssize_t)headings.len)
        return error_set_errno(error, errno, "make the plan '%s'", path);
    return true;
}

static bool prepare_plan(struct planning_editor *self, const char *working_dir, struct str given,
                         struct error *error)
{
    self->plan = find_plan(working_dir, given);
    if (!make_plan(self->plan, error))
        return false;
    char *resolved = realpath(self->plan, NULL);
    if (resolved == NULL)
        return error_set_errno(error, errno, "find the plan '%s'", self->plan);
    free(self->plan);
    self->plan = resolved;
    return true;
}

bool planning_file_editor_make(struct tool_set *set, const struct doc_value *params,
                               struct error *error)
{
    const struct tool_context *context = tool_set_context(set);
    const struct str given = params == NULL ? STR_NULL : action_string(params, "plan_path");
    struct planning_editor *self = mem_zero(1, sizeof(*self));
    if (!prepare_plan(self, context->working_dir, given, error)) {
        free_editor(self);
        return false;
    }
    self->editor = editor_run_open(context);
    buf_printf(&self->description, DESCRIPTION, context->working_dir, self->plan);
    self->tool = (struct tool){
        .type = &type,
        .name = STR("planning_file_editor"),
        .description = buf_str(&self->description),
        .parameters = STR(EDITOR_PARAMETERS),
        .kind = STR("PlanningFileEditorTool"),
        .action_kind = STR("PlanningFileEditorAction"),
        .observation_kind = STR("PlanningFileEditorObservation"),
        .annotations = {.is_given = true},
    };
    return tool_set_add(set, &self->tool, error);
}
