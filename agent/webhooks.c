#include "agent/webhooks.h"

#include <stdlib.h>

#include "agent/conversation.h"
#include "agent/registry.h"
#include "agent/webhook_lane.h"
#include "server/base/buf.h"
#include "server/base/mem.h"
#include "server/loop/timer.h"

struct webhooks {
    struct loop *loop;
    const struct registry *registry;
    struct webhook_target *targets;
    size_t count;
    struct webhook_lane_events lane_events;
    struct list introductions;
    struct timer *limit; /* of a close; NULL: it is open */
    void (*on_closed)(void *owner);
    void *closed_owner;
};

/* Of a new conversation: somebody waits for it. */
struct introduction {
    struct list link;
    struct webhooks *webhooks;
    struct id conversation;
    size_t missing;      /* receivers */
    struct timer *limit; /* its end, whatever the reason */
    void (*on_introduced)(void *owner);
    void *owner;
};

/* Calls for every lane of a target, which may go meanwhile. */
static void each_lane(struct webhook_target *target, void (*visit)(struct webhook_lane *lane))
{
    struct list *link = list_first(&target->lanes);
    while (link != NULL) {
        struct list *next = list_next(&target->lanes, link);
        visit(webhook_lane_of(link));
        link = next;
    }
}

static void print_info(void *owner, struct conversation *conversation, struct buf *out)
{
    const struct webhooks *webhooks = owner;
    const struct registry_print print = {.includes_skills = true};
    registry_print(webhooks->registry, conversation, &print, out);
}

/* --- introductions --- */

static struct introduction *introduction_of(struct list *link)
{
    return container_of(link, struct introduction, link);
}

static void note_slow(const struct introduction *introduction)
{
    const struct webhooks *webhooks = introduction->webhooks;
    for (size_t i = 0; i < webhooks->count; i++) {
        struct webhook_target *target = &webhooks->targets[i];
        const struct webhook_lane *lane = webhook_lane_find(target, introduction->conversation);
        if (lane != NULL && webhook_lane_state(lane).is_introducing)
            target->is_slow = true;
    }
}

static void end_introduction(void *owner)
{
    struct introduction *introduction = owner;
    if (introduction->missing > 0)
        note_slow(introduction);
    list_remove(&introduction->link);
    timer_close(introduction->limit);
    introduction->on_introduced(introduction->owner);
    free(introduction);
}

static struct introduction *introduction_new(struct webhooks *webhooks, struct id conversation,
                                             size_t missing)
{
    struct introduction *introduction = mem_zero(1, sizeof(*introduction));
    introduction->webhooks = webhooks;
    introduction->conversation = conversation;
    introduction->missing = missing;
    introduction->limit = timer_open(webhooks->loop, end_introduction, introduction);
    list_append(&webhooks->introductions, &introduction->link);
    timer_start(introduction->limit, WEBHOOKS_PATIENCE_MS, 0);
    return introduction;
}

/* As with lanes, the timer ends it, so that nobody is called inside a call of his own. */
static void on_introduced(void *owner, struct id conversation)
{
    const struct webhooks *webhooks = owner;
    struct list *link = list_first(&webhooks->introductions);
    for (; link != NULL; link = list_next(&webhooks->introductions, link)) {
        struct introduction *introduction = introduction_of(link);
        if (id_equal(introduction->conversation, conversation) && --introduction->missing == 0)
            timer_start(introduction->limit, 0, 0);
    }
}

static void end_introductions(struct webhooks *webhooks)
{
    struct list *link;
    while ((link = list_first(&webhooks->introductions)) != NULL)
        end_introduction(introduction_of(link));
}

/* --- life --- */

static bool owes_nothing(const struct webhooks *webhooks)
{
    for (size_t i = 0; i < webhooks->count; i++)
        if (!list_is_empty(&webhooks->targets[i].lanes))
            return false;
    return true;
}

/* It is over when the timer says so, so that nobody is freed inside a call of his own. */
static void on_lane_gone(void *owner)
{
    struct webhooks *webhooks = owner;
    if (webhooks->limit != NULL && owes_nothing(webhooks))
        timer_start(webhooks->limit, 0, 0);
}

static void on_limit(void *owner)
{
    struct webhooks *webhooks = owner;
    timer_close(webhooks->limit);
    webhooks->limit = NULL;
    end_introductions(webhooks);
    for (size_t i = 0; i < webhooks->count; i++) {
        each_lane(&webhooks->targets[i], webhook_lane_free);
        webhook_target_fini(&webhooks->targets[i]);
    }
    webhooks->on_closed(webhooks->closed_owner);
    free(webhooks->targets);
    free(webhooks);
}

