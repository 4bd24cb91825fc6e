#ifndef PTY_BYTE_LOG_H
#define PTY_BYTE_LOG_H

/*
 * What a terminal has printed, as bytes addressed by a 64-bit offset that only grows, with the time
 * each part arrived. At least the newest max_bytes are kept in memory, in blocks that are allocated
 * as bytes come: an empty log costs a few hundred bytes, a full one max_bytes and two blocks. Older
 * bytes are dropped, or kept in a file up to max_disk_bytes where a spill path is given.
 *
 *     first ──── in the file ────│──── in memory: block │ block │ block ──── next
 *
 * Readers are cursors: an offset of their own. One that stops reading costs nothing; one that has
 * fallen behind the oldest kept byte learns how much is gone from the offset it gets back.
 *
 * Next to the bytes the log keeps marks in time: when bytes came, and when the size of the terminal
 * changed (pty/moments.h has their limit); pty/recording.h makes an asciicast of them. Owned by a
 * session. Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/list.h"
#include "server/base/str.h"

struct buf;
struct byte_log;
struct error;
struct loop;
struct moment;

#define BYTE_LOG_MAX_BYTES      ((size_t)1 << 20) /* default of max_bytes */
#define BYTE_LOG_MIN_BYTES      ((size_t)4 << 10) /* smaller ones are raised to this */
#define BYTE_LOG_MAX_DISK_BYTES ((uint64_t)64 << 20)
#define BYTE_LOG_BLOCK_BYTES    ((size_t)64 << 10) /* the largest block */

struct byte_log_options {
    struct loop *loop;
    size_t max_bytes;        /* 0: BYTE_LOG_MAX_BYTES */
    struct str spill_path;   /* a file to be made; STR_NULL: dropped bytes are gone */
    uint64_t max_disk_bytes; /* of the spill file; 0: BYTE_LOG_MAX_DISK_BYTES */
};

/* Fails only where the spill file cannot be made. */
bool byte_log_open(const struct byte_log_options *options, struct byte_log **ret_log,
                   struct error *error) MUST_CHECK;
void byte_log_close(struct byte_log *log); /* NULL is fine; listeners are forgotten */

void byte_log_append(struct byte_log *log, struct str bytes);
void byte_log_resized(struct byte_log *log, int cols, int rows);
/* No byte will follow; listeners are told. */
void byte_log_end(struct byte_log *log);

uint64_t byte_log_first(const struct byte_log *log); /* offset of the oldest kept byte */
uint64_t byte_log_next(const struct byte_log *log);  /* offset the next byte will get */
bool byte_log_has_ended(const struct byte_log *log);
/* Appends at most `limit` bytes from offset `from` on to `out`; returns the offset where they
 * begin, which is later than `from` when that part is gone. */
uint64_t byte_log_read(const struct byte_log *log, uint64_t from, size_t limit, struct buf *out);
/* The bytes from `from` on that lie in one piece in memory, valid until the next append; empty at
 * the end and where they do not lie in memory (any more): byte_log_read tells. */
struct str byte_log_view(const struct byte_log *log, uint64_t from);

/* Arrivals and sizes, oldest first, of what is kept: NULL behind the last. Valid until the next
 * append. */
const struct moment *byte_log_moment(const struct byte_log *log, size_t index);
/* All memory of the log; the file does not count. */
size_t byte_log_memory(const struct byte_log *log);

/* Told in a turn of the loop after bytes came or the log ended, joined, until it is cancelled; may
 * cancel itself, read and close the log from inside the call. */
struct byte_log_listener {
    struct list link;
    void (*on_bytes)(struct byte_log_listener *listener);
};
void byte_log_listen(struct byte_log *log, struct byte_log_listener *listener);
void byte_log_listener_cancel(struct byte_log_listener *listener);

#endif
