#include "agent/webhook_lane.h"

#include <stdlib.h>

#include "agent/conversation.h"
#include "agent/event_index.h"
#include "agent/event_log.h"
#include "agent/webhook_queue.h"
#include "agent/webhook_target.h"
#include "plugins/http_client/http_client.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/timer.h"

#define MAX_INFOS           8   /* that wait; the oldest goes */
#define MAX_MERGED          100 /* events in a batch that had to wait for the ceiling */
#define END_OF_RUN_MS       250 /* the state that is told behind a run goes with its end */
#define MAX_PAUSE_S         60  /* of those that a receiver asks for */
#define MS_PER_SECOND       1000
#define STATUS_UNAUTHORIZED 401
#define STATUS_REFUSED      422
#define STATUS_TOO_LARGE    413
#define STATUS_TOO_MANY     429

struct info {
    struct list link;
    size_t bytes;
    char text[];
};

struct webhook_lane {
    struct list link; /* of the target */
    struct webhook_target *target;
    const struct webhook_lane_events *events;
    struct id id;
    enum event_level level;
    struct conversation *conversation; /* NULL: it is closed */
    struct conversation_listener listener;
    bool was_running;
    size_t next; /* number of the next event in the log */
    struct list infos;
    size_t info_count;
    struct webhook_queue queue;
    size_t due;        /* of the queue, to be sent now */
    size_t due_singly; /* of those, one by one */
    struct webhook_turn turn;
    struct http_exchange *exchange;
    struct info *sent_info; /* under way; NULL: `sent` events are */
    size_t sent;
    int status;             /* of the answer; 0: none has come */
    uint64_t asked_wait_ms; /* what the receiver has asked for with it */
    unsigned failures;      /* of what is sent */
    bool is_failing;
    bool is_introducing;
    struct timer *flush_timer;
    struct timer *retry_timer;
};

static void pump(struct webhook_lane *lane);

/* --- what is owed --- */

static bool owes(const struct webhook_lane *lane)
{
    return lane->queue.count > 0 || lane->info_count > 0 || lane->exchange != NULL;
}

static bool is_busy(const struct webhook_lane *lane)
{
    return lane->exchange != NULL || list_is_linked(&lane->turn.link) ||
           timer_is_running(lane->retry_timer);
}

/* A conversation is kept open for what can be delivered, not for a receiver that is dead. */
static void settle(struct webhook_lane *lane)
{
    lane->listener.is_internal = !owes(lane) || lane->is_failing;
}

static bool is_full(const struct webhook_lane *lane)
{
    const struct webhook_spec *spec = &lane->target->spec;
    return lane->queue.count >= spec->event_buffer_size ||
           lane->queue.bytes >= spec->max_batch_bytes;
}

/* What is behind the last full batch waits for more. */
static size_t full_batches(const struct webhook_lane *lane)
{
    const size_t size = lane->target->spec.event_buffer_size;
    const size_t count = lane->queue.count;
    return count < size ? count : count - count % size;
}

static void trim(struct webhook_lane *lane)
{
    const struct webhook_spec *spec = &lane->target->spec;
    const size_t kept = lane->exchange != NULL && lane->sent_info == NULL ? lane->sent : 0;
    const size_t dropped =
        webhook_queue_trim(&lane->queue, kept, spec->max_queue_size, spec->max_queue_bytes);
    if (dropped == 0)
        return;
    if (lane->target->dropped == 0)
        log_warn("webhook.overflow", "conversation=%s", id_hex(lane->id).text);
    lane->target->dropped += dropped;
    if (lane->due > lane->queue.count)
        lane->due = lane->queue.count;
}

/* Something was added, or taken: is it time? */
static void check(struct webhook_lane *lane)
{
    trim(lane);
    if (lane->due == 0 && is_full(lane) && !lane->is_failing) {
        lane->due = full_batches(lane);
        timer_stop(lane->flush_timer);
    }
    if (lane->queue.count > lane->due && !timer_is_running(lane->flush_timer))
        timer_start(lane->flush_timer, lane->target->spec.flush_delay_ms, 0);
    settle(lane);
    pump(lane);
}

static void flush(void *owner)
{
    struct webhook_lane *lane = owner;
    lane->due = lane->queue.count;
    check(lane);
}

/* --- what the conversation tells --- */

static bool is_running(const struct webhook_lane *lane)
{
    return conversation_status(lane->conversation) == STATUS_RUNNING;
}

/* Those who look on want to see the end of a run now. */
static void flush_soon(struct webhook_lane *lane, uint64_t delay_ms)
{
    if (!lane->is_failing)
        timer_start(lane->flush_timer, delay_ms, 0);
}

