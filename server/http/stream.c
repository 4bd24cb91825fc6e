#include "server/http/stream.h"

#include "server/base/buf.h"
#include "server/http/connection.h"
#include "server/http/reply_head.h"
#include "server/http/request.h"

/*
 * A stream lives in its request's arena and dies with the request, in connection_finish. Chunk
 * sizes and ends are written together with the data, so that a piece is one system call.
 */

#define CHUNK_HEAD_BYTES 24

struct http_stream {
    struct http_connection *connection;
    const struct http_stream_events *events;
    void *owner;
    bool is_chunked;
    bool has_length;
    bool has_no_body;
    bool is_ended;
    uint64_t left; /* of the content length */
};

static void close_stream(struct http_stream *stream, bool is_complete)
{
    struct http_connection *connection = stream->connection;
    stream->events->on_closed(stream->owner, is_complete);
    connection_finish(connection);
}

static void on_drained(void *owner)
{
    struct http_stream *stream = owner;
    if (stream->is_ended)
        close_stream(stream, true);
    else if (stream->events->on_writable != NULL)
        stream->events->on_writable(stream->owner);
}

static void on_gone(void *owner)
{
    close_stream(owner, false);
}

static void on_peer_ended(void *owner)
{
    const struct http_stream *stream = owner;
    if (!stream->is_ended && stream->events->on_peer_ended != NULL)
        stream->events->on_peer_ended(stream->owner);
}

static void on_shut_down(void *owner)
{
    const struct http_stream *stream = owner;
    if (!stream->is_ended && stream->events->on_shut_down != NULL)
        stream->events->on_shut_down(stream->owner);
}

static const struct connection_user user = {
    .on_drained = on_drained,
    .on_peer_ended = on_peer_ended,
    .on_shut_down = on_shut_down,
    .on_gone = on_gone,
};

struct http_stream *reply_stream(struct http_request *request, int status, const char *content_type,
                                 int64_t content_length, const struct http_stream_events *events,
                                 void *owner)
{
    struct http_connection *connection = request->connection;
    struct http_stream *stream = arena_zero(&request->arena, 1, sizeof(*stream));
    const bool has_body = reply_head_allows_body(request, status);
    const bool until_close = content_length < 0 && connection_is_http_1_0(connection);
    *stream = (struct http_stream){
        .connection = connection,
        .events = events,
        .owner = owner,
        .is_chunked = content_length < 0 && has_body && !until_close,
        .has_length = content_length >= 0,
        .has_no_body = !has_body,
        .left = content_length < 0 ? 0 : (uint64_t)content_length,
    };
    if (until_close)
        connection_end_after(connection);
    const struct reply_head head = {
        .status = status,
        .content_type = str_from(content_type),
        .content_length = content_length,
        .is_chunked = stream->is_chunked,
    };
    const struct str text = reply_head_build(request, &head);
    connection_use(connection, &user, stream);
    (void)connection_write(connection, &text, 1); /* on_closed tells */
    if (stream->has_no_body)
        stream_end(stream);
    return stream;
}

/* What of the next `len` bytes may be sent. */
static size_t admit(struct http_stream *stream, size_t len)
{
    if (!stream->has_length)
        return len;
    const size_t admitted = stream->left < len ? (size_t)stream->left : len;
    stream->left -= admitted;
    return admitted;
}

/* "1f4\r\n" */
static struct str chunk_head(char *text, size_t len)
{
    const int written = snprintf(text, CHUNK_HEAD_BYTES, "%zx\r\n", len);
    return str_span(text, (size_t)written);
}

bool stream_write(struct http_stream *stream, struct str bytes)
{
    if (stream->is_ended || stream->has_no_body)
        return !connection_is_gone(stream->connection);
    bytes.len = admit(stream, bytes.len);
    if (bytes.len == 0)
        return !connection_is_gone(stream->connection);
    if (!stream->is_chunked)
        return connection_write(stream->connection, &bytes, 1);
    char size[CHUNK_HEAD_BYTES];
    const struct str parts[] = {chunk_head(size, bytes.len), bytes, STR("\r\n")};
    return connection_write(stream->connection, parts, ARRAY_SIZE(parts));
}

bool stream_write_buf(struct http_stream *stream, struct buf *bytes)
{
    const bool is_dropped = stream->is_ended || stream->has_no_body;
    buf_truncate(bytes, is_dropped ? 0 : admit(stream, bytes->len));
    if (bytes->len == 0) {
        buf_fini(bytes);
        return !connection_is_gone(stream->connection);
    }
    if (!stream->is_chunked)
        return connection_write_buf(stream->connection, STR(""), bytes, STR(""));
    char size[CHUNK_HEAD_BYTES];
    return connection_write_buf(stream->connection, chunk_head(size, bytes->len), bytes,
                                STR("\r\n"));
}

size_t stream_pending_bytes(const struct http_stream *stream)
{
    return connection_pending_bytes(stream->connection);
}

void stream_end(struct http_stream *stream)
{
    if (stream->is_ended)
        return;
    stream->is_ended = true;
    const struct str last_chunk = STR("0\r\n\r\n");
    if (stream->left > 0 && !stream->has_no_body)
        connection_cut(stream->connection);
    else if (stream->is_chunked)
        (void)connection_write(stream->connection, &last_chunk, 1); /* on_closed tells */
    else
        connection_call_drained(stream->connection);
}

void stream_abort(struct http_stream *stream)
{
    stream->is_ended = true;
    connection_cut(stream->connection);
}
