#include "agent/tools/search_job.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "actions/path.h"
#include "agent/observation.h"
#include "server/base/jsonw.h"

static void free_job(struct tool_job *base)
{
    struct search_job *job = container_of(base, struct search_job, base);
    search_job_fini(job);
    free(job);
}

void search_job_start(struct tool_run *run, void (*work)(struct tool_job *job),
                      void (*done)(struct tool_job *job))
{
    struct search_job *job = mem_zero(1, sizeof(*job));
    job->base = (struct tool_job){.run = run, .work = work, .done = done, .free = free_job};
    tool_job_start(&job->base);
}

void search_job_resource(const struct tool *tool, const struct doc_value *action, struct buf *out)
{
    (void)tool;
    (void)action;
    (void)out;
}

void search_job_set_root(struct search_job *job, struct str path)
{
    const struct str base = str_from(job->base.run->context->working_dir);
    scoped_free char *joined = NULL;
    scoped_free char *resolved = NULL;
    if (path.len == 0)
        path = base;
    joined = str_starts_with(path, STR("/")) ? mem_strndup(path.data, path.len)
                                             : path_join(base.data, path);
    resolved = realpath(joined, NULL);
    job->root = arena_cstr(&job->arena, str_from(resolved != NULL ? resolved : joined));
}

bool search_job_is_directory(const struct search_job *job)
{
    struct stat status;
    return stat(job->root, &status) == 0 && S_ISDIR(status.st_mode);
}

void search_job_add(struct search_job *job, struct str path, int64_t modified_us)
{
    if (job->count == job->capacity) {
        job->capacity = job->capacity == 0 ? 64 : 2 * job->capacity;
        job->files = mem_resize(job->files, job->capacity * sizeof(*job->files));
    }
    const char *slash = str_ends_with(str_from(job->root), STR("/")) ? "" : "/";
    job->files[job->count++] = (struct search_file){
        .path = arena_printf(&job->arena, "%s%s%.*s", job->root, slash, STR_ARG(path)),
        .modified_us = modified_us};
}

static int compare(const void *a, const void *b)
{
    const struct search_file *first = a;
    const struct search_file *second = b;
    if (first->modified_us != second->modified_us)
        return first->modified_us > second->modified_us ? -1 : 1;
    return str_compare(first->path, second->path);
}

void search_job_sort(struct search_job *job)
{
    if (job->count > 0)
        qsort(job->files, job->count, sizeof(*job->files), compare);
    if (job->count <= SEARCH_MAX_FILES)
        return;
    job->count = SEARCH_MAX_FILES;
    job->is_truncated = true;
}

void search_job_list(struct search_job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        buf_append(&job->text, i == 0 ? STR("") : STR("\n"));
        buf_append(&job->text, job->files[i].path);
    }
    if (job->is_truncated)
        buf_append(&job->text, STR("\n\n[Results truncated to first 100 files. Consider using a "
                                   "more specific pattern.]"));
}

void search_job_fail(struct search_job *job, const char *before, struct str what, const char *after)
{
    job->is_error = true;
    buf_clear(&job->text);
    buf_printf(&job->text, "%s%.*s%s", before, STR_ARG(what), after);
}

void search_job_observe(const struct search_job *job, const char *files,
                        struct observation *ret_observation)
{
    tool_run_begin(job->base.run, ret_observation);
    observation_text(ret_observation, buf_str(&job->text));
    observation_content_end(ret_observation, job->is_error);
    jsonw_array_in(&ret_observation->w, files);
    for (size_t i = 0; i < job->count; i++)
        observation_string(ret_observation, NULL, job->files[i].path);
    jsonw_end(&ret_observation->w);
}

void search_job_fini(struct search_job *job)
{
    free(job->files);
    arena_fini(&job->arena);
    buf_fini(&job->text);
}
