#include "agent/tools/grep_tool.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "actions/grep.h"
#include "agent/observation.h"
#include "agent/tools/action.h"
#include "agent/tools/search_job.h"
#include "agent/tools/stateless.h"
#include "server/base/error.h"

#define DESCRIPTION                                                                                \
    "Finds files that have a line in which a regular expression matches, and lists their paths, "  \
    "newest first, at most 100. Upper and lower case count as equal.\n\n"                          \
    "- `include` takes only files whose name matches a pattern: `*.py`, `*.{ts,tsx}`.\n"           \
    "- Hidden and binary files are passed over.\n"                                                 \
    "- To see the lines themselves, use the terminal: `grep -n …` on the files found here."

#define PARAMETERS                                                                                 \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"pattern\":{\"type\":\"string\",\"description\":\"The regular expression.\"},"               \
    "\"path\":{\"type\":\"string\",\"description\":\"Folder to search in; the working directory "  \
    "when it is left out.\"},"                                                                     \
    "\"include\":{\"type\":\"string\",\"description\":\"Pattern for the names of the files to "    \
    "look into, for instance `*.js`.\"}},\"required\":[\"pattern\"]}"

static int64_t modified_us(const char *root, struct str path)
{
    struct stat status;
    scoped_buf struct buf file = {0};
    buf_printf(&file, "%s/%.*s", root, STR_ARG(path));
    if (stat(file.data, &status) != 0)
        return INT64_MIN;
    return (int64_t)status.st_mtim.tv_sec * 1000000 + status.st_mtim.tv_nsec / 1000;
}

static bool find_files(struct search_job *job, struct error *error)
{
    struct grep found;
    const struct doc_value *action = job->base.run->action;
    const struct grep_options options = {.root = job->root,
                                         .pattern = action_string(action, "pattern"),
                                         .glob = action_string(action, "include"),
                                         .limit = GREP_MAX_MATCHES,
                                         .ignores_case = true,
                                         .is_first_only = true,
                                         .timeout_ms = SEARCH_TIMEOUT_MS,
                                         .is_cancelled = &job->base.is_cancelled};
    if (!grep(&options, &found, error))
        return false;
    for (size_t i = 0; i < found.count; i++) {
        const struct str path = grep_text(&found, found.matches[i].path);
        search_job_add(job, path, modified_us(job->root, path));
    }
    grep_fini(&found);
    search_job_sort(job);
    return true;
}

static void describe(struct search_job *job)
{
    const struct str pattern = action_string(job->base.run->action, "pattern");
    const struct str include = action_string(job->base.run->action, "include");
    if (job->count == 0)
        buf_printf(&job->text, "No files found containing pattern '%.*s' in directory '%s'",
                   STR_ARG(pattern), job->root);
    else
        buf_printf(&job->text, "Found %zu file(s) containing pattern '%.*s' in '%s'", job->count,
                   STR_ARG(pattern), job->root);
    if (include.len > 0)
        buf_printf(&job->text, " (filtered by '%.*s')", STR_ARG(include));
    if (job->count == 0)
        return;
    buf_append(&job->text, STR(":\n"));
    search_job_list(job);
}

static void work(struct tool_job *base)
{
    struct error error;
    struct search_job *job = container_of(base, struct search_job, base);
    const struct str path = action_string(base->run->action, "path");
    search_job_set_root(job, path);
    if (!search_job_is_directory(job))
        search_job_fail(job, "Search path '", path.len > 0 ? path : str_from(job->root),
                        "' is not a valid directory");
    else if (!find_files(job, &error))
        search_job_fail(job, "Invalid regex pattern: ", str_from(error.text), "");
    else
        describe(job);
}

static void done(struct tool_job *base)
{
    const struct search_job *job = container_of(base, struct search_job, base);
    struct observation observation;
    search_job_observe(job, "matches", &observation);
    observation_string(&observation, "pattern", action_string(base->run->action, "pattern"));
    observation_string(&observation, "search_path", str_from(job->root));
    observation_string(&observation, "include_pattern",
                       action_string(base->run->action, "include"));
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

static const struct tool grep_tool = {
    .type = &type,
    .name = STR_INIT("grep"),
    .description = STR_INIT(DESCRIPTION),
    .parameters = STR_INIT(PARAMETERS),
    .kind = STR_INIT("GrepTool"),
    .action_kind = STR_INIT("GrepAction"),
    .observation_kind = STR_INIT("GrepObservation"),
    .annotations = {.is_given = true, .is_read_only = true, .is_idempotent = true},
};

bool grep_tool_make(struct tool_set *set, const struct doc_value *params, struct error *error)
{
    (void)params; /* it has none */
    return stateless_add(set, &grep_tool, error);
}
