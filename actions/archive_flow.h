#ifndef ACTIONS_ARCHIVE_FLOW_H
#define ACTIONS_ARCHIVE_FLOW_H

/*
 * Bytes from a thread that produces them to the loop that sends them.
 *
 *     producer thread:  archive_flow_write … (waits while the flow is full) … return
 *     loop thread:      on_bytes → archive_flow_take …  on_end → take the rest → close
 *
 * At most ARCHIVE_FLOW_MAX_BYTES wait in between. on_bytes comes when there is something to take
 * that was not announced yet; on_end once, after the producer returned, with its error or NULL.
 * The owner closes the flow in either case; after that nothing is called back, the producer's next
 * write returns false, and the flow frees itself when the producer has returned. The input given at
 * open belongs to the producer until on_free(input), which runs last, on the loop thread.
 *
 * Limit: ARCHIVE_FLOW_MAX_OPEN flows at a time; opening one more fails with LIMIT.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct archive_flow;
struct buf;
struct error;
struct loop;

#define ARCHIVE_FLOW_MAX_BYTES ((size_t)1 << 20)
#define ARCHIVE_FLOW_MAX_OPEN  32

struct archive_flow_options {
    /* On the thread. False with an error when it failed. */
    bool (*produce)(void *input, struct archive_flow *flow, struct error *error);
    void (*on_free)(void *input); /* may be NULL */
    void *input;
    void (*on_bytes)(void *owner);
    void (*on_end)(void *owner, const struct error *error);
    void *owner;
};

/* On failure the input has been freed. */
bool archive_flow_open(struct loop *loop, const struct archive_flow_options *options,
                       struct archive_flow **ret_flow, struct error *error) MUST_CHECK;
/* Moves what waits into the empty `out`. False when nothing waits. */
bool archive_flow_take(struct archive_flow *flow, struct buf *out);
void archive_flow_close(struct archive_flow *flow); /* NULL is fine */

/* For the producer. False: the reader is gone, stop. */
bool archive_flow_write(struct archive_flow *flow, struct str bytes);

#endif
