#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

/*
 * One HTTP request, from the last byte of its head to the last byte of its reply.
 *
 * Owned by its connection. It stays valid until it has been replied to (reply.h), even when the
 * client is gone meanwhile: a reply to a client that left is dropped. Everything that hangs on a
 * request lives in its arena. Each request is replied to exactly once.
 *
 * The body is either collected before the handler runs (up to the server's limit) or received as a
 * stream by the handler, which may pause it: nothing is buffered beyond one read.
 *
 * Path and query stay as sent; params and pairs are percent-decoded (a query's '+' is a space).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/mem.h"
#include "server/base/schema.h"
#include "server/base/str.h"
#include "server/http/header.h"

struct http_connection;
struct http_reply;
struct http_server;
struct doc;
struct doc_value;
struct loop;
struct route;

#define HTTP_MAX_PARAMS       6
#define HTTP_MAX_HEAD_BYTES   65536
#define HTTP_MAX_HEADERS      1000
#define HTTP_MAX_BODY_BYTES   ((size_t)64 << 20) /* collected bodies; 413 beyond */
#define HTTP_IDLE_TIMEOUT_MS  5000               /* keep-alive, between requests */
#define HTTP_PAUSE_TIMEOUT_MS 300000             /* the same after a request of V0 */
#define HTTP_HEAD_TIMEOUT_MS  30000              /* first byte to end of head */
#define HTTP_BODY_TIMEOUT_MS  120000             /* longest silence inside a body */
#define HTTP_WRITE_TIMEOUT_MS 120000             /* longest time without the client reading */

enum http_method {
    HTTP_METHOD_GET,
    HTTP_METHOD_HEAD,
    HTTP_METHOD_POST,
    HTTP_METHOD_PUT,
    HTTP_METHOD_PATCH,
    HTTP_METHOD_DELETE,
    HTTP_METHOD_OPTIONS,
    HTTP_METHOD_OTHER,
};
const char *http_method_name(enum http_method method);

struct http_request {
    struct http_connection *connection;
    struct http_server *server;
    struct arena arena;
    enum http_method method;
    struct str method_text;
    struct str target; /* as sent: path and query */
    struct str path;   /* still percent-encoded, the server's root path removed */
    struct str query;  /* without '?' */
    struct http_header *headers;
    size_t header_count;
    const struct route *route;
    struct str params[HTTP_MAX_PARAMS]; /* decoded, in the order of the pattern */
    size_t param_count;
    struct str body;              /* collected bodies */
    struct doc *document;         /* ROUTE_BODY_JSON, parsed */
    const struct doc_value *json; /* its root; NULL when the body is absent */
    uint64_t number;              /* for logs */
    uint64_t content_length;
    bool has_content_length;
    bool is_chunked;
    bool has_body;
    bool wants_upgrade;
    struct http_reply *reply; /* of reply.c */
    struct buf body_bytes;    /* of dispatch.c, what body points to */
    void *route_context;      /* of dispatch.c */
    void (*on_gone)(void *owner);
    void *gone_owner;
};

/* Header names are compared without case; the first one counts. STR_NULL when absent. */
struct str http_request_header(const struct http_request *request, const char *name);
/* Unquoted; STR_NULL when absent. */
struct str http_request_cookie(struct http_request *request, const char *name);
struct str http_request_peer(const struct http_request *request);
struct loop *http_request_loop(const struct http_request *request);

/* The query, decoded into the request's arena. */
const struct schema_pair *http_request_pairs(struct http_request *request, size_t *ret_count);
/* The last value of one query parameter; STR_NULL when absent. */
struct str http_request_query(struct http_request *request, const char *name);

/* Percent-decodes; invalid escapes stay as they are. */
struct str http_decode(struct arena *arena, struct str text, bool plus_is_space);
/* Appends with everything but A-Za-z0-9_.~- percent-encoded. */
void http_encode(struct buf *out, struct str text);

/* The client left before the reply was finished: once, at most. Set NULL to forget. */
void http_request_on_gone(struct http_request *request, void (*on_gone)(void *owner), void *owner);
bool http_request_is_gone(const struct http_request *request);

/* Receiving a body as a stream (ROUTE_BODY_STREAM). Exactly one of on_end and on_abort comes,
 * unless the request is replied to before: then the rest of the body is read and dropped. */
struct http_body_events {
    void (*on_data)(void *owner, struct str chunk);
    void (*on_end)(void *owner);
    void (*on_abort)(void *owner); /* the client left or was too slow; a reply is still due */
};
void http_request_receive(struct http_request *request, const struct http_body_events *events,
                          void *owner);
void http_request_pause(struct http_request *request);
void http_request_resume(struct http_request *request);

#endif
