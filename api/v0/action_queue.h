#ifndef API_V0_ACTION_QUEUE_H
#define API_V0_ACTION_QUEUE_H

/*
 * One action at a time (contract v0-action-execution §2.5): those that come meanwhile wait in their
 * order. The first of them has the runtime prepared if nobody has before.
 *
 * An entry is part of what waits. It is told exactly once: to start, after which its owner says
 * v0_action_queue_done when it is over, or that it is refused. Owned by the V0 runtime.
 */

#include <stdbool.h>

#include "server/base/list.h"

struct error;
struct v0_action_queue;
struct v0_runtime;

#define V0_ACTION_QUEUE_MAX 1024 /* entries that wait; refused with LIMIT beyond */

struct v0_queue_entry {
    struct list link;
    void (*on_start)(struct v0_queue_entry *entry);
    void (*on_refused)(struct v0_queue_entry *entry, const struct error *error);
};

struct v0_action_queue *v0_action_queue_new(struct v0_runtime *runtime);
/* Refuses all that wait; frees itself when the one that runs is over. */
void v0_action_queue_close(struct v0_action_queue *queue);

struct v0_runtime *v0_action_queue_runtime(const struct v0_action_queue *queue);
void v0_action_queue_add(struct v0_action_queue *queue, struct v0_queue_entry *entry);
/* The entry that was started is over; it may be gone already. */
void v0_action_queue_done(struct v0_action_queue *queue);

#endif
