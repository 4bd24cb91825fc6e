#ifndef AGENT_WEBHOOK_LANE_H
#define AGENT_WEBHOOK_LANE_H

/*
 * One conversation at one receiver (contract v1-conversations §8): what is owed to it, in order,
 * with one request under way at most.
 *
 *     infos ──────┐
 *                 ├─ turn (webhook_target.h) ─ request ─ taken, or tried again ─ …
 *     queue of ───┘
 *     events            due: full buffer, flush_delay after the first, end of a run, close
 *
 * What was not taken stays in front, and is tried again flush_delay later: a receiver that is dead
 * is not asked more often for being told more. What is refused for its content is sent one by one,
 * and dropped if it is refused still, so that it does not hold up what follows.
 *
 * Owned by the target; without a conversation it goes when nothing is owed.
 */

#include <stdbool.h>

#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct conversation;
struct list;
struct webhook_lane;
struct webhook_target;

/* The deletion of the conversation is told by an info; `print` is called for it. */
struct webhook_lane_events {
    void (*print)(void *owner, struct conversation *conversation, struct buf *out);
    /* The receiver that was to be introduced to it has answered, or is not there. */
    void (*on_introduced)(void *owner, struct id conversation);
    void (*on_gone)(void *owner); /* a lane has gone; NULL is fine */
    void *owner;
};

/* The lane that is left of an earlier time is taken up again. */
void webhook_lane_attach(struct webhook_target *target, struct conversation *conversation,
                         const struct webhook_lane_events *events);
/* Of a link in the target's list. */
struct webhook_lane *webhook_lane_of(struct list *link);
/* NULL: there is none. */
struct webhook_lane *webhook_lane_find(const struct webhook_target *target, struct id conversation);
/* An info for .../conversations. */
void webhook_lane_tell(struct webhook_lane *lane, struct str info);
/* The same, and on_introduced comes once, when the first try of it is over. */
void webhook_lane_introduce(struct webhook_lane *lane, struct str info);

struct webhook_lane_state {
    size_t queued_events;
    size_t queued_bytes;
    bool is_sending;
    bool is_failing; /* the last try has failed for good */
    bool is_introducing;
};
struct webhook_lane_state webhook_lane_state(const struct webhook_lane *lane);

/* The server stops: what is owed is sent now, once. */
void webhook_lane_stop(struct webhook_lane *lane);
/* At once, with what it owes. */
void webhook_lane_free(struct webhook_lane *lane);

#endif
