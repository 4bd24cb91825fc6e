#ifndef PLUGINS_MCP_MCP_EXCHANGE_H
#define PLUGINS_MCP_MCP_EXCHANGE_H

/*
 * One HTTP request of a remote transport, and what comes back: a stream of events, one JSON text,
 * or nothing. Anything but a status of 2xx is an error with the first words of its body.
 *
 * Redirects are followed to the same server only (mcp_url.h), with the same method and body.
 * Owned by a transport; ends by itself after on_end, or with mcp_exchange_cancel, which may also be
 * called inside its events.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct error;
struct http_client;
struct http_field;
struct mcp_exchange;

struct mcp_exchange_options {
    struct http_client *http;
    const char *method;
    struct str url;
    const struct http_field *fields; /* of the configuration */
    size_t field_count;
    struct str body;           /* JSON; STR_NULL: none */
    struct str session;        /* STR_NULL: none, as for the next two */
    struct str version;        /* of the protocol */
    struct str last_event;     /* the id of the event after which a stream goes on */
    uint64_t total_timeout_ms; /* 0: none */
};

struct mcp_exchange_events {
    /* The answer is fine and its body follows. NULL is fine. */
    void (*on_head)(void *owner);
    /* An event of a stream, or the whole JSON text with an empty name. */
    void (*on_event)(void *owner, struct str name, struct str data);
    /* NULL: the answer is complete. The exchange is gone afterwards. */
    void (*on_end)(void *owner, const struct error *error);
};

struct mcp_exchange *mcp_exchange_start(const struct mcp_exchange_options *options,
                                        const struct mcp_exchange_events *events, void *owner);
/* From on_head on, as is the header. */
bool mcp_exchange_is_stream(const struct mcp_exchange *exchange);
struct str mcp_exchange_field(const struct mcp_exchange *exchange, const char *name);
/* The id of the last event of the stream; empty: it had none. */
struct str mcp_exchange_last_event(const struct mcp_exchange *exchange);
/* Where the answer came from: another address than asked for after a redirect. */
struct str mcp_exchange_url(const struct mcp_exchange *exchange);
void mcp_exchange_cancel(struct mcp_exchange *exchange);

#endif
