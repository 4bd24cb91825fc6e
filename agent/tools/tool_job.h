#ifndef AGENT_TOOLS_TOOL_JOB_H
#define AGENT_TOOLS_TOOL_JOB_H

/*
 * A run that blocks (on files, on walking folders) as a job on a worker thread. The job is embedded
 * in the tool's own struct, which holds plain input and results; the action may be read from the
 * worker, because nobody changes it while the run lasts.
 */

#include <stdatomic.h>

#include "agent/tool.h"

struct tool_job {
    struct tool_run *run;
    void (*work)(struct tool_job *job); /* on the worker */
    void (*done)(struct tool_job *job); /* on the loop: ends the run */
    void (*free)(struct tool_job *job);
    atomic_bool is_cancelled;
};

/* The job is run->state until it is freed. */
void tool_job_start(struct tool_job *job);
/* For a tool_type. */
void tool_job_cancel(struct tool_run *run);

#endif
