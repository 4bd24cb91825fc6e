#include "api/v0/file_job.h"

#include <stdlib.h>

#include "actions/path.h"
#include "api/api.h"
#include "api/v0/action.h"
#include "api/v0/runtime.h"
#include "server/base/buf.h"
#include "server/loop/work.h"

static void run_job(void *owner)
{
    struct v0_file_job *job = owner;
    job->run(job);
}

static void on_done(void *owner, bool is_cancelled)
{
    struct v0_file_job *job = owner;
    if (is_cancelled)
        v0_action_fail(job->action, STR("the server is stopping"));
    else
        job->reply(job);
    job->fini(job);
    free(job);
}

void v0_file_job_start(struct v0_file_job *job)
{
    const struct api *api = v0_action_api(job->action);
    (void)work_start(api->loop, run_job, on_done, job); /* runs to its end */
}

bool v0_file_path(const struct v0_action *action, struct str given, char **ret_path,
                  struct error *error)
{
    scoped_buf struct buf path = {0};
    if (!str_starts_with(given, STR("/"))) {
        buf_append(&path, v0_runtime_cwd(v0_action_runtime(action)));
        buf_append_byte(&path, '/');
    }
    buf_append(&path, given);
    return path_check(buf_str(&path), ret_path, error);
}
