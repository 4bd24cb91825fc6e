#ifndef API_NATIVE_TERMINAL_FEED_H
#define API_NATIVE_TERMINAL_FEED_H

/*
 * A viewer's cursor on a terminal, for one live stream: a socket or server-sent events. It hands
 * out the output behind its place as long as there is room, and what else happens (size, driver,
 * state, commands) between the bytes where it happened.
 *
 *     feed ── offset in the byte log · one place for each kind of news
 *
 * A viewer that does not read costs its cursor: of each kind of news only the last is kept. When
 * the log has dropped what a viewer has not seen, it is told of the gap and goes on with the oldest
 * byte there is, or (`replays`) with the screen as it is now and what follows.
 *
 * Owned by the stream. Events may close the stream in the background, never at once.
 */

#include <stdbool.h>
#include <stdint.h>

#include "actions/terminal.h"
#include "pty/byte_log.h"
#include "pty/session.h"
#include "server/base/buf.h"
#include "server/base/str.h"

struct timer;

#define TERMINAL_FEED_PIECE_BYTES ((size_t)64 << 10) /* at most, in one on_output */
#define TERMINAL_FEED_TURN_BYTES  ((size_t)1 << 20)  /* in one turn of the loop */

/* Offsets are those behind what was handed out before. */
struct terminal_feed_events {
    bool (*is_full)(void *owner);
    void (*on_output)(void *owner, uint64_t offset, struct str bytes);
    /* The bytes from `from` up to `to` are not shown. */
    void (*on_gap)(void *owner, uint64_t from, uint64_t to);
    /* Begin anew: the screen at `offset`, as bytes for an empty terminal. */
    void (*on_screen)(void *owner, uint64_t offset, const struct screen *screen);
    /* kind: resize, driver, state, command; the JSON is an object with "type" and "offset". */
    void (*on_news)(void *owner, uint64_t offset, struct str kind, struct str json);
    /* Nothing follows: "ended" or "closed". The last call. */
    void (*on_end)(void *owner, uint64_t offset, struct str reason);
};

enum terminal_news {
    TERMINAL_NEWS_RESIZE,
    TERMINAL_NEWS_DRIVER,
    TERMINAL_NEWS_STATE,
    TERMINAL_NEWS_COMMAND,
    TERMINAL_NEWS_COUNT
};

struct terminal_feed {
    struct terminal *terminal; /* NULL: closed */
    const struct terminal_feed_events *events;
    void *owner;
    bool replays;
    bool wants_screen; /* due before anything else */
    bool has_ended;
    uint64_t at;
    struct byte_log_listener bytes;
    struct session_listener session;
    struct terminal_listener listener;
    struct timer *next_turn;
    bool is_due[TERMINAL_NEWS_COUNT];
    uint64_t due_at[TERMINAL_NEWS_COUNT]; /* offsets */
    enum session_state state;             /* as last told */
    uint64_t command;                     /* the number that is due */
    char previous_driver[TERMINAL_WHO_BYTES];
    struct buf message; /* of the state that is due */
};

struct terminal_feed_options {
    const struct terminal_feed_events *events;
    void *owner;
    bool has_from; /* begin at `from`, else with the screen or, without replay, with what comes */
    uint64_t from;
    bool replays;
};

/* Sending begins in the next turn. */
void terminal_feed_open(struct terminal_feed *feed, struct terminal *terminal,
                        const struct terminal_feed_options *options);
/* There is room again. */
void terminal_feed_resume(struct terminal_feed *feed);
void terminal_feed_close(struct terminal_feed *feed); /* safe to call twice */

#endif
