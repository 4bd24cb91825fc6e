#ifndef API_V1_CONVERSATION_SOCKET_H
#define API_V1_CONVERSATION_SOCKET_H

/*
 * GET /sockets/events/{conversation_id} (contract v1-conversations §2.2, v1-server §9): the state
 * as the first frame, at once, then every event as it is stored; with resend_mode the history
 * before. What a client sends is a message to the agent, which then runs.
 *
 *     handshake ─ auth ─ the conversation is opened ─ full_state ─ events …
 *
 * At most CONVERSATION_MAX_LISTENERS streams of all kinds for one conversation; one more is closed
 * with 1013. A slow client lags; nothing is kept for it beyond conversation_feed.h.
 */

struct http_request;

#define CONVERSATION_MAX_LISTENERS 50

void conversation_socket_get(struct http_request *request, void *context);

#endif
