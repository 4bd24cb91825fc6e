#ifndef AGENT_EVENT_SEARCH_H
#define AGENT_EVENT_SEARCH_H

/*
 * Searching and counting the events of a conversation (contract v1-conversations §1.2). Kind,
 * source and time are decided by the index alone; only a search for text opens events, and of
 * those messages only. Order is that of the log, from either end.
 *
 * Works on what is stored now; a page names the event where the next one begins, so that pages do
 * not shift when events are added.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/event.h"
#include "server/base/str.h"

struct event_log;

struct event_query {
    struct str kind;   /* name or path; not set: any */
    struct str source; /* not set: any */
    struct str body;   /* of messages, upper and lower case alike; not set: any */
    bool has_from;
    bool has_before;
    int64_t from_us; /* naive local times, as in event_index.h */
    int64_t before_us;
    bool newest_first;
};

/* Numbers of at most `limit` matches from event `start` on (SIZE_MAX: from the first in order).
 * *ret_next is the number of the match behind them, or SIZE_MAX. Returns how many there are. */
size_t event_search_page(const struct event_log *log, const struct event_query *query, size_t start,
                         size_t limit, size_t *numbers, size_t *ret_next);
size_t event_search_count(const struct event_log *log, const struct event_query *query);

#endif
