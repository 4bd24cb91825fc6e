#include "api/file_job.h"

#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/loop/work.h"

static size_t running_long; /* of the loop thread */

static void run_job(void *owner)
{
    struct file_job *job = owner;
    job->is_ok = job->run(job, &job->error);
}

static void send_reply(struct file_job *job)
{
    http_request_on_gone(job->request, NULL, NULL);
    struct buf body = buf_take(&job->body);
    if (job->is_ok)
        reply_json(job->request, 200, &body);
    else
        reply_error(job->request, &job->error);
    buf_fini(&body);
}

static void on_done(void *owner, bool is_cancelled)
{
    struct file_job *job = owner;
    if (is_cancelled)
        (void)error_set(&job->error, ERROR_UNAVAILABLE, "the server is stopping"); /* is false */
    send_reply(job);
}

static void on_wake(void *owner)
{
    (void)owner; /* no progress is reported */
}

static void on_long_end(void *owner)
{
    running_long--;
    send_reply(owner);
}

static void on_gone(void *owner)
{
    struct file_job *job = owner;
    atomic_store(&job->is_cancelled, true);
}

static struct file_job *new_job(struct http_request *request, file_job_fn run, const void *input,
                                size_t size)
{
    void *copy = arena_alloc(&request->arena, size);
    memcpy(copy, input, size);
    struct file_job *job = arena_zero(&request->arena, 1, sizeof(*job));
    job->request = request;
    job->run = run;
    job->input = copy;
    http_request_on_gone(request, on_gone, job);
    return job;
}

void file_job_start(struct http_request *request, file_job_fn run, const void *input, size_t size)
{
    struct file_job *job = new_job(request, run, input, size);
    (void)work_start(http_request_loop(request), run_job, on_done, job); /* runs to its end */
}

static void refuse(struct http_request *request, enum error_code code, const char *text)
{
    struct error error;
    (void)error_set(&error, code, "%s", text); /* is false */
    http_request_on_gone(request, NULL, NULL);
    reply_error(request, &error);
}

static const struct work_thread_calls long_calls = {
    .run = run_job,
    .on_wake = on_wake,
    .on_end = on_long_end,
};

void file_job_start_long(struct http_request *request, file_job_fn run, const void *input,
                         size_t size)
{
    if (running_long >= FILE_JOB_MAX_LONG) {
        refuse(request, ERROR_LIMIT, "too many searches and changes of trees are running");
        return;
    }
    struct file_job *job = new_job(request, run, input, size);
    struct work_thread *thread;
    if (!work_thread_start(http_request_loop(request), &long_calls, job, &thread)) {
        refuse(request, ERROR_UNAVAILABLE, "no thread can be started");
        return;
    }
    running_long++;
}
