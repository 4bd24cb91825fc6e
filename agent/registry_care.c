#include "agent/registry_care.h"

#include <stdlib.h>

#include "agent/conversation_parts.h"
#include "agent/registry_parts.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"
#include "server/loop/work.h"

#define SHORTEST_IDLE_CHECK_MS 60000
#define RENEWALS_PER_TTL       3

/* --- leases --- */

struct renewal {
    struct id id;
    struct lease lease; /* a copy */
    bool is_lost;
};

struct renewals {
    struct registry *registry;
    struct renewal *items;
    size_t count;
};

static void run_renewals(void *job)
{
    struct renewals *renewals = job;
    for (size_t i = 0; i < renewals->count; i++) {
        struct renewal *renewal = &renewals->items[i];
        struct error error;
        renewal->is_lost = !lease_renew(&renewal->lease, &error) && error.code == ERROR_GONE;
    }
}

/* The conversation that was renewed, unless it has been closed meanwhile. */
static struct conversation *find_renewed(const struct registry *registry,
                                         const struct renewal *renewal)
{
    const struct record *record = registry_find_record(registry, renewal->id);
    struct conversation *conversation = record == NULL ? NULL : record->conversation;
    if (conversation == NULL || !conversation->is_renewing ||
        conversation->files.lease.generation != renewal->lease.generation)
        return NULL;
    return conversation;
}

static void take_renewal(const struct registry *registry, const struct renewal *renewal)
{
    struct conversation *conversation = find_renewed(registry, renewal);
    if (conversation == NULL)
        return;
    conversation->is_renewing = false;
    conversation->files.lease.inode = renewal->lease.inode;
    conversation->files.lease.written_ns = renewal->lease.written_ns;
    if (renewal->is_lost && !conversation->is_lost) {
        conversation->is_lost = true;
        conversation->options.on_lost(conversation->options.owner, conversation);
    }
}

static void on_renewals_done(void *job, bool is_cancelled)
{
    struct renewals *renewals = job;
    struct registry *registry = renewals->registry;
    (void)is_cancelled; /* what was not renewed is as it was */
    for (size_t i = 0; i < renewals->count; i++) {
        take_renewal(registry, &renewals->items[i]);
        free(renewals->items[i].lease.directory);
    }
    free(renewals->items);
    free(renewals);
    registry_end(registry);
}

static void add_renewal(struct renewals *renewals, struct conversation *conversation)
{
    struct renewal *renewal = &renewals->items[renewals->count++];
    renewal->id = conversation_id(conversation);
    renewal->lease = conversation->files.lease;
    renewal->lease.directory = mem_strdup(conversation->files.lease.directory);
    conversation->is_renewing = true;
}

static void on_lease_timer(void *owner)
{
    struct registry *registry = owner;
    if (registry->open_count == 0)
        return;
    struct renewals *renewals = mem_zero(1, sizeof(*renewals));
    renewals->registry = registry;
    renewals->items = mem_zero(registry->open_count, sizeof(renewals->items[0]));
    for (struct list *link = list_first(&registry->records); link != NULL;
         link = list_next(&registry->records, link)) {
        struct conversation *conversation = container_of(link, struct record, link)->conversation;
        if (conversation != NULL && !conversation->is_renewing && !conversation->is_closing &&
            conversation->files.lease.directory != NULL)
            add_renewal(renewals, conversation);
    }
    registry->busy++;
    (void)work_start(registry->options.loop, run_renewals, on_renewals_done, renewals);
}

/* --- idle ones --- */

static bool has_clients(struct conversation *conversation)
{
    struct list *link = list_first(&conversation->listeners);
    for (; link != NULL; link = list_next(&conversation->listeners, link)) {
        const struct conversation_listener *listener =
            container_of(link, struct conversation_listener, link);
        if (!listener->is_internal)
            return true;
    }
    return false;
}

static bool is_idle(const struct registry *registry, struct conversation *conversation)
{
    const uint64_t idle_ms =
        loop_now_ms(registry->options.loop) - conversation_last_use(conversation);
    return !conversation->is_closing && conversation->holds == 0 &&
           conversation_status(conversation) != STATUS_RUNNING && !has_clients(conversation) &&
           (double)idle_ms >= registry->options.idle_ttl_seconds * 1000;
}

static void on_idle_timer(void *owner)
{
    struct registry *registry = owner;
    for (struct list *link = list_first(&registry->records); link != NULL;
         link = list_next(&registry->records, link)) {
        struct record *record = container_of(link, struct record, link);
        if (record->conversation != NULL && is_idle(registry, record->conversation))
            registry_begin_record_close(record, CLOSE_RESTS);
    }
}

/* --- timers --- */

void registry_care_start(struct registry *registry)
{
    const double lease_ms = registry->options.lease_ttl_seconds * 1000 / RENEWALS_PER_TTL;
    const double idle_ms = registry->options.idle_ttl_seconds * 1000 / 2;
    if (lease_ms > 0) {
        registry->lease_timer = timer_open(registry->options.loop, on_lease_timer, registry);
        timer_start(registry->lease_timer, (uint64_t)lease_ms + 1, (uint64_t)lease_ms + 1);
    }
    if (idle_ms > 0) {
        const uint64_t every =
            idle_ms < SHORTEST_IDLE_CHECK_MS ? SHORTEST_IDLE_CHECK_MS : (uint64_t)idle_ms;
        registry->idle_timer = timer_open(registry->options.loop, on_idle_timer, registry);
        timer_start(registry->idle_timer, every, every);
    }
}

void registry_care_stop(struct registry *registry)
{
    timer_close(registry->lease_timer);
    timer_close(registry->idle_timer);
    registry->lease_timer = NULL;
    registry->idle_timer = NULL;
}
