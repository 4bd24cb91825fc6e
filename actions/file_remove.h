#ifndef ACTIONS_FILE_REMOVE_H
#define ACTIONS_FILE_REMOVE_H

/*
 * Removing a file, a link (never what it leads to), an empty directory, or, when asked for, a whole
 * tree. A tree is removed from its leaves up and nothing is followed out of it, even when it
 * changes meanwhile; the first error stops it and what is gone stays gone. The file system's root
 * and directories that hold mounted file systems are refused by the kernel or here.
 *
 * Blocking: a tree takes as long as it is large, so it belongs on a thread of its own.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"

struct error;

struct file_remove_options {
    const char *path; /* a checked path */
    bool is_recursive;
    const atomic_bool *is_cancelled; /* may be NULL */
};

/* Errors: NOT_FOUND; CONFLICT for a directory that is not empty. */
bool file_remove(const struct file_remove_options *options, uint64_t *ret_count,
                 struct error *error) MUST_CHECK;

#endif
