#include "server/http/sse.h"

#include "server/base/buf.h"
#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/loop/timer.h"

/*
 * The heartbeat timer is set anew by each record, so it only fires in silence. Records are gathered
 * in `record` and leave with one write.
 */

struct sse {
    struct http_stream *stream;
    const struct sse_events *events;
    void *owner;
    struct timer *heartbeat;
    struct buf record;
    bool is_ending;
};

static void on_heartbeat(void *owner)
{
    struct sse *sse = owner;
    (void)stream_write(sse->stream, STR(":\n\n")); /* a client that left is told by on_closed */
}

static void on_writable(void *owner)
{
    struct sse *sse = owner;
    if (!sse->is_ending && sse->events->on_ready != NULL)
        sse->events->on_ready(sse->owner);
}

static void on_stream_closed(void *owner, bool is_complete)
{
    (void)is_complete; /* a stream of events has no natural end */
    struct sse *sse = owner;
    timer_close(sse->heartbeat);
    buf_fini(&sse->record);
    const struct sse_events *events = sse->events;
    void *event_owner = sse->owner;
    free(sse);
    events->on_closed(event_owner);
}

/* The client may have left altogether; writing tells. */
static void on_peer_ended(void *owner)
{
    on_heartbeat(owner);
}

/* Clients of event streams come back by themselves, to the server that follows. */
static void on_shut_down(void *owner)
{
    sse_end(owner);
}

static const struct http_stream_events stream_events = {
    .on_writable = on_writable,
    .on_closed = on_stream_closed,
    .on_peer_ended = on_peer_ended,
    .on_shut_down = on_shut_down,
};

struct sse *sse_open(struct http_request *request, const struct sse_events *events, void *owner)
{
    struct sse *sse = mem_zero(1, sizeof(*sse));
    sse->events = events;
    sse->owner = owner;
    sse->heartbeat = timer_open(http_request_loop(request), on_heartbeat, sse);
    reply_header(request, "cache-control", STR("no-store"));
    reply_header(request, "x-accel-buffering", STR("no"));
    sse->stream =
        reply_stream(request, 200, "text/event-stream; charset=utf-8", -1, &stream_events, sse);
    timer_start(sse->heartbeat, SSE_HEARTBEAT_MS, SSE_HEARTBEAT_MS);
    (void)stream_write(sse->stream, STR(": open\nretry: 1000\n\n")); /* on_closed tells */
    return sse;
}

void sse_send(struct sse *sse, struct str id, struct str event, struct str data)
{
    struct buf *record = &sse->record;
    if (str_is_set(id))
        buf_printf(record, "id: %.*s\n", STR_ARG(id));
    if (str_is_set(event))
        buf_printf(record, "event: %.*s\n", STR_ARG(event));
    struct str line;
    while (str_next(&data, '\n', &line)) {
        buf_append(record, STR("data: "));
        buf_append(record, line);
        buf_append_byte(record, '\n');
    }
    buf_append_byte(record, '\n');
    timer_start(sse->heartbeat, SSE_HEARTBEAT_MS, SSE_HEARTBEAT_MS);
    (void)stream_write_buf(sse->stream, record); /* a client that left is told by on_closed */
}

bool sse_is_full(const struct sse *sse)
{
    return stream_pending_bytes(sse->stream) >= STREAM_HIGH_WATER_BYTES;
}

size_t sse_pending_bytes(const struct sse *sse)
{
    return stream_pending_bytes(sse->stream);
}

void sse_end(struct sse *sse)
{
    sse->is_ending = true;
    stream_end(sse->stream);
}

struct str sse_last_event_id(struct http_request *request)
{
    const struct str header = http_request_header(request, "last-event-id");
    return str_is_set(header) ? header : http_request_query(request, "last_event_id");
}
