#ifndef HTTP_SSE_H
#define HTTP_SSE_H

/*
 * Server-sent events on a reply stream: records "id:", "event:", "data:" and a comment heartbeat
 * every SSE_HEARTBEAT_MS of silence, so that proxies keep the connection and a client that left is
 * noticed. The producer is a cursor on a log: it sends until sse_is_full, and goes on at on_ready.
 *
 * Headers: text/event-stream, cache-control: no-store, x-accel-buffering: no. The first bytes are a
 * comment and "retry: 1000", so the client sees the stream at once.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

struct http_request;
struct sse;

#define SSE_HEARTBEAT_MS 15000

struct sse_events {
    void (*on_ready)(void *owner);  /* room again */
    void (*on_closed)(void *owner); /* once; the sse is gone afterwards */
};

struct sse *sse_open(struct http_request *request, const struct sse_events *events, void *owner);
/* id and event may be unset. Line breaks in data become several data: lines. */
void sse_send(struct sse *sse, struct str id, struct str event, struct str data);
bool sse_is_full(const struct sse *sse);
/* What waits for the socket: for producers that want to be told to stop earlier. */
size_t sse_pending_bytes(const struct sse *sse);
void sse_end(struct sse *sse); /* after what was sent has left; on_closed follows */
/* The Last-Event-ID header, or the query's last_event_id. */
struct str sse_last_event_id(struct http_request *request);

#endif
