#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

/*
 * Replying to a request: whole, or as a stream.
 *
 * Whole: set extra headers with reply_header, then call exactly one of the reply_… functions; after
 * that the request must not be touched.
 *
 * Stream: reply_stream sends the head and gives a stream. The producer writes while
 * stream_pending_bytes is below its limit and goes on at on_writable; nothing is ever queued for a
 * slow client beyond what the producer put there. on_closed comes exactly once (client left, write
 * timeout, or all sent after stream_end) and is the last use of the stream.
 *
 * date, server, vary, CORS and connection headers are added by the server. Error bodies have the
 * contract's shape (v1-server §3).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct buf;
struct error;
struct http_request;
struct http_stream;

/* Copies both. To be called before the reply itself. */
void reply_header(struct http_request *request, const char *name, struct str value);

/* Moves the content of `body` out. */
void reply_json(struct http_request *request, int status, struct buf *body);
void reply_text(struct http_request *request, int status, const char *content_type,
                struct str body);
void reply_empty(struct http_request *request, int status);
void reply_redirect(struct http_request *request, int status, struct str location);

/* {"detail": text}; for 5xx {"detail":"Internal Server Error","exception":"<status>: <text>"}. */
void reply_detail(struct http_request *request, int status, struct str text);
/* The same from an error: status and text follow from it. */
void reply_error(struct http_request *request, const struct error *error);
/* 422 with {"detail":[items]}; `items` is a JSON array. */
void reply_issues(struct http_request *request, struct str items);
/* An unexpected failure: 500 with an error_id that is logged together with the text. */
void reply_unexpected(struct http_request *request, struct str text);

#define STREAM_HIGH_WATER_BYTES ((size_t)1 << 20)

struct http_stream_events {
    void (*on_writable)(void *owner); /* everything written so far has left */
    void (*on_closed)(void *owner, bool is_complete);
};

/* content_length −1: chunked (or until close for HTTP/1.0). A HEAD request gets the head only, and
 * on_closed follows. */
struct http_stream *reply_stream(struct http_request *request, int status,
                                 const char *content_type, int64_t content_length,
                                 const struct http_stream_events *events, void *owner);
/* Copies. False when the client is gone. */
bool stream_write(struct http_stream *stream, struct str bytes);
/* Moves the content of `bytes` out, without a copy. */
bool stream_write_buf(struct http_stream *stream, struct buf *bytes);
size_t stream_pending_bytes(const struct http_stream *stream);
void stream_end(struct http_stream *stream);
/* Cuts the connection, so that the client sees that the reply is not complete. */
void stream_abort(struct http_stream *stream);

#endif
