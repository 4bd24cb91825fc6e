#include "agent/tools/tool_job.h"

#include "server/loop/work.h"

static void run_job(void *owner)
{
    struct tool_job *job = owner;
    job->work(job);
}

static void on_done(void *owner, bool is_cancelled)
{
    struct tool_job *job = owner;
    struct tool_run *run = job->run;
    run->state = NULL;
    if (is_cancelled)
        tool_run_refuse(run, STR("cancelled"));
    else
        job->done(job);
    job->free(job);
}

void tool_job_start(struct tool_job *job)
{
    job->run->state = job;
    (void)work_start(job->run->context->loop, run_job, on_done, job); /* ends by itself */
}

void tool_job_cancel(struct tool_run *run)
{
    struct tool_job *job = run->state;
    if (job != NULL)
        atomic_store(&job->is_cancelled, true);
}
