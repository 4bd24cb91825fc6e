#ifndef AGENT_STUCK_H
#define AGENT_STUCK_H

/*
 * Tells whether an agent goes round in circles (contract v1-conversations §4.8). It is told of each
 * event of the active branch as it comes, in order, and remembers fingerprints of the newest
 * STUCK_WINDOW of them: what was called and what came of it, without ids and times.
 *
 *     same action, same observation        4 times        stuck
 *     same action, an error each time      3 times        a word to the model, once; then stuck
 *     messages of the agent in a row       3              stuck
 *     A, B, A, B, A, B                     6 of each      stuck
 *
 * Only what follows the newest message of the user counts. Embedded in a view (view.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/event.h"
#include "server/base/attributes.h"
#include "server/base/buf.h"

struct doc_value;

#define STUCK_WINDOW 20

struct stuck_limits {
    unsigned same_observation; /* 4 */
    unsigned same_error;       /* 3 */
    unsigned monologue;        /* 3 */
    unsigned alternating;      /* 6 */
};
extern const struct stuck_limits stuck_default_limits;

struct stuck_entry {
    enum event_kind kind;
    enum event_source source;
    uint64_t sameness; /* equal for events that say the same */
};

struct stuck {
    struct stuck_entry ring[STUCK_WINDOW];
    uint64_t count;     /* of all events; the newest is at (count - 1) % STUCK_WINDOW */
    struct buf tool;    /* of the newest action */
    struct buf error;   /* text of the newest AgentErrorEvent */
    uint64_t error_at;  /* its number in `count` */
    uint64_t nudged_at; /* the error of which the model was told last */
};

void stuck_fini(struct stuck *stuck);
/* Forgets all events, as another branch begins. */
void stuck_clear(struct stuck *stuck);
/* Any event of the branch, whatever its kind; `event` may be NULL for kinds that only take part by
 * being there. */
void stuck_add(struct stuck *stuck, enum event_kind kind, enum event_source source,
               const struct doc_value *event);

bool stuck_is_stuck(const struct stuck *stuck, const struct stuck_limits *limits);
/* The text for a message to the model when it has just met the same error for the last time that is
 * bearable; once for each error. */
bool stuck_take_nudge(struct stuck *stuck, const struct stuck_limits *limits,
                      struct buf *out) MUST_CHECK;

#endif
