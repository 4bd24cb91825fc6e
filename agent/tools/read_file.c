#include "agent/tools/read_file.h"

#include <stdlib.h>

#include "actions/line_range.h"
#include "actions/text_file.h"
#include "actions/text_replace.h"
#include "agent/observation.h"
#include "agent/tools/action.h"
#include "agent/tools/file_job.h"
#include "agent/truncate.h"
#include "server/base/error.h"
#include "server/base/mem.h"

#define MAX_LINES      1000 /* of one call that has no limit of its own */
#define MAX_CHARACTERS ((size_t)1 << 20)

#define DESCRIPTION                                                                                \
    "Shows the text of a file, each line with its number.\n\n"                                     \
    "At most 1000 lines are shown at once; what is left, and how to ask for it, is said then. "    \
    "`offset` and `limit` choose the lines: offset 100 with limit 50 shows the lines 101 to 150."

#define PARAMETERS                                                                                 \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"file_path\":{\"type\":\"string\",\"description\":\"The file.\"},"                           \
    "\"offset\":{\"type\":\"integer\",\"description\":\"How many lines to leave out at the "       \
    "beginning.\",\"minimum\":0},"                                                                 \
    "\"limit\":{\"type\":\"integer\",\"description\":\"How many lines to show at most.\","         \
    "\"minimum\":1}},\"required\":[\"file_path\"]}"

struct read_job {
    struct file_job file;
    struct buf shown; /* numbered lines */
    size_t from;      /* lines, counted from 0 */
    size_t to;
    size_t total;
};

static struct read_job *job_of(struct tool_job *base)
{
    return container_of(base, struct read_job, file.base);
}

static void number_lines(struct read_job *job, struct str text)
{
    scoped_buf struct buf numbered = {0};
    struct str rest = str_slice(text, text_line_start(text, job->from), text.len);
    for (size_t line = job->from; line < job->to; line++) {
        const size_t end = text_line_start(rest, 1);
        buf_printf(&numbered, "%6zu  ", line + 1);
        buf_append(&numbered, str_slice(rest, 0, end));
        rest = str_skip(rest, end);
    }
    truncate_append(buf_str(&numbered), &(struct truncate_options){.limit = MAX_CHARACTERS},
                    &job->shown);
}

static void describe(struct read_job *job, int64_t limit)
{
    struct buf *text = &job->file.text;
    const struct str given = action_string(job->file.base.run->action, "file_path");
    buf_printf(text, "Read file: %s", job->file.path);
    if (job->to < job->total) {
        buf_printf(text, " (showing lines %zu-%zu of %zu)", job->from + 1, job->to, job->total);
        buf_printf(text, " To read more, use: read_file(file_path='%.*s', offset=%zu, limit=%lld)",
                   STR_ARG(given), job->to, (long long)limit);
    }
    buf_append(text, STR("\n\n"));
    buf_append(text, buf_str(&job->shown));
}

static void show(struct read_job *job, struct str text)
{
    const struct doc_value *action = job->file.base.run->action;
    int64_t offset = 0;
    int64_t limit = MAX_LINES;
    if (!action_int(action, "offset", &offset) || offset < 0)
        offset = 0;
    if (!action_int(action, "limit", &limit) || limit < 1)
        limit = MAX_LINES;
    job->total = text_count_lines(text);
    if ((uint64_t)offset >= job->total) {
        buf_printf(file_job_fail(&job->file),
                   "Error: Offset %lld is beyond file length (%zu lines)", (long long)offset,
                   job->total);
        return;
    }
    job->from = (size_t)offset;
    job->to = (uint64_t)limit < job->total - job->from ? job->from + (size_t)limit : job->total;
    number_lines(job, text);
    describe(job, limit);
}

/* False: there is nothing that can be read. */
static bool check(struct file_job *file)
{
    struct stat status;
    const enum file_presence presence = file_job_look(file, &status);
    if (presence == FILE_IS_ABSENT)
        buf_printf(file_job_fail(file), "Error: File not found: %s", file->path);
    if (presence != FILE_IS_PRESENT)
        return false;
    if (!S_ISDIR(status.st_mode))
        return true;
    buf_printf(file_job_fail(file), "Error: Path is a directory, not a file: %s", file->path);
    return false;
}

static void work(struct tool_job *base)
{
    struct error error;
    struct read_job *job = job_of(base);
    scoped_buf struct buf bytes = {0};
    scoped_buf struct buf text = {0};
    if (!file_job_find_path(&job->file, "file_path") || !check(&job->file))
        return;
    if (!line_range_load(job->file.path, LINE_RANGE_MAX_BYTES, &bytes, &error)) {
        file_job_fail_with(&job->file, &error);
        return;
    }
    text_replace_read(buf_str(&bytes), &text);
    show(job, buf_str(&text));
}

static void done(struct tool_job *base)
{
    const struct read_job *job = job_of(base);
    const bool is_truncated = job->to < job->total && !job->file.is_error;
    struct observation observation;
    tool_run_begin(base->run, &observation);
    file_job_observe(&job->file, &observation);
    observation_string(&observation, "file_path",
                       job->file.path == NULL ? action_string(base->run->action, "file_path")
                                              : str_from(job->file.path));
    observation_string(&observation, "file_content", buf_str(&job->shown));
    observation_bool(&observation, "is_truncated", is_truncated);
    if (is_truncated) {
        jsonw_array_in(&observation.w, "lines_shown");
        jsonw_uint(&observation.w, NULL, job->from + 1);
        jsonw_uint(&observation.w, NULL, job->to);
        jsonw_end(&observation.w);
    }
    if (!job->file.is_error)
        observation_int(&observation, "total_lines", (int64_t)job->total);
    tool_run_observe(base->run, &observation);
}

static void free_job(struct tool_job *base)
{
    struct read_job *job = job_of(base);
    file_job_fini(&job->file);
    buf_fini(&job->shown);
    free(job);
}

static void start(struct tool_run *run)
{
    struct read_job *job = mem_zero(1, sizeof(*job));
    job->file.base = (struct tool_job){.run = run, .work = work, .done = done, .free = free_job};
    job->file.doing = "reading file";
    tool_job_start(&job->file.base);
}

static const struct tool_type type = {
    .start = start, .cancel = tool_job_cancel, .close = file_tool_close, .file = "file_path"};

static const struct tool read_file = {
    .type = &type,
    .name = STR_INIT("read_file"),
    .description = STR_INIT(DESCRIPTION),
    .parameters = STR_INIT(PARAMETERS),
    .kind = STR_INIT("ReadFileTool"),
    .action_kind = STR_INIT("ReadFileAction"),
    .observation_kind = STR_INIT("ReadFileObservation"),
    .annotations = {.is_given = true, .is_read_only = true, .is_idempotent = true},
};

bool read_file_make(struct tool_set *set, const struct doc_value *params, struct error *error)
{
    (void)params; /* it has none */
    return file_tool_add(set, &read_file, error);
}
