#ifndef LOOP_PROCESS_RUN_H
#define LOOP_PROCESS_RUN_H

/*
 * Runs a short helper program (git, mostly) to its end and collects what it prints. Blocks, so it
 * is called from worker jobs only; the loop thread still reaps the child and hands its exit over.
 *
 * When the time is up or a stream passes its limit the whole process group is killed and the flags
 * say so. Standard input is /dev/null unless bytes are given. What somebody else writes to the
 * streams after the program itself has ended is taken for 200 ms at most.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/loop/process.h"

#define PROCESS_RUN_TIMEOUT_MS 600000

struct process_run_options {
    const char *const *argv;
    const char *const *env;
    const char *cwd;
    struct str input;
    uint64_t timeout_ms;     /* 0: PROCESS_RUN_TIMEOUT_MS */
    size_t max_stdout_bytes; /* 0: 64 MiB */
    size_t max_stderr_bytes; /* 0: 64 KiB; what is above it is dropped, not an error */
    /* Instead of collecting: each chunk of stdout as it comes; false stops the program. */
    bool (*on_stdout)(void *owner, struct str chunk);
    void *owner;
};

struct process_run_result {
    struct buf out;
    struct buf err;
    struct process_exit exit;
    bool has_timed_out;
    bool is_too_large;
};

/* True when the program ran, whatever its exit code. The result is valid (and to be given to
 * process_run_fini) in either case. */
bool process_run(struct processes *processes, const struct process_run_options *options,
                 struct process_run_result *result, struct error *error) MUST_CHECK;
void process_run_fini(struct process_run_result *result);

#endif
