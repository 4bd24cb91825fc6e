#include "agent/tools/file_editor.h"

#include <stdlib.h>

#include "actions/editor.h"
#include "agent/tool_set.h"
#include "agent/tools/editor_run.h"
#include "server/base/buf.h"
#include "server/base/mem.h"

#define DESCRIPTION                                                                                \
    "Views, creates and edits files. What it does stays: the next command sees the changed "       \
    "file.\n\n"                                                                                    \
    "- `view`: a file with line numbers (like `cat -n`), or the files and folders up to two "      \
    "levels "                                                                                      \
    "below a folder. `view_range` shows some lines only: [11, 20], or [11, -1] to the end.%s\n"    \
    "- `create`: a new file with `file_text`. It refuses a path that exists; the folder must "     \
    "exist already.\n"                                                                             \
    "- `str_replace`: replaces the one place where `old_str` stands by `new_str`.\n"               \
    "- `insert`: puts `new_str` behind line `insert_line`; 0 is the beginning of the file.\n"      \
    "- `undo_edit`: takes back the last edit of a file.\n\n"                                       \
    "Paths are absolute. View a file, or the part in question, before you edit it. `old_str` "     \
    "must "                                                                                        \
    "be exactly what stands in the file, blanks and indentation included, without line numbers; "  \
    "when it stands there more than once nothing is changed, so take in enough lines around the "  \
    "place to make it unique. `new_str` is what shall stand there instead, empty to delete. Long " \
    "outputs are cut in the middle. For edits in many places at once, several calls are safer "    \
    "than "                                                                                        \
    "one large one.\n\nThe current working directory is %s."
#define SEES_IMAGES " Pictures (png, jpg, gif, webp, bmp) are shown to you."

struct file_editor {
    struct tool tool;
    struct editor *editor;
    struct buf description;
};

static struct file_editor *editor_of(struct tool *tool)
{
    return container_of(tool, struct file_editor, tool);
}

static void start(struct tool_run *run)
{
    editor_run_start(editor_of(run->tool)->editor, run);
}

static void close_editor(struct tool *tool, void (*on_closed)(void *owner), void *owner)
{
    struct file_editor *self = editor_of(tool);
    editor_free(self->editor);
    buf_fini(&self->description);
    free(self);
    on_closed(owner);
}

static const struct tool_type type = {
    .start = start, .cancel = tool_job_cancel, .close = close_editor, .file = "path"};

bool file_editor_make(struct tool_set *set, const struct doc_value *params, struct error *error)
{
    const struct tool_context *context = tool_set_context(set);
    struct file_editor *self = mem_zero(1, sizeof(*self));
    (void)params; /* it has none */
    self->editor = editor_run_open(context);
    buf_printf(&self->description, DESCRIPTION, context->sees_images ? SEES_IMAGES : "",
               context->working_dir);
    self->tool = (struct tool){
        .type = &type,
        .name = STR("file_editor"),
        .description = buf_str(&self->description),
        .parameters = STR(EDITOR_PARAMETERS),
        .kind = STR("FileEditorTool"),
        .action_kind = STR("FileEditorAction"),
        .observation_kind = STR("FileEditorObservation"),
        .annotations = {.is_given = true, .is_destructive = true},
    };
    return tool_set_add(set, &self->tool, error);
}
