#ifndef API_V1_BASH_STREAM_H
#define API_V1_BASH_STREAM_H

/*
 * GET /api/bash/bash_events/stream: the events of the socket as server-sent events, for clients
 * behind proxies that strip WebSocket upgrades. The id of a record is the event's number, so a
 * client that comes back with Last-Event-ID gets exactly what it missed.
 *
 *   event: position      first: where the stream begins, and the newest event at that moment
 *   event: BashCommand, BashOutput
 *   event: gap           events were dropped before they could be sent
 */

struct http_request;
struct schema;

extern const struct schema bash_stream_schema;

void bash_stream_get(struct http_request *request, void *context);

#endif
