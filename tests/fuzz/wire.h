#ifndef FUZZ_WIRE_H
#define FUZZ_WIRE_H

/*
 * A server's end of a socket pair for fuzzers of what comes over the wire: bytes go in, in two
 * pieces, then the client ends its side and reads until the server has closed. Nothing waits for a
 * time limit, because all has been said by then.
 */

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/error.h"
#include "server/base/log.h"
#include "server/http/connection.h"
#include "server/http/hub.h"
#include "server/http/router.h"
#include "server/loop/loop.h"

struct wire {
    struct loop *loop;
    struct http_server *server;
    int client;
};

static inline void wire_open(struct wire *wire, const struct route *routes, size_t count)
{
    const struct route_table table = {.routes = routes, .count = count};
    struct error error;
    log_init(LOG_LEVEL_ERROR, false);
    const bool has_loop = loop_open(&wire->loop, &error);
    assert(has_loop);
    const struct http_server_options options = {.router = router_new(&table, 1)};
    const bool has_server = http_server_open(wire->loop, &options, &wire->server, &error);
    assert(has_server);
}

/* False when the server has closed. */
static inline bool wire_drain(struct wire *wire)
{
    char chunk[65536];
    ssize_t count;
    while ((count = recv(wire->client, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0) {
    }
    return count < 0 && errno == EAGAIN;
}

static inline void wire_send(struct wire *wire, struct str bytes)
{
    while (bytes.len > 0) {
        const ssize_t sent = send(wire->client, bytes.data, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0)
            bytes = str_skip(bytes, (size_t)sent);
        else if (errno != EAGAIN || !wire_drain(wire) || !loop_step(wire->loop))
            return;
    }
}

static inline void wire_talk(struct wire *wire, struct str first, struct str second)
{
    int ends[2];
    const int status = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends);
    assert(status == 0);
    wire->client = ends[1];
    connection_open(hub_of(wire->server), ends[0]);
    wire_send(wire, first);
    if (first.len > 0)
        (void)loop_step(wire->loop); /* something is there to be read */
    wire_send(wire, second);
    (void)shutdown(wire->client, SHUT_WR); /* fails when the server has closed already */
    while (http_server_connections(wire->server) > 0) {
        (void)wire_drain(wire); /* the count of connections tells the end */
        const bool is_alive = loop_step(wire->loop);
        assert(is_alive);
    }
    (void)close(wire->client);
}

#endif
