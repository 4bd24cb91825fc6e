#ifndef AGENT_WEBHOOK_QUEUE_H
#define AGENT_WEBHOOK_QUEUE_H

/*
 * The events of one conversation that a webhook has not taken yet (contract v1-conversations §8).
 *
 *     stored event: its number in the log · told but not stored: its text
 *
 * What is stored stays in the log until a batch is made of it, so that a receiver who is dead costs
 * a few bytes an event. When the conversation closes, the texts are taken out of the log. The
 * oldest go when there are too many; those under way are kept.
 *
 * Owned by a webhook lane. A zeroed one is empty.
 */

#include <stdbool.h>
#include <stddef.h>

#include "agent/event_form.h"
#include "server/base/str.h"

struct buf;
struct event_log;
struct webhook_item;

struct webhook_queue {
    struct webhook_item *items; /* oldest first */
    size_t count;
    size_t capacity;
    size_t bytes; /* of the texts, as they are stored */
};

void webhook_queue_add_stored(struct webhook_queue *queue, size_t number, size_t bytes);
void webhook_queue_add_text(struct webhook_queue *queue, struct str event);
/* Drops the oldest behind the first `kept` until it is within the bounds; how many. */
size_t webhook_queue_trim(struct webhook_queue *queue, size_t kept, size_t max_count,
                          size_t max_bytes);
/* They have been taken. */
void webhook_queue_remove(struct webhook_queue *queue, size_t count);
/* The log goes away: takes what is needed of it. */
void webhook_queue_detach(struct webhook_queue *queue, const struct event_log *log);
void webhook_queue_fini(struct webhook_queue *queue);

struct webhook_limits {
    size_t max_count;
    size_t max_bytes;
    enum event_level level; /* below the newest one nulls are left out */
};
/* Appends a JSON array of the oldest: of one at least, whatever its size. The number of those that
 * it stands for, among them what cannot be shown; the array may be empty. `log` may be NULL. */
size_t webhook_queue_batch(const struct webhook_queue *queue, const struct event_log *log,
                           const struct webhook_limits *limits, struct buf *out);

#endif
