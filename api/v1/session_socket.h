#ifndef API_V1_SESSION_SOCKET_H
#define API_V1_SESSION_SOCKET_H

/*
 * GET /sockets/session/{conversation_id} (contract v1-conversations §3.5): history and what happens
 * in one ordered channel, each stored event with its number.
 *
 *     handshake ─ auth ─ the conversation is opened ─ sync ─ history ─ full_state ─ live …
 *
 * A client that comes back names the last number it has, and misses nothing. A slow one lags behind
 * in the log; only what is not stored waits for it, up to a bound (conversation_feed.h). What a
 * client sends is a message to the agent, which then runs.
 */

#include <stddef.h>

struct http_request;

#define SESSION_SOCKET_MAX_FRAME_BYTES ((size_t)4 << 20) /* closed with 1013 beyond */

void session_socket_get(struct http_request *request, void *context);

#endif
