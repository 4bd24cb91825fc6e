#include "agent/tools/editor_run.h"

#include <stdlib.h>

#include "actions/editor.h"
#include "agent/observation.h"
#include "agent/tools/action.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/mem.h"

struct editor_job {
    struct tool_job base;
    struct editor *editor;
    struct editor_request request;
    struct editor_result result;
    int64_t *view_range;
};

static struct editor_job *job_of(struct tool_job *base)
{
    return container_of(base, struct editor_job, base);
}

struct editor *editor_run_open(const struct tool_context *context)
{
    return editor_new(&(struct editor_options){.dialect = EDITOR_V1,
                                               .processes = context->processes,
                                               .env = context->env,
                                               .workspace_root = str_from(context->working_dir)});
}

static void read_view_range(struct editor_job *job, const struct doc_value *action)
{
    const struct doc_value *range = doc_find(action, STR("view_range"));
    if (range == NULL || doc_kind(range) != DOC_ARRAY)
        return;
    job->view_range = mem_zero(doc_count(range) + 1, sizeof(*job->view_range));
    for (size_t i = 0; i < doc_count(range); i++) {
        if (doc_kind(doc_at(range, i)) == DOC_INT)
            job->view_range[i] = doc_int(doc_at(range, i));
    }
    job->request.has_view_range = true;
    job->request.view_range = job->view_range;
    job->request.view_range_count = doc_count(range);
}

static void read_request(struct editor_job *job, const struct doc_value *action)
{
    job->request = (struct editor_request){.command = action_string(action, "command"),
                                           .path = action_string(action, "path"),
                                           .file_text = action_string(action, "file_text"),
                                           .old_str = action_string(action, "old_str"),
                                           .new_str = action_string(action, "new_str")};
    job->request.has_insert_line = action_int(action, "insert_line", &job->request.insert_line);
    read_view_range(job, action);
}

static void work(struct tool_job *base)
{
    struct editor_job *job = job_of(base);
    editor_run(job->editor, &job->request, &job->result);
}

static void write_members(const struct editor_result *result, struct observation *observation)
{
    observation_string(observation, "path", buf_str(&result->path));
    observation_bool(observation, "prev_exist", result->prev_exist);
    if (result->has_old_content)
        observation_string(observation, "old_content", buf_str(&result->old_content));
    if (result->has_new_content)
        observation_string(observation, "new_content", buf_str(&result->new_content));
}

static void done(struct tool_job *base)
{
    const struct editor_job *job = job_of(base);
    const struct editor_result *result = &job->result;
    struct observation observation;
    tool_run_begin(base->run, &observation);
    observation_text(&observation, buf_str(&result->text));
    if (result->image.len > 0)
        observation_image(&observation, buf_str(&result->image));
    observation_content_end(&observation, result->is_error);
    observation_string(&observation, "command", job->request.command);
    if (result->is_error)
        observation_bool(&observation, "prev_exist", true);
    else
        write_members(result, &observation);
    tool_run_observe(base->run, &observation);
}

static void free_job(struct tool_job *base)
{
    struct editor_job *job = job_of(base);
    editor_result_fini(&job->result);
    free(job->view_range);
    free(job);
}

void editor_run_start(struct editor *editor, struct tool_run *run)
{
    struct editor_job *job = mem_zero(1, sizeof(*job));
    job->base = (struct tool_job){.run = run, .work = work, .done = done, .free = free_job};
    job->editor = editor;
    read_request(job, run->action);
    tool_job_start(&job->base);
}
