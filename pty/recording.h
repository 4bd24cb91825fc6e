#ifndef PTY_RECORDING_H
#define PTY_RECORDING_H

/*
 * What a byte log keeps, as an asciicast (version 2) that players show as it happened: a header
 * line, then a line for each arrival and each change of size. It is made after the fact and in
 * pieces, so that a long one is never whole in memory: the times are copied when the recording is
 * opened, the bytes are read when their line is due. What the log has dropped by then is left out.
 *
 *     {"version": 2, "width": 80, "height": 24, "timestamp": 1735689600, "title": "build", …}
 *     [0.25, "o", "$ make\r\n"]
 *     [3.5, "r", "100x30"]
 *
 * Bytes that are not UTF-8 are repaired; a character that arrived in two parts stands where its end
 * arrived. Owned by who opened it; the log must outlive it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

struct buf;
struct byte_log;
struct recording;

#define RECORDING_LINE_BYTES ((size_t)16 << 10) /* of output in one line */

struct recording_options {
    struct str title; /* may be unset */
    struct str term;  /* the value of TERM; may be unset */
};

struct recording *recording_open(const struct byte_log *log,
                                 const struct recording_options *options);
/* Appends about `limit` bytes of lines, whole ones and at least one; false behind the last. */
bool recording_next(struct recording *recording, size_t limit, struct buf *out);
void recording_close(struct recording *recording); /* NULL is fine */

#endif
