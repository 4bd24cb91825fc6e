#ifndef HTTP_WS_H
#define HTTP_WS_H

/*
 * WebSocket connections (RFC 6455) on wslay, taking over a request's connection. Text and binary
 * messages, pings answered, fragments joined up to WS_MAX_MESSAGE_BYTES (close 1009 beyond). No
 * extension is negotiated. A close of ours is deferred: ws_close may be called in any callback.
 *
 * Sending is bounded: ws_is_full says stop, on_ready says go on. A message sent beyond
 * WS_MAX_QUEUE_BYTES closes the socket with 1013, so a producer without a cursor cannot fill
 * memory. A ping goes out after WS_PING_MS of silence; a peer silent for two of them is closed.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct http_request;
struct ws;

#define WS_MAX_MESSAGE_BYTES ((size_t)16 << 20)
#define WS_MAX_QUEUE_BYTES   ((size_t)8 << 20)
#define WS_PING_MS           30000

enum ws_close_code {
    WS_CLOSE_NORMAL = 1000,
    WS_CLOSE_GOING_AWAY = 1001,
    WS_CLOSE_TOO_BIG = 1009,
    WS_CLOSE_INTERNAL = 1011,
    WS_CLOSE_RESTART = 1012,
    WS_CLOSE_TRY_LATER = 1013,
    WS_CLOSE_AUTH_FAILED = 4001,
    WS_CLOSE_NOT_FOUND = 4004,
};

struct ws_events {
    void (*on_message)(void *owner, struct str message, bool is_binary);
    void (*on_ready)(void *owner);  /* the queue is empty again */
    void (*on_closed)(void *owner); /* once; the ws is gone afterwards */
};

/* True when the request is a well-formed WebSocket handshake. */
bool ws_is_handshake(const struct http_request *request);
/* Answers 101 and takes the connection over; the request is finished. */
struct ws *ws_accept(struct http_request *request, const struct ws_events *events, void *owner);
void ws_send_text(struct ws *ws, struct str message);
void ws_send_binary(struct ws *ws, struct str message);
bool ws_is_full(const struct ws *ws);
/* What waits for the socket: for producers that want to be told to stop earlier. */
size_t ws_pending_bytes(const struct ws *ws);
/* Sends a close frame, then drops the connection; on_closed follows. */
void ws_close(struct ws *ws, int code, struct str reason);
/* Drops the TCP connection without a close frame. */
void ws_abort(struct ws *ws);

#endif
