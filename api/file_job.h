#ifndef API_FILE_JOB_H
#define API_FILE_JOB_H

/*
 * A request that is answered by one piece of blocking work on files: `run` executes on a worker and
 * writes the reply's JSON body there; the reply follows on the loop thread.
 *
 * Work that takes as long as a tree is large gets a thread of its own (file_job_start_long), so
 * that it never holds up the workers that read and write files. At most FILE_JOB_MAX_LONG of those
 * run at a time; one more is answered 429. When the client leaves, is_cancelled becomes true.
 *
 * A job lives in its request's arena. What it reads (the request's strings, the input) stays until
 * the reply; on the worker, memory comes from the heap, not from that arena.
 */

#include <stdatomic.h>
#include <stdbool.h>

#include "server/base/buf.h"
#include "server/base/error.h"

struct file_job;
struct http_request;

#define FILE_JOB_MAX_LONG 16

/* False with the error set when it failed; the error becomes the reply. */
typedef bool (*file_job_fn)(struct file_job *job, struct error *error);

struct file_job {
    struct http_request *request;
    file_job_fn run;
    const void *input; /* of `run` */
    atomic_bool is_cancelled;
    struct buf body;
    bool is_ok;
    struct error error;
};

/* Copies `input` (of `size` bytes) into the request's arena. */
void file_job_start(struct http_request *request, file_job_fn run, const void *input, size_t size);
void file_job_start_long(struct http_request *request, file_job_fn run, const void *input,
                         size_t size);

#endif