static void add_stored_until(struct webhook_lane *lane, size_t end)
{
    const struct event_log *log = conversation_log(lane->conversation);
    for (; lane->next < end; lane->next++) {
        const struct event_record *record = event_log_record(log, lane->next);
        if (record->kind != EVENT_STREAMING_DELTA)
            webhook_queue_add_stored(&lane->queue, lane->next, record->size);
    }
}

static void add_stored(struct webhook_lane *lane)
{
    add_stored_until(lane, event_log_count(conversation_log(lane->conversation)));
}

static void on_grown(void *owner)
{
    struct webhook_lane *lane = owner;
    add_stored(lane);
    check(lane);
    if (lane->was_running && !is_running(lane))
        flush_soon(lane, END_OF_RUN_MS);
    lane->was_running = is_running(lane);
}

static void on_transient(void *owner, struct str event, size_t count)
{
    struct webhook_lane *lane = owner;
    add_stored_until(lane, count);
    webhook_queue_add_text(&lane->queue, event);
    check(lane);
    if (!is_running(lane)) /* the last that is said of a run */
        flush_soon(lane, 0);
}

static void tell_state(struct webhook_lane *lane)
{
    scoped_buf struct buf info = {0};
    lane->events->print(lane->events->owner, lane->conversation, &info);
    webhook_lane_tell(lane, buf_str(&info));
}

static void on_renamed(void *owner)
{
    tell_state(owner);
}

static void on_closed(void *owner, bool is_deleted)
{
    struct webhook_lane *lane = owner;
    add_stored(lane);
    trim(lane);
    if (is_deleted)
        tell_state(lane);
    webhook_queue_detach(&lane->queue, conversation_log(lane->conversation));
    lane->conversation = NULL;
    lane->due = lane->queue.count;
    timer_stop(lane->flush_timer);
    pump(lane);
}

/* --- infos --- */

static struct info *first_info(const struct webhook_lane *lane)
{
    struct list *link = list_first(&lane->infos);
    return link == NULL ? NULL : container_of(link, struct info, link);
}

static void remove_info(struct webhook_lane *lane, struct info *info)
{
    list_remove(&info->link);
    lane->info_count--;
    free(info);
}

void webhook_lane_tell(struct webhook_lane *lane, struct str text)
{
    struct info *info = mem_alloc(sizeof(*info) + text.len);
    *info = (struct info){.bytes = text.len};
    memcpy(info->text, text.data, text.len);
    list_append(&lane->infos, &info->link);
    lane->info_count++;
    if (lane->info_count > MAX_INFOS) {
        struct list *oldest = list_first(&lane->infos);
        if (lane->sent_info != NULL)
            oldest = list_next(&lane->infos, oldest);
        remove_info(lane, container_of(oldest, struct info, link));
    }
    settle(lane);
    pump(lane);
}

/* Calls nobody who would touch the lane. */
static void end_introduction(struct webhook_lane *lane)
{
    if (!lane->is_introducing)
        return;
    lane->is_introducing = false;
    lane->events->on_introduced(lane->events->owner, lane->id);
}

void webhook_lane_introduce(struct webhook_lane *lane, struct str text)
{
    lane->is_introducing = true;
    webhook_lane_tell(lane, text);
}

/* --- requests --- */

static void end_sending(struct webhook_lane *lane)
{
    lane->exchange = NULL;
    lane->sent_info = NULL;
    lane->sent = 0;
}

static void take_events(struct webhook_lane *lane, size_t count)
{
    webhook_queue_remove(&lane->queue, count);
    lane->due -= count < lane->due ? count : lane->due;
    lane->due_singly -= count < lane->due_singly ? count : lane->due_singly;
    if (lane->queue.count == 0)
        timer_stop(lane->flush_timer);
}

static void succeed(struct webhook_lane *lane)
{
    struct webhook_target *target = lane->target;
    target->delivered_us = clock_wall_us();
    target->is_slow = false;
    if (lane->sent_info != NULL) {
        remove_info(lane, lane->sent_info);
    } else {
        target->delivered += lane->sent;
        take_events(lane, lane->sent);
    }
    end_sending(lane);
    lane->failures = 0;
    lane->is_failing = false;
    check(lane);
}

static void drop_all(struct webhook_lane *lane)
{
    lane->target->dropped += lane->queue.count;
    take_events(lane, lane->queue.count);
}

