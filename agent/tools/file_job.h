#ifndef AGENT_TOOLS_FILE_JOB_H
#define AGENT_TOOLS_FILE_JOB_H

/*
 * What the tools have in common that read, write, edit and list single files (contract
 * v1-conversations §6.6): a relative path begins at the working directory, the work is done on a
 * worker thread, and what goes wrong is a text in an observation.
 *
 *     work: file_job_find_path ── file_job_look ── … ── job->text, or file_job_fail
 *     done: tool_run_begin ── file_job_observe ── members of the kind ── tool_run_observe
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "agent/tools/tool_job.h"
#include "server/base/attributes.h"
#include "server/base/buf.h"

struct observation;

#define FILE_JOB_MAX_BYTES ((size_t)10 << 20) /* of a file that is changed */

struct file_job {
    struct tool_job base;
    const char *doing; /* "reading file", for error texts */
    char *path;        /* absolute, tidied, not resolved */
    struct buf text;
    bool is_error;
};

/* Adds a copy of `pattern` whose description says where relative paths begin. Its type closes with
 * file_tool_close. */
bool file_tool_add(struct tool_set *set, const struct tool *pattern,
                   struct error *error) MUST_CHECK;
void file_tool_close(struct tool *tool, void (*on_closed)(void *owner), void *owner);

/* The path in this member of the action. False: the job has failed. */
bool file_job_find_path(struct file_job *job, const char *member) MUST_CHECK;
/* Links and ".." are resolved. */
bool file_job_resolve_path(struct file_job *job) MUST_CHECK;

enum file_presence {
    FILE_IS_ABSENT,
    FILE_IS_PRESENT,
    FILE_IS_HIDDEN /* nobody can tell; the job has failed */
};
enum file_presence file_job_look(struct file_job *job, struct stat *ret_status);

/* The text, empty, for what went wrong. */
struct buf *file_job_fail(struct file_job *job);
/* "Error: Permission denied: PATH" or "Error <doing>: <the error>" */
void file_job_fail_with(struct file_job *job, const struct error *error);
/* Makes what is missing above the file. A file that may not be written is not replaced either.
 * False: the job has failed. */
bool file_job_write(struct file_job *job, bool exists, struct str content) MUST_CHECK;

/* Text and is_error of an observation that has been begun. */
void file_job_observe(const struct file_job *job, struct observation *observation);
void file_job_fini(struct file_job *job);

#endif
