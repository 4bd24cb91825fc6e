#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

/*
 * The HTTP/1.1 server: listens, owns the connections, dispatches requests to a router.
 *
 *     http_server ──< http_connection ── http_request (one at a time; pipelined ones wait)
 *
 * Shutting down: http_server_drain stops listening and lets running requests finish (open streams
 * and WebSockets are told: 1012); http_server_close cuts what is left.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct http_request;
struct http_server;
struct loop;
struct regex;
struct route;
struct router;

#define HTTP_MAX_CONNECTIONS 10000

/* Contract v1-server §1.10. Lists are borrowed. */
struct cors_options {
    const struct str *origins;
    size_t origin_count;
    struct str origin_regex; /* STR_NULL: none; full match */
    struct str docker_host;  /* STR_NULL: none */
    struct regex *pattern;   /* origin_regex; set by http_server_open, owned by the server */
};

struct http_server_options {
    const struct router *router;
    struct str root_path; /* "" or "/prefix"; accepted with and without */
    struct cors_options cors;
    /* Gate and key check. False: it has replied. `route` is NULL for a path or method that no
     * route takes. */
    bool (*admit)(void *context, struct http_request *request, const struct route *route);
    void *admit_context;
    bool logs_access;
};

bool http_server_open(struct loop *loop, const struct http_server_options *options,
                      struct http_server **ret_server, struct error *error) MUST_CHECK;
/* Options are read for each request, so changes take effect at once (deferred init); all but
 * origin_regex, which counts as it was when the server was opened. */
struct http_server_options *http_server_options(struct http_server *server);
/* host: an address or name; port 0 picks a free one. May be called for several addresses. */
bool http_server_listen(struct http_server *server, const char *host, uint16_t port,
                        uint16_t *ret_port, struct error *error) MUST_CHECK;
/* on_drained(owner) when the last connection is gone. */
void http_server_drain(struct http_server *server, void (*on_drained)(void *owner), void *owner);
size_t http_server_connections(const struct http_server *server);
/* Cuts everything and frees itself. */
void http_server_close(struct http_server *server);

#endif
