#ifndef PLUGINS_MCP_MCP_CLIENT_H
#define PLUGINS_MCP_MCP_CLIENT_H

/*
 * A client of one MCP server: JSON-RPC over a transport, with the handshake of the protocol, time
 * limits and a restart.
 *
 *     mcp_client ── mcp_transport (stdio, HTTP or SSE)
 *                └─< pending request
 *
 * Started at the first request and kept warm. When the server ends, what is pending fails and the
 * next request starts it again. Owned by whoever opened it: the V0 proxy (contract
 * v0-action-execution §2.11) or a conversation. Loop thread only; every request calls back exactly
 * once, at the latest when its time is over or the client closes, and never inside a call. What the
 * server asks is answered here: a ping, and that nothing else is offered.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugins/mcp/mcp_transport.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct loop;
struct mcp_client;

#define MCP_START_TIMEOUT_MS   30000
#define MCP_REQUEST_TIMEOUT_MS 300000
#define MCP_MAX_PENDING        1024 /* requests; one more fails */
#define MCP_PROTOCOL_VERSION   "2025-06-18"

struct mcp_client_options {
    struct str name; /* for logs; copied */
    struct mcp_transport_options transport;
    uint64_t start_timeout_ms; /* until the handshake is over; 0: MCP_START_TIMEOUT_MS */
};

/* `result` is the JSON text of the member "result", or of "error" when is_error. `error` is set
 * when the server could not answer at all; then result is STR_NULL. Borrowed for the call. */
typedef void (*mcp_result_fn)(void *owner, struct str result, bool is_error,
                              const struct error *error);
/* A notification of the server's, for those who pass it on; params STR_NULL: none. */
typedef void (*mcp_notification_fn)(void *owner, struct str method, struct str params);

struct mcp_client *mcp_client_open(const struct mcp_client_options *options);
void mcp_client_on_notification(struct mcp_client *client, mcp_notification_fn on_notification,
                                void *owner);
/* `params` is JSON text; STR_NULL: none. timeout_ms 0: MCP_REQUEST_TIMEOUT_MS; it holds from now
 * on, the start included. The number is for mcp_client_cancel. */
uint64_t mcp_client_request(struct mcp_client *client, struct str method, struct str params,
                            uint64_t timeout_ms, mcp_result_fn on_result, void *owner);
/* Tells the server; on_result does not come any more. */
void mcp_client_cancel(struct mcp_client *client, uint64_t request);
/* Dropped when the server is not running. */
void mcp_client_notify(struct mcp_client *client, struct str method, struct str params);
bool mcp_client_is_ready(const struct mcp_client *client);   /* the handshake is over */
bool mcp_client_is_closing(const struct mcp_client *client); /* no request may be made any more */
/* What the server said of itself at its last handshake, as JSON text: protocolVersion,
 * capabilities, serverInfo, instructions. STR_NULL before that. */
struct str mcp_client_server(const struct mcp_client *client);
/* The last the server printed to stderr; STR_NULL when it is not running. */
struct str mcp_client_log(const struct mcp_client *client);
/* Everything pending fails; on_closed (may be NULL) comes when the server is gone. */
void mcp_client_close(struct mcp_client *client, void (*on_closed)(void *owner), void *owner);

#endif
