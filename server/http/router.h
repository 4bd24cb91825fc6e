#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

/*
 * The route tables: constant data that say everything about a route, for the dispatcher and for
 * /openapi.json alike.
 *
 * Patterns are matched segment by segment on the percent-decoded path: "{name}" is one segment,
 * "{name:path}" the rest (slashes included, not collapsed; empty only where the path without its
 * final slash is no route). A literal segment beats a parameter, whatever the order of the tables.
 * A path known under another method gives 405 with `allow`; a path that matches only with or
 * without its final slash gives 307; otherwise 404. Routes of ROUTE_AUTH_SOCKET are there for
 * WebSocket handshakes only, all others for plain requests only.
 *
 * Order of a request (contract v1-server §2): routing → body collected and parsed (malformed JSON:
 * 422 before anything else) → admit (gate, then key) → handler, which decodes and validates.
 * Streamed bodies are admitted first: nobody without a key gets to send gigabytes.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/http/request.h"

struct schema;

enum route_auth {
    ROUTE_AUTH_PUBLIC,
    ROUTE_AUTH_SESSION,   /* header X-Session-API-Key */
    ROUTE_AUTH_INIT,      /* header X-Init-API-Key, checked by the handler */
    ROUTE_AUTH_WORKSPACE, /* header or workspace cookie */
    ROUTE_AUTH_OPENAI,    /* header or bearer */
    ROUTE_AUTH_STREAM,    /* header, cookie or query: for EventSource, which cannot set headers */
    ROUTE_AUTH_SOCKET,    /* checked by the socket itself */
    ROUTE_AUTH_V0,        /* as SESSION, refused as V0 does; the connection may idle for long */
};

enum route_body {
    ROUTE_BODY_NONE,   /* read and dropped */
    ROUTE_BODY_JSON,   /* collected, parsed into request->json */
    ROUTE_BODY_RAW,    /* collected into request->body */
    ROUTE_BODY_STREAM, /* the handler calls http_request_receive */
};

typedef void (*route_handler_fn)(struct http_request *request, void *context);

struct route {
    enum http_method method;
    const char *pattern;
    enum route_auth auth;
    enum route_body body;
    const struct schema *query;       /* may be NULL */
    const struct schema *body_schema; /* may be NULL */
    route_handler_fn handler;
    bool is_hidden; /* from /openapi.json */
    const char *tag;
    const char *summary;
};

struct route_table {
    const struct route *routes;
    size_t count;
    void *context; /* handed to each handler of this table */
};

struct router;

/* Tables are borrowed and must outlive the router. Asserts that no two routes are equal. */
struct router *router_new(const struct route_table *tables, size_t table_count);
void router_free(struct router *router);

enum router_outcome {
    ROUTER_FOUND,
    ROUTER_NOT_FOUND,
    ROUTER_WRONG_METHOD,
    ROUTER_REDIRECT
};
struct router_match {
    enum router_outcome outcome;
    const struct route *route;
    void *context;
    char allow[64]; /* "GET, POST" */
};
/* Fills request->route and params. HEAD is routed only where a HEAD route exists. */
void router_find(const struct router *router, struct http_request *request,
                 struct router_match *ret_match);
/* Visits every route once, in table order. */
void router_each(const struct router *router, void (*visit)(void *owner, const struct route *route),
                 void *owner);

/* Decodes the query by route->query and the body by route->body_schema into the same struct. On
 * failure it has replied 422 and returns false. */
bool route_decode(struct http_request *request, void *target) MUST_CHECK;
/* The path parameter as an id of any form; else it has replied 422 uuid_parsing. */
bool route_param_id(struct http_request *request, size_t index, const char *name,
                    struct id *ret_id) MUST_CHECK;

#endif
