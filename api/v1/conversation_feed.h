#ifndef API_V1_CONVERSATION_FEED_H
#define API_V1_CONVERSATION_FEED_H

/*
 * A cursor on one conversation, for one live stream: a socket, server-sent events.
 *
 *     stored events ──────────── the log waits for the cursor ──┐
 *     full_state, pieces of an answer ── a queue with a bound ──┴─► room? ─► on_event, …
 *
 * History and live events are the same thing, and nothing is sent twice or left out. What is not
 * stored comes behind the events that were there before it. A slow client lags and costs a cursor;
 * when more than CONVERSATION_FEED_MAX_BYTES of what is not stored wait for it, on_overflow comes
 * and the feed is over. Events have the form of the conversation's clients (event_form.h).
 *
 * Owned by the stream, which may close itself in the background while it is called, never at once.
 */

#include <stdbool.h>
#include <stddef.h>

#include "agent/conversation.h"
#include "server/base/list.h"
#include "server/base/str.h"

struct loop;
struct timer;

#define CONVERSATION_FEED_BATCH     100 /* events in one turn of the loop */
#define CONVERSATION_FEED_MAX_BYTES ((size_t)4 << 20)

struct conversation_feed_events {
    bool (*is_full)(void *owner);
    /* `number`: of the event in the log. */
    void (*on_event)(void *owner, size_t number, struct str event);
    /* Told, but not stored. */
    void (*on_transient)(void *owner, struct str event);
    /* `count` events stand before it in the log. NULL: pieces are not wanted. */
    void (*on_piece)(void *owner, const struct conversation_piece *piece, size_t count);
    /* Nothing comes any more after these two. */
    void (*on_overflow)(void *owner);
    void (*on_closed)(void *owner, bool is_deleted);
};

struct conversation_feed {
    struct conversation *conversation; /* NULL: it is over, or was never open */
    const struct conversation_feed_events *events;
    void *owner;
    struct conversation_listener listener;
    struct timer *next_batch;
    size_t next;       /* number of the next event */
    size_t told;       /* before these, everything that is not stored was told too */
    struct list queue; /* what is not stored, in order */
    size_t queued_bytes;
};

/* Begins with event `first`; what is published from now on is part of it. Sending begins in the
 * next turn. */
void conversation_feed_open(struct conversation_feed *feed, struct loop *loop,
                            struct conversation *conversation,
                            const struct conversation_feed_events *events, void *owner,
                            size_t first);
/* The state of now, behind the events that there are: for this stream only. */
void conversation_feed_add_state(struct conversation_feed *feed);
/* Nothing more is wanted; fine inside a callback. */
void conversation_feed_stop(struct conversation_feed *feed);
/* There is room again. */
void conversation_feed_resume(struct conversation_feed *feed);
/* Fine on one that is zeroed, over or closed. */
void conversation_feed_close(struct conversation_feed *feed);

/* The number of the first event at or after a time (naive, as in event_index.h), or of the next
 * event there will be. */
size_t conversation_feed_find_time(const struct conversation *conversation, int64_t naive_us);

#endif
