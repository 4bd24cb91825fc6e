#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

/*
 * One client's connection: the socket, the parser, and one request at a time. Owned by the server's
 * hub; frees itself in a turn when its socket is closed and no request is open.
 *
 *     WAITING ─ head ─> BODY ─> HANDLING ─ reply ─> FLUSHING ─> WAITING   (keep-alive)
 *                         └──── reply ────> DROPPING ─┘  └──> LINGERING   (close)
 *     a WebSocket: HANDLING ─> TAKEN ─> LINGERING
 *
 * While a request is handled, reading goes on up to CONNECTION_AHEAD_BYTES, so that the end of the
 * client is noticed; pipelined requests wait. For the modules of server/http only: handlers see the
 * request (request.h), the reply (reply.h) and the socket (ws.h).
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

struct buf;
struct http_body_events;
struct http_connection;
struct http_request;
struct hub;
struct list;

#define CONNECTION_AHEAD_BYTES    16384
#define CONNECTION_MAX_DROP_BYTES ((uint64_t)1 << 20) /* of a body nobody wants */

/* Takes `fd`. */
void connection_open(struct hub *hub, int fd);
struct hub *connection_hub(const struct http_connection *connection);
struct http_connection *connection_from_link(struct list *link);
/* The server goes down: ends what is idle, tells users, lets requests finish. */
void connection_shut_down(struct http_connection *connection);
/* Drops the socket now; whoever uses the connection hears that it is gone. */
void connection_cut(struct http_connection *connection);

/* Of the request being handled. */
void connection_receive(struct http_connection *connection, const struct http_body_events *events,
                        void *owner);
void connection_pause(struct http_connection *connection, bool is_paused);
void connection_watch_client(struct http_connection *connection);
bool connection_is_gone(const struct http_connection *connection);
struct str connection_peer(struct http_connection *connection);
void connection_local(struct http_connection *connection, struct buf *out);

/* Replying. Asked once per reply, before its head is written: false adds "connection: close". */
bool connection_keep_alive(struct http_connection *connection);
/* The end of the reply is the end of the connection. */
void connection_end_after(struct http_connection *connection);
bool connection_is_http_1_0(const struct http_connection *connection);
bool connection_write(struct http_connection *connection, const struct str *parts, size_t count);
bool connection_write_buf(struct http_connection *connection, struct str head, struct buf *body,
                          struct str tail);
size_t connection_pending_bytes(const struct http_connection *connection);
/* The whole reply has been written; the request is gone. */
void connection_finish(struct http_connection *connection);
/* No reply is wanted: the body was cut off, malformed or too slow. The request is gone. */
void connection_abandon(struct http_connection *connection);

/* Whoever writes for longer than one call. All but on_data and on_gone may be NULL. */
struct connection_user {
    void (*on_data)(void *owner, struct str bytes); /* of a taken connection */
    void (*on_drained)(void *owner);                /* all that was written has left */
    void (*on_peer_ended)(void *owner);             /* the client sends no more */
    void (*on_shut_down)(void *owner);              /* the server goes down */
    void (*on_gone)(void *owner);                   /* the last call */
};
void connection_use(struct http_connection *connection, const struct connection_user *user,
                    void *owner);
/* Makes on_drained come even if nothing is left to write. */
void connection_call_drained(struct http_connection *connection);
/* From now on it is kept for minutes between two requests. */
void connection_idle_long(struct http_connection *connection);
/* The request is finished, all that follows is the user's. */
void connection_take(struct http_connection *connection, const struct connection_user *user,
                     void *owner);
/* The user of a taken connection lets go; what it wrote is still sent. */
void connection_release(struct http_connection *connection);

#endif
