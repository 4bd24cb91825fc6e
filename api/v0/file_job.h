#ifndef API_V0_FILE_JOB_H
#define API_V0_FILE_JOB_H

/*
 * An action on files: one piece of blocking work on a worker, then one reply on the loop thread.
 * Embedded as the first member of what the action needs, which it is freed with.
 *
 *     start ── run (worker) ── reply (loop) ── fini, free
 *          └── the server is stopping: a failure instead of run and reply
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct v0_action;

struct v0_file_job {
    struct v0_action *action;
    void (*run)(struct v0_file_job *job);   /* touches nothing but the job */
    void (*reply)(struct v0_file_job *job); /* answers the action, which is gone then */
    void (*fini)(struct v0_file_job *job);  /* frees what the job owns, not the job */
};

/* Takes the job, which is heap memory. */
void v0_file_job_start(struct v0_file_job *job);

/* The path of a `read` or `write`: what is not absolute is meant below the main shell's directory
 * (contract v0-action-execution §5.1). Heap memory. */
bool v0_file_path(const struct v0_action *action, struct str given, char **ret_path,
                  struct error *error) MUST_CHECK;

#endif
