#ifndef HTTP_CONNECTION_STATE_H
#define HTTP_CONNECTION_STATE_H

/*
 * The members of a connection, shared by its two halves: connection.c (socket, users, replies, life
 * and death) and connection_input.c (what arrives: heads and bodies). Nobody else includes this.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/list.h"
#include "server/http/deadline.h"
#include "server/http/hub.h"
#include "server/http/parser.h"
#include "server/http/request.h"

struct connection_user;
struct tcp;

#define MAGIC_CONNECTION 0x434f4e4eu

enum connection_state {
    STATE_WAITING,   /* for a head, or the rest of one */
    STATE_BODY,      /* a request is open and its body not complete */
    STATE_HANDLING,  /* a request is open, its body complete (or broken) */
    STATE_DROPPING,  /* replied; the rest of the body is read and dropped */
    STATE_FLUSHING,  /* replied; the reply is still leaving */
    STATE_TAKEN,     /* a WebSocket */
    STATE_LINGERING, /* the last byte is written; the client is to close */
    STATE_CLOSED,
};

enum body_failure {
    BODY_FINE,
    BODY_CUT_OFF,
    BODY_MALFORMED,
    BODY_TOO_SLOW
};

struct http_connection {
    uint32_t magic;
    struct hub *hub;
    struct list link;
    struct turn turn;
    struct tcp *tcp; /* NULL once closed */
    struct parser parser;
    enum connection_state state;
    struct deadline read_deadline;
    struct deadline write_deadline;
    uint64_t sent_mark; /* tcp_sent_bytes when the write deadline was set */
    struct buf head;    /* the open request points into it */
    struct buf input;   /* read, not yet used */
    struct buf peer;
    struct http_request request;
    const struct http_body_events *sink;
    void *sink_owner;
    const struct connection_user *user;
    void *user_owner;
    enum body_failure body_failure;
    uint64_t body_left; /* of a known length */
    uint64_t dropped_bytes;
    bool is_open;      /* a request waits for its reply */
    bool is_advancing; /* advance() is on the stack */
    bool is_paused;    /* by the receiver of the body */
    bool is_end_told;  /* on_end or on_abort was called */
    bool is_http_1_0;
    bool keeps_alive;
    bool idles_long;    /* connection_idle_long */
    bool owes_continue; /* the client waits for 100 Continue */
    bool has_replied;   /* a final head is written, or being written */
    bool has_peer_ended;
    bool is_gone; /* nothing goes in or out any more */
    bool is_gone_told;
    bool is_drained_due; /* the user is to be told in the next turn */
};

/* Of connection.c, for connection_input.c. */
void connection_release_request(struct http_connection *connection);
void connection_linger(struct http_connection *connection);
void connection_mark_gone(struct http_connection *connection, bool with_reset);

#endif
