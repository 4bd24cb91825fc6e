#ifndef API_V1_BASH_SOCKET_H
#define API_V1_BASH_SOCKET_H

/*
 * GET /sockets/bash-events (contract v1-server §9): every socket is a cursor on the events; what a
 * client sends starts a command, whose events come to it like all others.
 *
 * At most BASH_SOCKET_LIMIT at a time; one more is closed with 1013.
 */

struct http_request;

#define BASH_SOCKET_LIMIT 50

void bash_socket_get(struct http_request *request, void *context);

#endif
