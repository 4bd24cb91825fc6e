#ifndef AGENT_WEBHOOK_TARGET_H
#define AGENT_WEBHOOK_TARGET_H

/*
 * One receiver of webhooks: where it is, what it has said, and when the next request may start.
 *
 *     target ──< lanes (one per conversation; webhook_lane.h)
 *       └─ line: lanes that want to send wait here; WEBHOOK_MAX_STARTS a second may start
 *
 * The ceiling holds for all conversations together, because a receiver sees one client. A receiver
 * that refuses newer events with 422 gets the older form from then on (event_form.h).
 *
 * Owned by the webhooks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/event_form.h"
#include "server/base/buf.h"
#include "server/base/list.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct http_client;
struct http_exchange;
struct http_exchange_events;
struct loop;
struct timer;

#define WEBHOOK_MAX_STARTS 8 /* requests that begin within WEBHOOK_STARTS_MS */
#define WEBHOOK_STARTS_MS  1000
#define WEBHOOK_TIMEOUT_MS 30000 /* of one request */

struct webhook_spec {
    struct str base_url;
    const struct str *header_names;
    const struct str *header_values;
    size_t header_count;
    size_t event_buffer_size;
    uint64_t flush_delay_ms;
    unsigned num_retries;
    uint64_t retry_delay_ms;
    size_t max_queue_size;
    size_t max_batch_bytes;
    size_t max_queue_bytes;
};

struct webhook_target {
    struct webhook_spec spec; /* texts in the arena */
    struct str key;           /* for X-Session-API-Key; not set: none */
    struct http_client *http;
    struct loop *loop;
    struct list lanes;
    enum event_level level;
    bool is_stopping; /* no ceiling, and nothing is tried again */
    bool is_slow;     /* has kept a client waiting, and taken nothing since */
    struct list line;
    struct timer *line_timer;
    uint64_t not_before_ms; /* the receiver has asked for a pause */
    uint64_t starts_ms[WEBHOOK_MAX_STARTS];
    size_t start_count;
    uint64_t delivered; /* events */
    uint64_t dropped;
    uint64_t failures;     /* requests */
    struct buf last_error; /* empty: none */
    int64_t failed_us;     /* 0: never */
    int64_t delivered_us;
    struct arena arena;
};

/* In line for a start. */
struct webhook_turn {
    struct list link;
    void (*on_turn)(void *owner); /* `is_late`: it had to wait for the ceiling */
    void *owner;
    bool is_late;
};

void webhook_target_init(struct webhook_target *target, struct loop *loop, struct http_client *http,
                         const struct webhook_spec *spec, struct str key);
void webhook_target_fini(struct webhook_target *target);

/* on_turn comes later, once. */
void webhook_target_queue(struct webhook_target *target, struct webhook_turn *turn);
void webhook_target_unqueue(struct webhook_turn *turn);
/* Whoever waits may start at once. */
void webhook_target_stop(struct webhook_target *target);

struct http_exchange *webhook_target_post(struct webhook_target *target, struct str path,
                                          struct str body,
                                          const struct http_exchange_events *events, void *owner);
void webhook_target_pause(struct webhook_target *target, uint64_t wait_ms);
void webhook_target_note_failure(struct webhook_target *target, struct str why);
/* The last that is known of it is good. */
bool webhook_target_is_well(const struct webhook_target *target);

#endif
