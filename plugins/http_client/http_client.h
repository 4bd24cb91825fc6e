#ifndef PLUGINS_HTTP_CLIENT_HTTP_CLIENT_H
#define PLUGINS_HTTP_CLIENT_HTTP_CLIENT_H

/*
 * Requests to other servers over HTTP/1.1, on the loop: for models, webhooks and MCP servers.
 *
 *     http_client (connections that are used again) ──< http_exchange (one request, one answer)
 *
 * An answer comes piece by piece: on_head once, on_body for each piece, on_end once and last; no
 * more than a read is kept for who has paused. Certificates are checked against the system's;
 * proxies come from the environment (http_proxy.h). Redirects are followed only when asked for;
 * credentials of the kind of "Authorization" do not go to another host then.
 *
 * No callback comes inside a call. Loop thread only. libcurl is loaded with the first request.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct error;
struct http_client;
struct http_exchange;
struct loop;

#define HTTP_CLIENT_CONNECT_TIMEOUT_MS 30000
#define HTTP_CLIENT_MAX_HEAD_BYTES     ((size_t)64 << 10) /* of an answer; more is an error */

struct http_client_options {
    struct loop *loop;
    const char *const *env; /* for proxies and certificates; borrowed for the client's life */
};

struct http_field {
    struct str name;
    struct str value;
};

struct http_exchange_events {
    void (*on_head)(void *owner); /* may be NULL */
    void (*on_body)(void *owner, struct str bytes);
    /* NULL: the answer is complete, whatever its status. The exchange is gone afterwards. */
    void (*on_end)(void *owner, const struct error *error);
};

/* Everything is copied. */
struct http_exchange_options {
    const char *method;
    struct str url;
    const struct http_field *fields;
    size_t field_count;
    struct str body;             /* STR_NULL: none */
    uint64_t connect_timeout_ms; /* 0: HTTP_CLIENT_CONNECT_TIMEOUT_MS */
    uint64_t idle_timeout_ms;    /* the longest silence, before the answer and in it; 0: any */
    uint64_t total_timeout_ms;   /* 0: none */
    unsigned max_redirects;
};

struct http_client *http_client_open(const struct http_client_options *options);
/* Exchanges that are left end with ERROR_CANCELLED, later; then it is gone. */
void http_client_close(struct http_client *client); /* NULL is fine */

struct http_exchange *http_exchange_start(struct http_client *client,
                                          const struct http_exchange_options *options,
                                          const struct http_exchange_events *events, void *owner);
/* From on_head on. */
int http_exchange_status(const struct http_exchange *exchange);
/* The first field with this name, whatever its case; STR_NULL: there is none. */
struct str http_exchange_field(const struct http_exchange *exchange, const char *name);
/* No on_body comes until resume. */
void http_exchange_pause(struct http_exchange *exchange);
void http_exchange_resume(struct http_exchange *exchange);
/* No callback comes any more. */
void http_exchange_cancel(struct http_exchange *exchange);

#endif
