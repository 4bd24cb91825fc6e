#ifndef API_V1_CONVERSATION_STREAM_H
#define API_V1_CONVERSATION_STREAM_H

/*
 * GET /api/conversations/{conversation_id}/events/stream: what the session socket sends, as
 * server-sent events, for those who drive a conversation by plain requests.
 *
 *     event: sync · durable · transient · item_started · delta · item_aborted
 *     id:    the number of the last stored event that the client has
 *     data:  the event (durable, transient), or the frame (session_frame.h)
 *
 * A client that comes back sends Last-Event-ID, as browsers do by themselves, and misses nothing.
 */

struct http_request;

void conversation_stream_get(struct http_request *request, void *context);

#endif
