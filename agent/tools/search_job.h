#ifndef AGENT_TOOLS_SEARCH_JOB_H
#define AGENT_TOOLS_SEARCH_JOB_H

/*
 * What the two searching tools have in common: where they search, the files they have found, newest
 * first, and the observation that lists them (contract v1-conversations §6.5).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/tools/tool_job.h"
#include "server/base/buf.h"
#include "server/base/mem.h"

#define SEARCH_MAX_FILES  100
#define SEARCH_TIMEOUT_MS 30000

struct search_file {
    struct str path; /* absolute, in the job's arena */
    int64_t modified_us;
};

struct search_job {
    struct tool_job base;
    const char *root; /* absolute, resolved when it exists */
    struct arena arena;
    struct search_file *files;
    size_t count;
    size_t capacity;
    bool is_truncated;
    bool is_error;
    struct buf text;
};

/* Begins a job that frees itself. */
void search_job_start(struct tool_run *run, void (*work)(struct tool_job *job),
                      void (*done)(struct tool_job *job));
/* For struct tool_type: any number of searches may run at once. */
void search_job_resource(const struct tool *tool, const struct doc_value *action, struct buf *out);

/* The working directory, or `path` from there. */
void search_job_set_root(struct search_job *job, struct str path);
bool search_job_is_directory(const struct search_job *job);
void search_job_add(struct search_job *job, struct str path, int64_t modified_us);
/* Newest first, at most SEARCH_MAX_FILES. */
void search_job_sort(struct search_job *job);
/* Appends the paths, and that there are more. */
void search_job_list(struct search_job *job);
/* The text is before, what and after. */
void search_job_fail(struct search_job *job, const char *before, struct str what,
                     const char *after);

/* Begins the observation with text and `files`, the name of the member that holds the paths. */
void search_job_observe(const struct search_job *job, const char *files,
                        struct observation *ret_observation);
void search_job_fini(struct search_job *job);

#endif
