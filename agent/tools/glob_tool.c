#include "agent/tools/glob_tool.h"

#include <stdlib.h>

#include "actions/file_find.h"
#include "agent/observation.h"
#include "agent/tools/action.h"
#include "agent/tools/search_job.h"
#include "agent/tools/stateless.h"
#include "server/base/error.h"

#define DESCRIPTION                                                                                \
    "Finds files by a pattern for their paths and lists them, newest first, at most 100.\n\n"      \
    "- `*.py` finds in any folder below `path`; `src/**/*.ts` and `{a,b}/*.json` work too.\n"      \
    "- Only files are listed, hidden ones only when the pattern names them (`.*`, "                \
    "`.github/**`).\n"                                                                             \
    "- To look for what is in files, use grep."

#define PARAMETERS                                                                                 \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"pattern\":{\"type\":\"string\",\"description\":\"The pattern, for instance `*.js` or "      \
    "`src/**/*.tsx`.\"},"                                                                          \
    "\"path\":{\"type\":\"string\",\"description\":\"Folder to search in; the working directory "  \
    "when it is left out.\"}},\"required\":[\"pattern\"]}"

/* An absolute pattern names its folder itself: everything before the first component with a
 * special character. */
static struct str split(struct str pattern, struct str *ret_folder)
{
    size_t end = 0;
    for (size_t i = 0; i < pattern.len && strchr("*?[{", pattern.data[i]) == NULL; i++) {
        if (pattern.data[i] == '/')
            end = i;
    }
    *ret_folder = end == 0 ? STR("/") : str_slice(pattern, 0, end);
    return str_skip(pattern, end + 1);
}

/* A name without a folder is looked for everywhere. */
static bool find_files(struct search_job *job, struct str pattern, struct error *error)
{
    struct file_find find;
    scoped_buf struct buf anywhere = {0};
    if (str_starts_with(pattern, STR("./")))
        pattern = str_skip(pattern, 2);
    if (!str_has_byte(pattern, '/'))
        buf_append(&anywhere, STR("**/"));
    buf_append(&anywhere, pattern);
    const struct file_find_options options = {.root = job->root,
                                              .pattern = buf_str(&anywhere),
                                              .limit = FILE_FIND_MAX_MATCHES,
                                              .is_by_time = true,
                                              .timeout_ms = SEARCH_TIMEOUT_MS,
                                              .is_cancelled = &job->base.is_cancelled};
    if (!file_find(&options, &find, error))
        return false;
    for (size_t i = 0; i < find.count; i++) {
        if (find.items[i].kind != FILE_KIND_DIRECTORY)
            search_job_add(job, file_find_path(&find, i), find.items[i].modified_us);
    }
    file_find_fini(&find);
    return true;
}

static void work(struct tool_job *base)
{
    struct error error;
    struct search_job *job = container_of(base, struct search_job, base);
    const struct str given = action_string(base->run->action, "pattern");
    struct str pattern = given;
    struct str folder = action_string(base->run->action, "path");
    if (folder.len == 0 && str_starts_with(given, STR("/")))
        pattern = split(given, &folder);
    search_job_set_root(job, folder);
    if (!search_job_is_directory(job)) {
        search_job_fail(job, "Search path '", str_from(job->root), "' is not a valid directory");
    } else if (!find_files(job, pattern, &error)) {
        search_job_fail(job, "", str_from(error.text), "");
    } else if (job->count == 0) {
        buf_printf(&job->text, "No files found matching pattern '%.*s' in directory '%s'",
                   STR_ARG(given), job->root);
    } else {
        search_job_sort(job);
        buf_printf(&job->text, "Found %zu file(s) matching pattern '%.*s' in '%s':\n", job->count,
                   STR_ARG(given), job->root);
        search_job_list(job);
    }
}

static void done(struct tool_job *base)
{
    const struct search_job *job = container_of(base, struct search_job, base);
    struct observation observation;
    search_job_observe(job, "files", &observation);
    observation_string(&observation, "pattern", action_string(base->run->action, "pattern"));
    observation_string(&observation, "search_path", str_from(job->root));
    observation_bool(&observation, "truncated", job->is_truncated);
    tool_run_observe(base->run, &observation);
}

static void start(struct tool_run *run)
{
    search_job_start(run, work, done);
}

static const struct tool_type type = {.start = start,
                                      .cancel = tool_job_cancel,
                                      .close = stateless_close,
                                      .resource = search_job_resource};

static const struct tool glob_tool = {
    .type = &type,
    .name = STR_INIT("glob"),
    .description = STR_INIT(DESCRIPTION),
    .parameters = STR_INIT(PARAMETERS),
    .kind = STR_INIT("GlobTool"),
    .action_kind = STR_INIT("GlobAction"),
    .observation_kind = STR_INIT("GlobObservation"),
    .annotations = {.is_given = true, .is_read_only = true, .is_idempotent = true},
};

bool glob_tool_make(struct tool_set *set, const struct doc_value *params, struct error *error)
{
    (void)params; /* it has none */
    return stateless_add(set, &glob_tool, error);
}