struct webhooks *webhooks_open(const struct webhooks_options *options)
{
    struct webhooks *webhooks = mem_zero(1, sizeof(*webhooks));
    webhooks->loop = options->loop;
    webhooks->targets = mem_zero(options->count + 1, sizeof(webhooks->targets[0]));
    webhooks->count = options->count;
    webhooks->lane_events = (struct webhook_lane_events){.print = print_info,
                                                         .on_introduced = on_introduced,
                                                         .on_gone = on_lane_gone,
                                                         .owner = webhooks};
    list_init(&webhooks->introductions);
    for (size_t i = 0; i < options->count; i++)
        webhook_target_init(&webhooks->targets[i], options->loop, options->http, &options->specs[i],
                            options->session_api_key);
    return webhooks;
}

void webhooks_set_registry(struct webhooks *webhooks, const struct registry *registry)
{
    webhooks->registry = registry;
}

void webhooks_stop(struct webhooks *webhooks)
{
    struct list *link = list_first(&webhooks->introductions);
    for (; link != NULL; link = list_next(&webhooks->introductions, link))
        timer_start(introduction_of(link)->limit, 0, 0);
    for (size_t i = 0; i < webhooks->count; i++)
        webhook_target_stop(&webhooks->targets[i]);
}

void webhooks_close(struct webhooks *webhooks, void (*on_closed)(void *owner), void *owner)
{
    webhooks->on_closed = on_closed;
    webhooks->closed_owner = owner;
    webhooks->limit = timer_open(webhooks->loop, on_limit, webhooks);
    webhooks_stop(webhooks);
    for (size_t i = 0; i < webhooks->count; i++)
        each_lane(&webhooks->targets[i], webhook_lane_stop);
    timer_start(webhooks->limit, owes_nothing(webhooks) ? 0 : WEBHOOKS_STOP_MS, 0);
}

/* --- conversations --- */

void webhooks_attach(struct webhooks *webhooks, struct conversation *conversation)
{
    for (size_t i = 0; i < webhooks->count; i++)
        webhook_lane_attach(&webhooks->targets[i], conversation, &webhooks->lane_events);
}

void webhooks_tell(struct webhooks *webhooks, struct conversation *conversation)
{
    scoped_buf struct buf info = {0};
    if (webhooks->count == 0)
        return;
    print_info(webhooks, conversation, &info);
    for (size_t i = 0; i < webhooks->count; i++) {
        struct webhook_lane *lane =
            webhook_lane_find(&webhooks->targets[i], conversation_id(conversation));
        if (lane != NULL)
            webhook_lane_tell(lane, buf_str(&info));
    }
}

/* Whether the receiver is to be waited for. */
static bool introduce_to(const struct webhook_target *target, struct id conversation,
                         struct str info)
{
    struct webhook_lane *lane = webhook_lane_find(target, conversation);
    if (lane == NULL)
        return false;
    if (webhook_target_is_well(target)) {
        webhook_lane_introduce(lane, info);
        return true;
    }
    webhook_lane_tell(lane, info);
    return false;
}

bool webhooks_introduce(struct webhooks *webhooks, struct conversation *conversation,
                        void (*on_end)(void *owner), void *owner)
{
    const struct id id = conversation_id(conversation);
    scoped_buf struct buf info = {0};
    size_t missing = 0;
    if (webhooks->count == 0)
        return false;
    print_info(webhooks, conversation, &info);
    for (size_t i = 0; i < webhooks->count; i++)
        missing += introduce_to(&webhooks->targets[i], id, buf_str(&info));
    if (missing == 0)
        return false;
    struct introduction *introduction = introduction_new(webhooks, id, missing);
    introduction->on_introduced = on_end;
    introduction->owner = owner;
    return true;
}

/* --- what can be seen of it --- */

size_t webhooks_count(const struct webhooks *webhooks)
{
    return webhooks->count;
}

static void add_lane(struct webhook_state *state, const struct webhook_lane *lane)
{
    const struct webhook_lane_state of = webhook_lane_state(lane);
    state->conversations++;
    state->queued_events += of.queued_events;
    state->queued_bytes += of.queued_bytes;
    state->sending += of.is_sending;
    state->failing += of.is_failing;
}

struct webhook_state webhooks_state(const struct webhooks *webhooks, size_t index)
{
    const struct webhook_target *target = &webhooks->targets[index];
    struct webhook_state state = {
        .base_url = target->spec.base_url,
        .delivered_events = target->delivered,
        .dropped_events = target->dropped,
        .failed_requests = target->failures,
        .last_error = target->failed_us == 0 ? STR_NULL : buf_str(&target->last_error),
        .failed_us = target->failed_us,
        .delivered_us = target->delivered_us,
    };
    for (struct list *link = list_first(&target->lanes); link != NULL;
         link = list_next(&target->lanes, link))
        add_lane(&state, webhook_lane_of(link));
    return state;
}
