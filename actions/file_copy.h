#ifndef ACTIONS_FILE_COPY_H
#define ACTIONS_FILE_COPY_H

/*
 * Copying a file or a tree, and moving either.
 *
 * A file is copied through file_write: atomically, sharing blocks where the file system can. A tree
 * is copied to a name that must be free; links in it are copied as links, permission bits and
 * modification times are kept, FIFOs, sockets and devices are left out and counted. A copy that
 * fails is removed again.
 *
 * A move is a rename; between file systems it is a copy and a removal of the source.
 *
 * Blocking: as long as the tree is large, so it belongs on a thread of its own.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"

struct error;

struct file_copy_options {
    const char *from; /* checked paths */
    const char *to;
    bool
        replaces; /* an existing file; CONFLICT otherwise. Directories are never replaced by copy */
    bool creates_parents;
    const atomic_bool *is_cancelled; /* may be NULL */
};

struct file_copied {
    uint64_t files;
    uint64_t bytes;
    uint64_t skipped;
};

bool file_copy(const struct file_copy_options *options, struct file_copied *ret_copied,
               struct error *error) MUST_CHECK;
/* A directory may replace an empty one when `replaces` is set, as rename does. */
bool file_move(const struct file_copy_options *options, struct error *error) MUST_CHECK;

#endif
