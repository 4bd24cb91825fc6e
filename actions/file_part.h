#ifndef ACTIONS_FILE_PART_H
#define ACTIONS_FILE_PART_H

/*
 * A file that is uploaded in several requests and appears at the end, whole, under its name:
 *
 *     write at 0 ── write at 8 MiB ── [broken off? ask for the size, go on there] ── commit
 *
 * The client names the upload with an id. What has arrived lies in ".actiond-<id>.part" beside the
 * target, across restarts of the server too, until it is committed or removed; nothing else removes
 * it. Each request may be repeated: writing the same bytes at the same offset again changes
 * nothing, and a commit that has already happened is recognised by size and hash. An offset beyond
 * what has arrived is refused (CONFLICT), so there are never gaps. Two requests for one upload at
 * the same time: the second is refused (CONFLICT).
 *
 * One write takes FILE_PART_MAX_BYTES at most. Blocking: for worker jobs only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "actions/file_write.h"
#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct error;

#define FILE_PART_MAX_BYTES ((size_t)8 << 20)

struct file_part {
    const char *path; /* of the file it will be; a checked path */
    struct id id;
};

/* *ret_size: what has arrived now. */
bool file_part_write(const struct file_part *part, uint64_t offset, struct str bytes,
                     bool creates_parents, uint64_t *ret_size, struct error *error) MUST_CHECK;
/* NOT_FOUND when nothing has arrived. */
bool file_part_size(const struct file_part *part, uint64_t *ret_size,
                    struct error *error) MUST_CHECK;
bool file_part_remove(const struct file_part *part, struct error *error) MUST_CHECK;

struct file_part_commit {
    uint64_t size;     /* CONFLICT when another number of bytes has arrived */
    struct str sha256; /* unset: any */
    bool syncs;
};
bool file_part_commit(const struct file_part *part, const struct file_part_commit *commit,
                      struct file_written *ret_written, struct error *error) MUST_CHECK;

#endif
