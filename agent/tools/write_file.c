#include "agent/tools/write_file.h"

#include "actions/line_range.h"
#include "actions/text_replace.h"
#include "agent/tools/action.h"
#include "agent/tools/file_change.h"
#include "server/base/error.h"

#define DESCRIPTION                                                                                \
    "Writes a file: makes a new one, with the folders above it, or replaces all that stands in "   \
    "an existing one.\n\n"                                                                         \
    "To change a part of a file, use edit."

#define PARAMETERS                                                                                 \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"file_path\":{\"type\":\"string\",\"description\":\"The file.\"},"                           \
    "\"content\":{\"type\":\"string\",\"description\":\"All that shall stand in it.\"}},"          \
    "\"required\":[\"file_path\",\"content\"]}"

/* For clients only: a file that cannot be read may be written nevertheless. */
static void read_old(struct file_change *change)
{
    struct error ignored;
    scoped_buf struct buf bytes = {0};
    change->has_old = line_range_load(change->file.path, FILE_JOB_MAX_BYTES, &bytes, &ignored);
    if (change->has_old)
        text_replace_read(buf_str(&bytes), &change->old_content);
}

static void work(struct tool_job *base)
{
    struct stat status;
    struct file_change *change = file_change_of(base);
    struct file_job *file = &change->file;
    const struct str content = action_string(base->run->action, "content");
    if (!file_job_find_path(file, "file_path"))
        return;
    const enum file_presence presence = file_job_look(file, &status);
    const bool exists = presence == FILE_IS_PRESENT;
    if (presence == FILE_IS_HIDDEN || (exists && !file_change_check(change, &status)))
        return;
    if (exists)
        read_old(change);
    if (!file_job_write(file, exists, content))
        return;
    change->is_new = !exists;
    buf_append(&change->new_content, content);
    buf_printf(&file->text, "%s file: %s", exists ? "Updated" : "Created", file->path);
}

static void start(struct tool_run *run)
{
    (void)file_change_start(run, "writing file", work); /* ends by itself */
}

static const struct tool_type type = {
    .start = start, .cancel = tool_job_cancel, .close = file_tool_close, .file = "file_path"};

static const struct tool write_file = {
    .type = &type,
    .name = STR_INIT("write_file"),
    .description = STR_INIT(DESCRIPTION),
    .parameters = STR_INIT(PARAMETERS),
    .kind = STR_INIT("WriteFileTool"),
    .action_kind = STR_INIT("WriteFileAction"),
    .observation_kind = STR_INIT("WriteFileObservation"),
    .annotations = {.is_given = true, .is_destructive = true},
};

bool write_file_make(struct tool_set *set, const struct doc_value *params, struct error *error)
{
    (void)params; /* it has none */
    return file_tool_add(set, &write_file, error);
}
