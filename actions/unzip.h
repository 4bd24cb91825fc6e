#ifndef ACTIONS_UNZIP_H
#define ACTIONS_UNZIP_H

/*
 * Unpacks a ZIP file below a directory (contract v0-action-execution §2.6): members that are stored
 * or deflated, with sizes of 32 or 64 bit.
 *
 * A member whose name is absolute or holds ".." is skipped; no member is made a link, and modes are
 * not restored. Existing files are replaced, each as a whole. Directories are made, also those that
 * are members themselves.
 *
 * A ZIP made to harm is refused as soon as it shows: members that share bytes of the file, content
 * that is larger than announced or has another checksum, more content than the disk has room for.
 * What was unpacked before stays. Memory is constant but for the list of members, of which there
 * may be UNZIP_MAX_LIST_BYTES. Blocking: for a thread of its own.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"

struct error;

#define UNZIP_MAX_LIST_BYTES ((uint64_t)256 << 20)

struct unzip_options {
    const char *path;                /* of the file, for texts; what is read is `fd` */
    int fd;                          /* read by offset */
    const char *directory;           /* a checked path; made when missing */
    const atomic_bool *is_cancelled; /* may be NULL */
};

struct unzip_result {
    uint64_t files;
    uint64_t skipped;
};

/* INVALID "<path> is not a zip file" for what is none. */
bool unzip(const struct unzip_options *options, struct unzip_result *ret_result,
           struct error *error) MUST_CHECK;

#endif
