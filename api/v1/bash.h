#ifndef API_V1_BASH_H
#define API_V1_BASH_H

/*
 * The handlers of the two live views on bash events; their routes stand in the table of bash.c.
 *
 *   bash_stream_get   GET /api/bash/bash_events/stream, server-sent events, ours
 *   bash_socket_get   GET /sockets/bash-events, a WebSocket (contract v1-server §9)
 */

struct http_request;
struct schema;

extern const struct schema bash_stream_schema;

void bash_stream_get(struct http_request *request, void *context);
void bash_socket_get(struct http_request *request, void *context);

#endif
