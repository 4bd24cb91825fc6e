#ifndef PTY_SPILL_H
#define PTY_SPILL_H

/*
 * Bytes of a log that no longer fit in memory, in a file that is used as a ring: the byte of offset
 * o stands at o modulo max_bytes. The file loses its name as soon as it is open, so nothing is left
 * behind, whatever happens to the server.
 *
 * What is written joins what was written before. When the disk refuses, everything in the file is
 * given up and the ring begins anew with the next write. Owned by its byte_log.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct error;

struct spill {
    int fd;
    uint64_t max_bytes;
    uint64_t first; /* offset of the oldest byte in the file */
    uint64_t next;
    bool has_failed; /* and it was logged */
};

bool spill_open(struct spill *spill, struct str path, uint64_t max_bytes,
                struct error *error) MUST_CHECK;
void spill_close(struct spill *spill);
/* The bytes from `offset` on, which is spill->next unless the ring is empty. */
void spill_write(struct spill *spill, uint64_t offset, struct str bytes);
/* Appends up to `limit` bytes from `from` on, which lies in the ring. False: the disk refuses. */
bool spill_read(const struct spill *spill, uint64_t from, size_t limit, struct buf *out) MUST_CHECK;

#endif