/* Infos are not worth more than their tries; events wait for the next time. */
static void give_up(struct webhook_lane *lane, bool waits_for_more)
{
    lane->failures = 0;
    if (lane->sent_info != NULL)
        remove_info(lane, lane->sent_info);
    end_sending(lane);
    lane->is_failing = true;
    lane->due = 0;
    if (lane->conversation == NULL)
        drop_all(lane);
    if (waits_for_more)
        timer_stop(lane->flush_timer);
    else if (lane->queue.count > 0)
        timer_start(lane->flush_timer, lane->target->spec.flush_delay_ms, 0);
    trim(lane);
    settle(lane);
    pump(lane);
}

static void retry(struct webhook_lane *lane, uint64_t delay_ms)
{
    if (lane->target->is_stopping || ++lane->failures > lane->target->spec.num_retries) {
        give_up(lane, false);
        return;
    }
    end_sending(lane); /* it stays in front */
    timer_start(lane->retry_timer, delay_ms, 0);
    settle(lane);
}

/* The first answer to a refusal is the older form of events; then they go one by one. */
static void refuse(struct webhook_lane *lane, int status)
{
    struct webhook_target *target = lane->target;
    const size_t count = lane->sent;
    if (lane->sent_info != NULL) {
        give_up(lane, false);
        return;
    }
    end_sending(lane);
    if (status == STATUS_REFUSED && target->level == EVENT_LEVEL_1_40) {
        target->level = EVENT_LEVEL_1_32;
    } else if (count > 1) {
        lane->due_singly = count;
    } else {
        target->dropped += count;
        take_events(lane, count);
    }
    lane->failures = 0;
    check(lane);
}

static void on_head(void *owner)
{
    struct webhook_lane *lane = owner;
    uint64_t seconds;
    lane->status = http_exchange_status(lane->exchange);
    lane->asked_wait_ms = lane->target->spec.retry_delay_ms;
    if (str_to_u64(http_exchange_field(lane->exchange, "Retry-After"), 0, UINT32_MAX, &seconds))
        lane->asked_wait_ms = (seconds < MAX_PAUSE_S ? seconds : MAX_PAUSE_S) * MS_PER_SECOND;
}

static void note_failure(struct webhook_lane *lane, const struct error *error)
{
    scoped_buf struct buf why = {0};
    if (error != NULL)
        buf_append(&why, str_from(error->text));
    else
        buf_printf(&why, "HTTP status %d", lane->status);
    webhook_target_note_failure(lane->target, buf_str(&why));
    log_debug("webhook.failed", "conversation=%s error=\"%.*s\"", id_hex(lane->id).text,
              STR_ARG(buf_str(&why)));
}

static void on_end(void *owner, const struct error *error)
{
    struct webhook_lane *lane = owner;
    const int status = error == NULL ? lane->status : 0;
    if (lane->sent_info != NULL)
        end_introduction(lane);
    if (status >= 200 && status < 300) {
        succeed(lane);
        return;
    }
    note_failure(lane, error);
    if (status == STATUS_REFUSED || status == STATUS_TOO_LARGE) {
        refuse(lane, status);
    } else if (status == STATUS_UNAUTHORIZED) {
        give_up(lane, true);
    } else if (status == STATUS_TOO_MANY) {
        webhook_target_pause(lane->target, lane->asked_wait_ms);
        retry(lane, lane->asked_wait_ms);
    } else {
        retry(lane, lane->target->spec.retry_delay_ms);
    }
}

/* What a receiver says beyond its status is of no interest. */
static void on_body(void *owner, struct str bytes)
{
    (void)owner;
    (void)bytes;
}

static const struct http_exchange_events exchange_events = {
    .on_head = on_head, .on_body = on_body, .on_end = on_end};

static void send_info(struct webhook_lane *lane, struct info *info)
{
    lane->sent_info = info;
    lane->exchange = webhook_target_post(lane->target, STR("/conversations"),
                                         str_span(info->text, info->bytes), &exchange_events, lane);
}

static struct webhook_limits limits_of(const struct webhook_lane *lane)
{
    const struct webhook_target *target = lane->target;
    size_t max_count = target->spec.event_buffer_size;
    if ((lane->turn.is_late || target->is_stopping) && max_count < MAX_MERGED)
        max_count = MAX_MERGED;
    if (lane->due_singly > 0)
        max_count = 1;
    return (struct webhook_limits){
        .max_count = max_count < lane->due ? max_count : lane->due,
        .max_bytes = target->spec.max_batch_bytes,
        .level = lane->level < target->level ? lane->level : target->level,
    };
}

