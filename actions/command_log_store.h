#ifndef ACTIONS_COMMAND_LOG_STORE_H
#define ACTIONS_COMMAND_LOG_STORE_H

/*
 * The segments of the command log as one append-only store: begins new ones, drops the oldest by
 * total size, and carries on in memory while the folder cannot be written.
 *
 *     [oldest] … [newest]      each a file, or an image in memory
 *
 * Appending cannot fail. Before segments go, on_drop names the highest number among them; all that
 * lies in segments up to it is gone afterwards.
 *
 * Owned by command_log.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/command_log_index.h"
#include "actions/command_log_record.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct log_store;

#define LOG_MEMORY_SEGMENTS   2
#define LOG_MAX_SEGMENT_BYTES ((int64_t)64 << 20)
#define LOG_MIN_SEGMENT_BYTES ((int64_t)64 << 10)
#define LOG_RETRY_MS          5000 /* between attempts to write what is in memory */

struct log_store_options {
    struct str folder;
    int64_t max_bytes;   /* 0: no limit */
    int64_t max_span_us; /* between the first and the last event of a segment; 0: no limit */
    void (*on_drop)(void *owner, uint32_t number);
    void *owner;
};

struct log_store *log_store_new(const struct log_store_options *options);
void log_store_free(struct log_store *store);

/* Reads what former runs left. `ret_state` tells number and time to go on from. */
struct log_store_state {
    uint64_t next_seq;
    int64_t last_us;
};
typedef void (*log_store_visit_fn)(void *owner, struct log_place place,
                                   const struct record *record);
void log_store_load(struct log_store *store, log_store_visit_fn visit, void *owner,
                    struct log_store_state *ret_state);

/* `state` is written at the start of a segment, should one be begun. */
struct log_place log_store_append(struct log_store *store, struct record *record,
                                  const struct log_store_state *state);
/* The same for a record that was read before. */
struct log_place log_store_append_bytes(struct log_store *store, struct str bytes,
                                        const struct log_store_state *state);
bool log_store_read(const struct log_store *store, struct log_place place,
                    struct buf *out) MUST_CHECK;

/* A running command has written to the newest segment, which stays longer for it; returns the
 * number to give back to log_store_unpin. */
uint32_t log_store_pin(struct log_store *store);
void log_store_unpin(struct log_store *store, uint32_t number);

/* Drops the oldest segments that end before `wall_us` and are not pinned. */
void log_store_expire(struct log_store *store, int64_t wall_us);
/* Drops all segments and begins a new one. */
void log_store_clear(struct log_store *store, const struct log_store_state *state);

/* Why the newest segment is in memory; STR_NULL when it is on disk. */
struct str log_store_trouble(const struct log_store *store);

#endif
