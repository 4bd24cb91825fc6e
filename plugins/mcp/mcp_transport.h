#ifndef PLUGINS_MCP_MCP_TRANSPORT_H
#define PLUGINS_MCP_MCP_TRANSPORT_H

/*
 * How messages get to an MCP server and back. Each kind of transport embeds a struct mcp_transport
 * as its first member and fills in its operations; the client knows no more than this file.
 *
 *     mcp_client ── mcp_transport ◁── mcp_stdio (process and pipes)
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
struct loop;
struct mcp_transport;
struct processes;

#define MCP_MAX_MESSAGE_BYTES ((size_t)64 << 20)

struct mcp_transport_events {
    void (*on_message)(void *owner, struct str text); /* whole, trimmed; maybe no JSON at all */
    /* The request with this number gets no answer; others may. */
    void (*on_failed)(void *owner, uint64_t request, const struct error *error);
    void (*on_ended)(void *owner, const struct error *error);
};

struct mcp_transport_class {
    /* request 0: a notification or an answer. False: nothing was sent, nor will be. */
    bool (*send)(struct mcp_transport *transport, uint64_t request, struct str text,
                 struct error *error) MUST_CHECK;
    void (*close)(struct mcp_transport *transport, void (*on_closed)(void *owner), void *owner);
    /* The last the server said beside its messages; STR_NULL: nothing. */
    struct str (*log)(struct mcp_transport *transport);
    /* The handshake has settled on this version of the protocol. May be NULL. */
    void (*set_version)(struct mcp_transport *transport, struct str version);
};

struct mcp_transport {
    const struct mcp_transport_class *class;
};

struct mcp_transport_options {
    struct loop *loop;
    struct processes *processes;
    const char *const *argv; /* borrowed until the transport is closed, as are the next two */
    const char *const *env;
    const char *cwd; /* NULL: the server's */
};

bool mcp_transport_open(const struct mcp_transport_options *options,
                        const struct mcp_transport_events *events, void *owner,
                        struct mcp_transport **ret_transport, struct error *error) MUST_CHECK;
bool mcp_transport_send(struct mcp_transport *transport, uint64_t request, struct str text,
                        struct error *error) MUST_CHECK;
struct str mcp_transport_log(struct mcp_transport *transport);
void mcp_transport_set_version(struct mcp_transport *transport, struct str version);
/* on_closed(owner) once, later, when everything is gone; the transport with it. */
void mcp_transport_close(struct mcp_transport *transport, void (*on_closed)(void *owner),
                         void *owner);

#endif
