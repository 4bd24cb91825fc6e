#ifndef UNIT_HTTP_FIXTURE_H
#define UNIT_HTTP_FIXTURE_H

/*
 * A server on a loopback port and clients in the same process. The loop is stepped only while the
 * client still waits for something, so nothing sleeps and nothing hangs: if an answer does not
 * come, a time limit of the server ends the connection and the test fails.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/http/deadline.h"
#include "server/http/hub.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/http/router.h"
#include "server/http/server.h"
#include "server/loop/loop.h"
#include "tests/support/test.h"

struct fixture {
    struct loop *loop;
    struct router *router;
    struct http_server *server;
    uint16_t port;
};

static inline void fixture_open_with(struct fixture *fixture, const struct route *routes,
                                     size_t count, struct http_server_options options)
{
    struct error error = {0};
    const struct route_table table = {.routes = routes, .count = count, .context = fixture};
    assert_true(loop_open(&fixture->loop, &error));
    fixture->router = router_new(&table, 1);
    options.router = fixture->router;
    assert_true(http_server_open(fixture->loop, &options, &fixture->server, &error));
    assert_true(http_server_listen(fixture->server, "127.0.0.1", 0, &fixture->port, &error));
}

static inline void fixture_open(struct fixture *fixture, const struct route *routes, size_t count)
{
    fixture_open_with(fixture, routes, count, (struct http_server_options){0});
}

static inline void fixture_close(struct fixture *fixture)
{
    http_server_close(fixture->server);
    while (loop_step(fixture->loop)) {
    }
    assert_true(loop_close(fixture->loop));
    router_free(fixture->router);
}

/* Makes one kind of time limit so short that waiting for it takes no time worth mentioning. */
static inline void fixture_hurry(struct fixture *fixture, enum deadline_kind kind)
{
    deadlines_configure(hub_of(fixture->server)->deadlines, kind, 20);
}

static inline int client_open(struct fixture *fixture)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(fixture->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

/* Sends all of it, stepping the loop while the socket is full. */
static inline void client_send(struct fixture *fixture, int fd, struct str bytes)
{
    while (bytes.len > 0) {
        const ssize_t sent = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);
        if (sent > 0)
            bytes = str_skip(bytes, (size_t)sent);
        else
            assert_true(loop_step(fixture->loop));
    }
}

/* Reads all that is there. False at the end of the stream. */
static inline bool client_receive(int fd, struct buf *out)
{
    char chunk[65536];
    for (;;) {
        const ssize_t count = recv(fd, chunk, sizeof(chunk), 0);
        if (count <= 0)
            return count < 0 && errno == EAGAIN;
        buf_append_bytes(out, chunk, (size_t)count);
    }
}

/* Reads until `text` has come; false when the server ends the connection before. */
static inline bool client_read_until(struct fixture *fixture, int fd, struct buf *out,
                                     struct str text)
{
    bool is_open = client_receive(fd, out);
    while (is_open && !str_contains(buf_str(out), text)) {
        assert_true(loop_step(fixture->loop));
        is_open = client_receive(fd, out);
    }
    return str_contains(buf_str(out), text);
}

/* Reads until the server closes. */
static inline void client_read_all(struct fixture *fixture, int fd, struct buf *out)
{
    while (client_receive(fd, out))
        assert_true(loop_step(fixture->loop));
}

/* A whole conversation on a connection of its own: what is sent, and all that comes back. */
static inline void client_talk(struct fixture *fixture, struct str bytes, struct buf *out)
{
    scoped_fd int fd = client_open(fixture);
    client_send(fixture, fd, bytes);
    client_read_all(fixture, fd, out);
}

static inline void assert_contains(const struct buf *text, const char *part)
{
    if (!str_contains(buf_str(text), str_from(part)))
        fail_msg("'%s' is not in: %s", part, text->data == NULL ? "" : text->data);
}

static inline void assert_lacks(const struct buf *text, const char *part)
{
    assert_false(str_contains(buf_str(text), str_from(part)));
}

static inline void assert_starts(const struct buf *text, const char *start)
{
    if (!str_starts_with(buf_str(text), str_from(start)))
        fail_msg("'%s' does not begin: %s", start, text->data == NULL ? "" : text->data);
}

#endif