static void send_events(struct webhook_lane *lane)
{
    const struct webhook_limits limits = limits_of(lane);
    const struct event_log *log =
        lane->conversation == NULL ? NULL : conversation_log(lane->conversation);
    scoped_buf struct buf body = {.max_bytes = SIZE_MAX / 2};
    scoped_buf struct buf path = {0};
    lane->sent = webhook_queue_batch(&lane->queue, log, &limits, &body);
    if (body.len <= STR("[]").len) { /* nothing of it can be shown */
        take_events(lane, lane->sent);
        lane->sent = 0;
        check(lane);
        return;
    }
    buf_printf(&path, "/events/%s", id_hex(lane->id).text);
    lane->exchange =
        webhook_target_post(lane->target, buf_str(&path), buf_str(&body), &exchange_events, lane);
}

static void on_turn(void *owner)
{
    struct webhook_lane *lane = owner;
    struct info *info = first_info(lane);
    if (info != NULL)
        send_info(lane, info);
    else if (lane->due > 0)
        send_events(lane);
    else
        pump(lane);
}

/* The last thing that is done with a lane: it may go. */
static void pump(struct webhook_lane *lane)
{
    if (is_busy(lane))
        return;
    if (lane->info_count > 0 || lane->due > 0) {
        webhook_target_queue(lane->target, &lane->turn);
        return;
    }
    if (lane->conversation == NULL && lane->queue.count == 0)
        webhook_lane_free(lane);
}

static void on_retry(void *owner)
{
    pump(owner);
}

/* --- life --- */

struct webhook_lane *webhook_lane_of(struct list *link)
{
    return container_of(link, struct webhook_lane, link);
}

struct webhook_lane *webhook_lane_find(const struct webhook_target *target, struct id id)
{
    struct list *link = list_first(&target->lanes);
    for (; link != NULL; link = list_next(&target->lanes, link)) {
        struct webhook_lane *lane = webhook_lane_of(link);
        if (id_equal(lane->id, id))
            return lane;
    }
    return NULL;
}

static struct webhook_lane *lane_new(struct webhook_target *target, struct id id)
{
    struct webhook_lane *lane = mem_zero(1, sizeof(*lane));
    lane->target = target;
    lane->id = id;
    lane->listener = (struct conversation_listener){.owner = lane,
                                                    .is_internal = true,
                                                    .on_grown = on_grown,
                                                    .on_transient = on_transient,
                                                    .on_renamed = on_renamed,
                                                    .on_closed = on_closed};
    lane->turn = (struct webhook_turn){.on_turn = on_turn, .owner = lane};
    list_init(&lane->infos);
    lane->flush_timer = timer_open(target->loop, flush, lane);
    lane->retry_timer = timer_open(target->loop, on_retry, lane);
    list_append(&target->lanes, &lane->link);
    return lane;
}

void webhook_lane_attach(struct webhook_target *target, struct conversation *conversation,
                         const struct webhook_lane_events *events)
{
    const struct id id = conversation_id(conversation);
    struct webhook_lane *lane = webhook_lane_find(target, id);
    scoped_buf struct buf state = {0};
    if (lane == NULL)
        lane = lane_new(target, id);
    lane->events = events;
    lane->conversation = conversation;
    lane->level = conversation_level(conversation);
    lane->next = conversation_opened_count(conversation);
    conversation_listen(conversation, &lane->listener);
    conversation_print_full_state(conversation, &state);
    webhook_queue_add_text(&lane->queue, buf_str(&state));
    on_grown(lane); /* what opening it has added */
}

struct webhook_lane_state webhook_lane_state(const struct webhook_lane *lane)
{
    return (struct webhook_lane_state){.queued_events = lane->queue.count,
                                       .queued_bytes = lane->queue.bytes,
                                       .is_sending = lane->exchange != NULL,
                                       .is_failing = lane->is_failing,
                                       .is_introducing = lane->is_introducing};
}

void webhook_lane_stop(struct webhook_lane *lane)
{
    timer_stop(lane->retry_timer);
    lane->due = lane->queue.count;
    pump(lane);
}

void webhook_lane_free(struct webhook_lane *lane)
{
    const struct webhook_lane_events *events = lane->events;
    struct info *info;
    end_introduction(lane);
    if (lane->conversation != NULL)
        conversation_unlisten(lane->conversation, &lane->listener);
    if (lane->exchange != NULL)
        http_exchange_cancel(lane->exchange);
    webhook_target_unqueue(&lane->turn);
    timer_close(lane->flush_timer);
    timer_close(lane->retry_timer);
    while ((info = first_info(lane)) != NULL)
        remove_info(lane, info);
    webhook_queue_fini(&lane->queue);
    list_remove(&lane->link);
    free(lane);
    if (events->on_gone != NULL)
        events->on_gone(events->owner);
}
