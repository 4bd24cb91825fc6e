#ifndef PLUGINS_MCP_MCP_TRANSPORT_H
#define PLUGINS_MCP_MCP_TRANSPORT_H

/*
 * How messages get to an MCP server and back. Each kind of transport embeds a struct mcp_transport
 * as its first member and fills in its operations; the client knows no more than this file.
 *
 *     mcp_client ── mcp_transport ◁──┬ mcp_stdio (process and pipes)
 *                                    ├ mcp_http (streamable HTTP)
 *                                    └ mcp_sse (HTTP with SSE, the older one)
 *
 * Messages may be sent as soon as the transport is there: one that must connect first keeps them.
 * on_ended comes once, when no message will come any more; the owner closes the transport then, or
 * at any time before. No event comes inside a call, nor after mcp_transport_close.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct http_client;
struct http_field;
struct loop;
struct mcp_transport;
struct processes;

#define MCP_MAX_MESSAGE_BYTES ((size_t)64 << 20)
/* In place of a request's number: a notification or an answer. */
#define MCP_NOT_A_REQUEST UINT64_MAX

struct mcp_transport_events {
    void (*on_message)(void *owner, struct str text); /* whole, trimmed; maybe no JSON at all */
    /* No answer to the request with this number comes any more; others may. */
    void (*on_failed)(void *owner, uint64_t request, const struct error *error);
    void (*on_ended)(void *owner, const struct error *error);
};

struct mcp_transport_class {
    /* False: nothing was sent, nor will be. */
    bool (*send)(struct mcp_transport *transport, uint64_t request, struct str text,
                 struct error *error) MUST_CHECK;
    void (*close)(struct mcp_transport *transport, void (*on_closed)(void *owner), void *owner);
    /* The last the server said beside its messages; STR_NULL: nothing. */
    struct str (*log)(struct mcp_transport *transport);
    /* The handshake has settled on this version of the protocol. May be NULL, as is the next. */
    void (*set_version)(struct mcp_transport *transport, struct str version);
    /* Nobody waits for the answer to this request any more: it has come, or is not wanted. */
    void (*release)(struct mcp_transport *transport, uint64_t request, bool is_answered);
};

struct mcp_transport {
    const struct mcp_transport_class *class;
};

enum mcp_transport_kind {
    MCP_TRANSPORT_STDIO,
    MCP_TRANSPORT_HTTP,
    MCP_TRANSPORT_SSE
};

/* What is pointed to is borrowed until the transport is closed. */
struct mcp_transport_options {
    struct loop *loop;
    enum mcp_transport_kind kind;
    struct processes *processes; /* of stdio, as are the next three */
    const char *const *argv;
    const char *const *env;
    const char *cwd;          /* NULL: the server's */
    struct http_client *http; /* of HTTP and SSE, as are the next three */
    const char *url;
    const struct http_field *fields;
    size_t field_count;
};

bool mcp_transport_open(const struct mcp_transport_options *options,
                        const struct mcp_transport_events *events, void *owner,
                        struct mcp_transport **ret_transport, struct error *error) MUST_CHECK;
bool mcp_transport_send(struct mcp_transport *transport, uint64_t request, struct str text,
                        struct error *error) MUST_CHECK;
struct str mcp_transport_log(struct mcp_transport *transport);
void mcp_transport_set_version(struct mcp_transport *transport, struct str version);
void mcp_transport_release(struct mcp_transport *transport, uint64_t request, bool is_answered);
/* on_closed(owner) once, later, when everything is gone; the transport with it. */
void mcp_transport_close(struct mcp_transport *transport, void (*on_closed)(void *owner),
                         void *owner);

#endif
