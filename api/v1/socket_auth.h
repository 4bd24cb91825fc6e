#ifndef API_V1_SOCKET_AUTH_H
#define API_V1_SOCKET_AUTH_H

/*
 * How a socket under /sockets proves its key (contract v1-server §9.1): in the query, in the
 * header, or, when it offers neither, in the first message within SOCKET_AUTH_TIMEOUT_MS.
 *
 *     socket_auth_admit     before the upgrade: refuses a wrong key with 403, and plain GETs
 *     socket_auth_open      after it: waits for the first message where one is due
 *     socket_auth_receive   each message goes through here first
 *
 * Owned by the socket; shared by all kinds of sockets.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct api;
struct http_request;
struct keyring;
struct timer;
struct ws;

#define SOCKET_AUTH_TIMEOUT_MS 10000

struct socket_auth {
    const struct keyring *keyring;
    struct ws *ws;
    struct timer *limit; /* NULL: no message is due */
};

enum socket_admission {
    SOCKET_REFUSED, /* it has replied */
    SOCKET_ADMITTED,
    SOCKET_MUST_PROVE, /* by its first message */
};

enum socket_admission socket_auth_admit(const struct api *api, struct http_request *request);
/* 403 without a body: what a handshake that cannot be accepted gets. */
void socket_auth_refuse(struct http_request *request);

void socket_auth_open(struct socket_auth *auth, const struct api *api, struct ws *ws,
                      enum socket_admission admission);
void socket_auth_close(struct socket_auth *auth);
/* True while nothing may be sent. */
bool socket_auth_is_pending(const struct socket_auth *auth);

enum socket_verdict {
    SOCKET_MESSAGE,  /* it is for the socket */
    SOCKET_CONSUMED, /* a redundant auth frame, or what closed the socket */
    SOCKET_PROVEN,   /* it was the awaited one: the socket is open now */
};
enum socket_verdict socket_auth_receive(struct socket_auth *auth, struct str message,
                                        bool is_binary);

#endif
