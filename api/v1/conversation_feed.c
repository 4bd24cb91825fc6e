#include "api/v1/conversation_feed.h"

#include <stdint.h>
#include <stdlib.h>

#include "agent/event_log.h"
#include "agent/event_search.h"
#include "api/v1/conversation_frame.h"
#include "server/base/buf.h"
#include "server/base/mem.h"
#include "server/loop/timer.h"

/* Something that is not stored, with its texts behind it. */
struct waiting {
    struct list link;
    size_t count; /* of the events before it */
    size_t bytes;
    struct str event; /* not set: it is a piece */
    struct conversation_piece piece;
    char texts[];
};

static struct waiting *first_waiting(const struct conversation_feed *feed)
{
    struct list *link = list_first(&feed->queue);
    return link == NULL ? NULL : container_of(link, struct waiting, link);
}

static void drop_queue(struct conversation_feed *feed)
{
    struct waiting *waiting;
    while ((waiting = first_waiting(feed)) != NULL) {
        list_remove(&waiting->link);
        free(waiting);
    }
    feed->queued_bytes = 0;
}

/* --- sending --- */

static void tell(struct conversation_feed *feed, const struct waiting *waiting)
{
    if (str_is_set(waiting->event))
        feed->events->on_transient(feed->owner, waiting->event);
    else
        feed->events->on_piece(feed->owner, &waiting->piece, waiting->count);
}

static void send_event(struct conversation_feed *feed)
{
    scoped_buf struct buf text = {0};
    const size_t number = feed->next++;
    if (conversation_frame_write(feed->conversation, number, &text))
        feed->events->on_event(feed->owner, number, buf_str(&text));
}

/* False: there is nothing to send before the event of number `end`. */
static bool send_next(struct conversation_feed *feed, size_t end)
{
    struct waiting *waiting = first_waiting(feed);
    if (waiting != NULL && waiting->count <= feed->next) {
        list_remove(&waiting->link);
        feed->queued_bytes -= waiting->bytes;
        tell(feed, waiting);
        free(waiting);
        return true;
    }
    if (feed->next >= end)
        return false;
    send_event(feed);
    return true;
}

static void pump_until(struct conversation_feed *feed, size_t end)
{
    for (unsigned i = 0; i < CONVERSATION_FEED_BATCH; i++) {
        if (feed->conversation == NULL || feed->events->is_full(feed->owner) ||
            !send_next(feed, end))
            return;
    }
    timer_start(feed->next_batch, 0, 0);
}

static void pump(void *owner)
{
    struct conversation_feed *feed = owner;
    pump_until(feed, feed->told);
}

/* --- what the conversation tells --- */

/* Comes last in a turn. An event that is in the log before that waits: there may be room at once,
 * but what stands before it has not been told yet. */
static void on_grown(void *owner)
{
    struct conversation_feed *feed = owner;
    feed->told = event_log_count(conversation_log(feed->conversation));
    pump(feed);
}

static char *keep(char *at, struct str *text)
{
    if (text->data == NULL)
        return at;
    memcpy(at, text->data, text->len);
    text->data = at;
    return at + text->len;
}

void conversation_feed_stop(struct conversation_feed *feed)
{
    if (feed->conversation != NULL)
        conversation_unlisten(feed->conversation, &feed->listener);
    feed->conversation = NULL;
    drop_queue(feed);
}

static void overflow(struct conversation_feed *feed)
{
    conversation_feed_stop(feed);
    feed->events->on_overflow(feed->owner);
}

/* What is sent at once is in the queue for no more than this call. Later events wait: more may have
 * to be told before them. */
static void add(struct conversation_feed *feed, const struct waiting *made)
{
    const struct conversation_piece *piece = &made->piece;
    const size_t bytes =
        sizeof(*made) + made->event.len + piece->content.len + piece->raw.len + piece->chunk_id.len;
    if (!list_is_empty(&feed->queue) && feed->queued_bytes + bytes > CONVERSATION_FEED_MAX_BYTES) {
        overflow(feed);
        return;
    }
    struct waiting *waiting = mem_alloc(bytes);
    *waiting = *made;
    waiting->bytes = bytes;
    char *at = keep(waiting->texts, &waiting->event);
    at = keep(at, &waiting->piece.content);
    at = keep(at, &waiting->piece.raw);
    (void)keep(at, &waiting->piece.chunk_id); /* the last one */
    list_append(&feed->queue, &waiting->link);
    feed->queued_bytes += bytes;
    if (made->count > feed->told)
        feed->told = made->count;
    pump_until(feed, made->count);
}

static void on_transient(void *owner, struct str event, size_t count)
{
    add(owner, &(struct waiting){.event = event, .count = count});
}

static void on_piece(void *owner, const struct conversation_piece *piece, size_t count)
{
    struct conversation_feed *feed = owner;
    if (feed->events->on_piece != NULL)
        add(feed, &(struct waiting){.piece = *piece, .count = count});
}

static void on_closed(void *owner, bool is_deleted)
{
    struct conversation_feed *feed = owner;
    feed->conversation = NULL;
    drop_queue(feed);
    feed->events->on_closed(feed->owner, is_deleted);
}

/* --- life --- */

void conversation_feed_open(struct conversation_feed *feed, struct loop *loop,
                            struct conversation *conversation,
                            const struct conversation_feed_events *events, void *owner,
                            size_t first)
{
    *feed = (struct conversation_feed){
        .conversation = conversation, .events = events, .owner = owner, .next = first};
    feed->listener = (struct conversation_listener){.owner = feed,
                                                    .on_grown = on_grown,
                                                    .on_transient = on_transient,
                                                    .on_piece = on_piece,
                                                    .on_closed = on_closed};
    feed->told = event_log_count(conversation_log(conversation));
    list_init(&feed->queue);
    feed->next_batch = timer_open(loop, pump, feed);
    conversation_listen(conversation, &feed->listener);
    timer_start(feed->next_batch, 0, 0);
}

void conversation_feed_add_state(struct conversation_feed *feed)
{
    scoped_buf struct buf state = {0};
    conversation_print_full_state(feed->conversation, &state);
    on_transient(feed, buf_str(&state), event_log_count(conversation_log(feed->conversation)));
}

void conversation_feed_resume(struct conversation_feed *feed)
{
    pump(feed);
}

void conversation_feed_close(struct conversation_feed *feed)
{
    if (feed->events == NULL)
        return;
    conversation_feed_stop(feed);
    timer_close(feed->next_batch);
    *feed = (struct conversation_feed){0};
}

size_t conversation_feed_find_time(const struct conversation *conversation, int64_t naive_us)
{
    const struct event_log *log = conversation_log(conversation);
    const struct event_query query = {.has_from = true, .from_us = naive_us};
    size_t number;
    size_t next;
    if (event_search_page(log, &query, SIZE_MAX, 1, &number, &next) == 1)
        return number;
    return event_log_count(log);
}
