#ifndef AGENT_TOOLS_FILE_CHANGE_H
#define AGENT_TOOLS_FILE_CHANGE_H

/*
 * The two tools with which a model changes a file, `write_file` and `edit` (contract
 * v1-conversations §6.6), say the same of what they have done: whether the file is new, and what
 * stood in it before and stands in it now.
 */

#include <stddef.h>

#include "agent/tools/file_job.h"

struct file_change {
    struct file_job file;
    bool is_new;
    bool counts;         /* the replacements are told */
    size_t replacements; /* that were made */
    bool names_file;     /* an error does */
    bool has_old;
    struct buf old_content;
    struct buf new_content;
};

/* Begins a job that frees itself. */
struct file_change *file_change_start(struct tool_run *run, const char *doing,
                                      void (*work)(struct tool_job *base));
struct file_change *file_change_of(struct tool_job *base);

/* The path is no directory. False: the job has failed. */
bool file_change_check(struct file_change *change, const struct stat *status) MUST_CHECK;

#endif
