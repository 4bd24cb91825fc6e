#include "api/v0/write.h"

#include <errno.h>
#include <stdlib.h>

#include "actions/line_range.h"
#include "actions/path.h"
#include "api/v0/action.h"
#include "api/v0/file_job.h"
#include "api/v0/runtime.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

struct write_job {
    struct v0_file_job base;
    char *path; /* resolved */
    struct line_range_write write;
    bool is_ok;
    struct error error;
};

static struct write_job *write_job_of(struct v0_file_job *base)
{
    return container_of(base, struct write_job, base);
}

/* Words the errors that clients know. */
static bool fail_file(struct write_job *job)
{
    const struct error error = job->error;
    if (error.sys_errno == ENOENT)
        return error_set(&job->error, error.code, "File not found: %s", job->path);
    if (error.sys_errno == EISDIR)
        return error_set(&job->error, error.code,
                         "Path is a directory: %s. You can only write to files", job->path);
    if (error.code == ERROR_UNPROCESSABLE)
        return error_set(&job->error, error.code, "File could not be decoded as utf-8: %s",
                         job->path);
    return false;
}

static bool fail_owner(struct write_job *job, int failed)
{
    (void)path_error(&job->error, failed, job->path); /* is false */
    return error_wrap(&job->error,
                      "File %s written, but failed to change ownership and permissions", job->path);
}

static void run(struct v0_file_job *base)
{
    struct write_job *job = write_job_of(base);
    int failed;
    if (!line_range_write(&job->write, &failed, &job->error))
        job->is_ok = fail_file(job);
    else
        job->is_ok = failed == 0 || fail_owner(job, failed);
}

static void reply(struct v0_file_job *base)
{
    const struct write_job *job = write_job_of(base);
    if (!job->is_ok) {
        v0_action_reply_error(base->action, str_from(job->error.text));
        return;
    }
    scoped_buf struct buf message = {0};
    buf_printf(&message, "I wrote to the file %s.", job->path);
    const struct v0_observation observation = {
        .kind = "write", .message = buf_str(&message), .content = STR("")};
    struct jsonw *w = v0_action_reply_begin(base->action, &observation);
    jsonw_cstr(w, "path", job->path);
    v0_action_reply_end(base->action);
}

static void fini(struct v0_file_job *base)
{
    free(write_job_of(base)->path);
}

void v0_write(struct v0_action *action)
{
    struct error error;
    struct str path;
    struct str content;
    long long start;
    long long end;
    if (!v0_arg_string(action, "path", STR(""), &path) ||
        !v0_arg_string(action, "content", STR(""), &content) ||
        !v0_arg_int(action, "start", 0, &start) || !v0_arg_int(action, "end", -1, &end))
        return;
    char *resolved;
    if (!v0_file_path(action, path, &resolved, &error)) {
        v0_action_reply_error(action, str_from(error.text));
        return;
    }
    struct write_job *job = mem_zero(1, sizeof(*job));
    job->base = (struct v0_file_job){action, run, reply, fini};
    job->path = resolved;
    job->write = (struct line_range_write){
        .path = resolved,
        .start = start,
        .end = end,
        .content = content,
        .owner = v0_runtime_uid(v0_action_runtime(action)),
        .mode = V0_WRITE_MODE,
    };
    v0_file_job_start(&job->base);
}
