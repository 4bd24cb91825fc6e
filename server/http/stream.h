#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H

/*
 * A reply written piece by piece. reply_stream sends the head and gives a stream. The producer
 * writes while stream_pending_bytes is below its limit and goes on at on_writable; nothing is ever
 * queued for a slow client beyond what the producer put there. on_closed comes exactly once (client
 * left, write timeout, or all sent after stream_end) and is the last use of the stream; the request
 * goes with it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct buf;
struct http_request;
struct http_stream;

#define STREAM_HIGH_WATER_BYTES ((size_t)1 << 20)

/* All but on_closed may be NULL. */
struct http_stream_events {
    void (*on_writable)(void *owner); /* everything written so far has left */
    void (*on_closed)(void *owner, bool is_complete);
    /* The client sends no more; if it has left altogether, the next write finds out. */
    void (*on_peer_ended)(void *owner);
    void (*on_shut_down)(void *owner); /* the server goes down: end soon */
};

/* content_length −1: chunked (or until close for HTTP/1.0). A HEAD request gets the head only, and
 * on_closed follows. Bytes beyond the content length are dropped; too few cut the connection. */
struct http_stream *reply_stream(struct http_request *request, int status, const char *content_type,
                                 int64_t content_length, const struct http_stream_events *events,
                                 void *owner);
/* Copies. False when the client is gone. */
bool stream_write(struct http_stream *stream, struct str bytes);
/* Moves the content of `bytes` out, without a copy. */
bool stream_write_buf(struct http_stream *stream, struct buf *bytes);
size_t stream_pending_bytes(const struct http_stream *stream);
void stream_end(struct http_stream *stream);
/* Cuts the connection, so that the client sees that the reply is not complete. */
void stream_abort(struct http_stream *stream);

#endif
