#ifndef API_GIT_JOB_H
#define API_GIT_JOB_H

/*
 * A request that is answered by git: its task runs on a worker, writes the reply's body there, and
 * the reply follows on the loop thread. When the client leaves, no further git command is started.
 *
 * The job lives in the request's arena; what it reads (the request's strings) stays until the
 * reply.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/str.h"

struct api;
struct error;
struct git;
struct git_task;
struct http_request;

struct git_job;
/* Blocking, on a worker: fills `body`, or sets the error, which becomes the reply. */
typedef bool (*git_job_fn)(struct git *git, struct git_job *job, struct error *error);

struct git_job {
    struct http_request *request;
    struct git_task *task;
    git_job_fn run;
    struct str path;
    struct str ref;
    struct str commit;
    size_t limit;
    struct buf body;
};

/* Copies `job`. Strings with a NUL byte, which no path and no reference can hold, are answered here
 * as the contract's server does. */
void git_job_start(struct api *api, const struct git_job *job);

#endif
