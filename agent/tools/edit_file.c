#include "agent/tools/edit_file.h"

#include "actions/line_range.h"
#include "actions/text_file.h"
#include "actions/text_replace.h"
#include "agent/tools/action.h"
#include "agent/tools/file_change.h"
#include "server/base/error.h"

#define DESCRIPTION                                                                                \
    "Replaces a text in a file by another one.\n\n"                                                \
    "`old_string` must be exactly what stands in the file, blanks and indentation included; read " \
    "the file first, and take in enough lines around the place to make it unique. When it stands " \
    "there more than once, `expected_replacements` says how often, and all are replaced; when "    \
    "the "                                                                                         \
    "number is wrong, nothing is changed.\n"                                                       \
    "An empty `old_string` makes a new file that holds `new_string`.\n\n"                          \
    "To change most of a file, use write_file."

#define PARAMETERS                                                                                 \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"file_path\":{\"type\":\"string\",\"description\":\"The file.\"},"                           \
    "\"old_string\":{\"type\":\"string\",\"description\":\"The text to replace. Empty: make a "    \
    "new "                                                                                         \
    "file.\"},"                                                                                    \
    "\"new_string\":{\"type\":\"string\",\"description\":\"What shall stand there instead.\"},"    \
    "\"expected_replacements\":{\"type\":\"integer\",\"description\":\"How often the text stands " \
    "in the file; once, when it is left out.\",\"minimum\":0,\"default\":1}},"                     \
    "\"required\":[\"file_path\",\"old_string\",\"new_string\"]}"

static void create(struct file_change *change, bool exists, struct str content)
{
    struct file_job *file = &change->file;
    if (exists) {
        buf_printf(file_job_fail(file),
                   "Error: Cannot create file that already exists: %s. Use write_file to overwrite "
                   "or provide non-empty old_string.",
                   file->path);
        return;
    }
    file->doing = "creating file";
    if (!file_job_write(file, false, content))
        return;
    change->is_new = true;
    change->replacements = 1;
    buf_append(&change->new_content, content);
    buf_printf(&file->text, "Created new file: %s", file->path);
}

/* False: the job has failed. */
static bool check_count(struct file_change *change, size_t count)
{
    int64_t expected = 1;
    struct file_job *file = &change->file;
    if (!action_int(file->base.run->action, "expected_replacements", &expected))
        expected = 1;
    if (count > 0 && (int64_t)count == expected)
        return true;
    change->names_file = true;
    if (count == 0)
        buf_printf(file_job_fail(file),
                   "Error: Could not find the string to replace. 0 occurrences found in %s. Use "
                   "read_file to verify the exact text.",
                   file->path);
    else
        buf_printf(file_job_fail(file), "Error: Expected %lld %s but found %zu in %s.",
                   (long long)expected, expected == 1 ? "occurrence" : "occurrences", count,
                   file->path);
    return false;
}

static void replace(struct file_change *change, struct str bytes, struct str part)
{
    scoped_buf struct buf after = {0};
    struct file_job *file = &change->file;
    const struct str new_string = action_string(file->base.run->action, "new_string");
    const struct text_replacement replacement = {.bytes = bytes,
                                                 .text = buf_str(&change->old_content),
                                                 .part = part,
                                                 .replacement = new_string};
    change->replacements = text_replace_count(replacement.text, part);
    if (!check_count(change, change->replacements))
        return;
    if (new_string.len > FILE_JOB_MAX_BYTES / change->replacements) {
        buf_printf(file_job_fail(file), "Error editing file: File would be too large: %s",
                   file->path);
        return;
    }
    text_replace_all(&replacement, &after, &change->new_content);
    if (str_equal(buf_str(&after), bytes)) {
        change->names_file = true;
        buf_append(file_job_fail(file), STR("Error: No changes made. The new content is identical "
                                            "to the current content."));
    } else if (file_job_write(file, true, buf_str(&after))) {
        change->has_old = true;
        buf_printf(&file->text, "Successfully edited %s (%zu replacement(s))", file->path,
                   change->replacements);
    }
}

static void edit(struct file_change *change, struct str old_string)
{
    struct error error;
    struct file_job *file = &change->file;
    scoped_buf struct buf bytes = {0};
    scoped_buf struct buf part = {0};
    if (!line_range_load(file->path, FILE_JOB_MAX_BYTES, &bytes, &error)) {
        file_job_fail_with(file, &error);
    } else if (str_equal(old_string, action_string(file->base.run->action, "new_string"))) {
        buf_append(file_job_fail(file), STR("Error: No changes to apply. old_string and new_string "
                                            "are identical."));
    } else {
        text_replace_read(buf_str(&bytes), &change->old_content);
        text_unify_lines(&part, old_string); /* no line of the text ends with CR */
        replace(change, buf_str(&bytes), buf_str(&part));
    }
}

static void work(struct tool_job *base)
{
    struct stat status;
    struct file_change *change = file_change_of(base);
    struct file_job *file = &change->file;
    const struct str old_string = action_string(base->run->action, "old_string");
    if (!file_job_find_path(file, "file_path") || !file_job_resolve_path(file))
        return;
    const enum file_presence presence = file_job_look(file, &status);
    const bool exists = presence == FILE_IS_PRESENT;
    if (presence == FILE_IS_HIDDEN)
        return;
    if (old_string.len == 0)
        create(change, exists, action_string(base->run->action, "new_string"));
    else if (!exists)
        buf_printf(file_job_fail(file),
                   "Error: File not found: %s. To create a new file, use old_string=''.",
                   file->path);
    else if (file_change_check(change, &status))
        edit(change, old_string);
}

static void start(struct tool_run *run)
{
    file_change_start(run, "editing file", work)->counts = true;
}

static const struct tool_type type = {
    .start = start, .cancel = tool_job_cancel, .close = file_tool_close, .file = "file_path"};

static const struct tool edit_file = {
    .type = &type,
    .name = STR_INIT("edit"),
    .description = STR_INIT(DESCRIPTION),
    .parameters = STR_INIT(PARAMETERS),
    .kind = STR_INIT("EditTool"),
    .action_kind = STR_INIT("EditAction"),
    .observation_kind = STR_INIT("EditObservation"),
    .annotations = {.is_given = true, .is_destructive = true},
};

bool edit_file_make(struct tool_set *set, const struct doc_value *params, struct error *error)
{
    (void)params; /* it has none */
    return file_tool_add(set, &edit_file, error);
}
