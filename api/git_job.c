#include "api/git_job.h"

#include "actions/git_queue.h"
#include "api/api.h"
#include "server/base/error.h"
#include "server/http/reply.h"

static bool run_job(struct git *git, void *owner, struct error *error)
{
    struct git_job *job = owner;
    return job->run(git, job, error);
}

static void on_gone(void *owner)
{
    const struct git_job *job = owner;
    git_task_cancel(job->task);
}

static void on_done(void *owner, const struct error *error)
{
    struct git_job *job = owner;
    http_request_on_gone(job->request, NULL, NULL);
    struct buf body = buf_take(&job->body);
    if (error == NULL)
        reply_json(job->request, 200, &body);
    else
        reply_error(job->request, error);
    buf_fini(&body);
}

void git_job_start(struct api *api, const struct git_job *job)
{
    struct http_request *request = job->request;
    if (str_has_byte(job->path, '\0') || str_has_byte(job->ref, '\0')) {
        reply_unexpected(request, STR("embedded null byte"));
        return;
    }
    struct git_job *own = arena_alloc(&request->arena, sizeof(*own));
    *own = *job;
    own->task = git_queue_start(api->git, run_job, on_done, own);
    http_request_on_gone(request, on_gone, own);
}
