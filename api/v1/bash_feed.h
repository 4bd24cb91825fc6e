#ifndef API_V1_BASH_FEED_H
#define API_V1_BASH_FEED_H

/*
 * A cursor on the bash events for one live stream, a socket or server-sent events: it hands out
 * what comes behind its place as long as there is room, and goes on when told that there is again.
 * So a slow client lags and costs nothing, history and live events are the same thing, and nothing
 * is sent twice or left out.
 *
 * Owned by the stream. `send` and `on_gap` may close the stream in the background, never at once.
 */

#include <stdbool.h>
#include <stdint.h>

#include "actions/commands.h"
#include "server/base/id.h"
#include "server/base/str.h"

#define BASH_FEED_BATCH 100 /* events in one turn of the loop */

struct bash_feed_events {
    bool (*is_full)(void *owner);
    void (*send)(void *owner, uint64_t seq, struct str kind, struct str json);
    /* Events behind `after` have gone; `seq` is the next there is. May be NULL. */
    void (*on_gap)(void *owner, uint64_t after, uint64_t seq);
};

struct bash_feed {
    struct commands *commands;
    const struct bash_feed_events *events;
    void *owner;
    struct commands_listener listener;
    struct timer *next_batch;
    uint64_t after; /* everything up to it is done with */
    bool has_command_id;
    struct id command_id; /* only its events */
};

/* Places for bash_feed_open: before everything that is kept, and behind it. */
uint64_t bash_feed_oldest(const struct commands *commands);
uint64_t bash_feed_newest(const struct commands *commands);

/* Sending begins in the next turn. */
void bash_feed_open(struct bash_feed *feed, struct commands *commands,
                    const struct bash_feed_events *events, void *owner, uint64_t after);
/* There is room again. */
void bash_feed_resume(struct bash_feed *feed);
void bash_feed_close(struct bash_feed *feed);

#endif
