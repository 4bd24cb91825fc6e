#include "api/v1/conversation_stream.h"

#include <stdlib.h>

#include "agent/event_log.h"
#include "api/api.h"
#include "api/v1/conversation_feed.h"
#include "api/v1/conversation_request.h"
#include "api/v1/conversation_socket.h"
#include "api/v1/session_frame.h"
#include "api/v1/session_socket.h"
#include "server/base/buf.h"
#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/http/sse.h"

struct stream_query {
    struct schema_int after_seq;
    struct str last_event_id;
    struct str session_api_key;
};

static const struct schema_field stream_fields[] = {
    {.name = "after_seq",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct stream_query, after_seq),
     .is_nullable = true,
     .help = "Begin behind the event with this number; -1: with the first; absent: with what "
             "happens from now on"},
    {.name = "last_event_id",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct stream_query, last_event_id),
     .is_nullable = true,
     .help = "The same as the header Last-Event-ID, which counts first"},
    {.name = "session_api_key",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct stream_query, session_api_key),
     .is_nullable = true,
     .help = "The key, for clients that cannot set headers"},
};
static SCHEMA_DEFINE(stream_schema, "ConversationStreamQuery", stream_fields, false);

struct stream {
    struct sse *sse;
    struct conversation_feed feed;
};

/* --- records --- */

static bool is_full(void *owner)
{
    const struct stream *stream = owner;
    return sse_is_full(stream->sse);
}

static void send_event(void *owner, size_t number, struct str event)
{
    const struct stream *stream = owner;
    scoped_buf struct buf id = {0};
    buf_printf(&id, "%zu", number);
    sse_send(stream->sse, buf_str(&id), STR("durable"), event);
}

static void send_transient(void *owner, struct str event)
{
    const struct stream *stream = owner;
    sse_send(stream->sse, STR_NULL, STR("transient"), event);
}

static void send_piece(void *owner, const struct conversation_piece *piece, size_t count)
{
    const struct stream *stream = owner;
    scoped_buf struct buf frame = {0};
    session_frame_piece(piece, count, &frame);
    sse_send(stream->sse, STR_NULL, session_frame_piece_type(piece), buf_str(&frame));
}

/* The position, so that a client that leaves before the first event can come back to it. */
static void send_sync(const struct stream *stream, const struct session_place *place, size_t count)
{
    scoped_buf struct buf frame = {0};
    scoped_buf struct buf id = {0};
    session_frame_sync(place, count, &frame);
    buf_printf(&id, "%lld", (long long)session_place_first(place, count) - 1);
    sse_send(stream->sse, buf_str(&id), STR("sync"), buf_str(&frame));
}

/* The client comes back by itself, and gets what it lacks or that there is nothing any more. */
static void on_overflow(void *owner)
{
    const struct stream *stream = owner;
    sse_end(stream->sse);
}

static void on_conversation_closed(void *owner, bool is_deleted)
{
    const struct stream *stream = owner;
    (void)is_deleted; /* it is told when it asks again */
    sse_end(stream->sse);
}

static const struct conversation_feed_events feed_events = {
    .is_full = is_full,
    .on_event = send_event,
    .on_transient = send_transient,
    .on_piece = send_piece,
    .on_overflow = on_overflow,
    .on_closed = on_conversation_closed,
};

/* --- the stream --- */

static void on_ready(void *owner)
{
    struct stream *stream = owner;
    if (stream->feed.conversation != NULL)
        conversation_feed_resume(&stream->feed);
}

static void on_closed(void *owner)
{
    struct stream *stream = owner;
    conversation_feed_close(&stream->feed);
    free(stream);
}

static const struct sse_events sse_events = {.on_ready = on_ready, .on_closed = on_closed};

static void open_stream(struct conversation_request *asked, struct conversation *conversation)
{
    const struct session_place *place = asked->body;
    const size_t count = event_log_count(conversation_log(conversation));
    if (conversation_listener_count(conversation) >= CONVERSATION_MAX_LISTENERS) {
        reply_detail(asked->request, 429, STR("Too many connections for this conversation"));
        return;
    }
    struct stream *stream = mem_zero(1, sizeof(*stream));
    stream->sse = sse_open(asked->request, &sse_events, stream);
    send_sync(stream, place, count);
    conversation_feed_open(&stream->feed, asked->api->loop, conversation, &feed_events, stream,
                           session_place_first(place, count));
    conversation_feed_add_state(&stream->feed);
}

/* False: it has replied. */
static bool find_place(struct http_request *request, const struct stream_query *query,
                       struct session_place *place)
{
    const struct str last = sse_last_event_id(request);
    *place = (struct session_place){.is_set = query->after_seq.is_set,
                                    .after_seq = query->after_seq.value};
    if (str_is_empty(last))
        return true;
    place->is_set = true;
    if (str_to_i64(last, -1, INT64_MAX, &place->after_seq))
        return true;
    reply_detail(request, 400, STR("Last-Event-ID is not the id of an event"));
    return false;
}

void conversation_stream_get(struct http_request *request, void *context)
{
    struct stream_query query = {0};
    struct session_place *place = arena_zero(&request->arena, 1, sizeof(*place));
    if (!route_decode(request, &query) || !find_place(request, &query, place))
        return;
    conversation_request_find(
        request, context, &(struct conversation_request_options){.body = place, .fn = open_stream});
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/conversations/{conversation_id}/events/stream",
     .auth = ROUTE_AUTH_STREAM,
     .query = &stream_schema,
     .handler = conversation_stream_get,
     .tag = "Events",
     .summary = "Follow a conversation as server-sent events"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/sockets/session/{conversation_id}",
     .auth = ROUTE_AUTH_SOCKET,
     .handler = session_socket_get},
};
API_ROUTES(v1_conversation_stream_routes, routes);
