#ifndef MCP_MCP_CLIENT_H
#define MCP_MCP_CLIENT_H

/*
 * A client of one MCP server: JSON-RPC over a transport, with the handshake of the protocol, time
 * limits and a restart. The stdio transport starts the server as a child; other transports give
 * the same calls (mcp_transport.h).
 *
 *     mcp_client ── mcp_transport (stdio: process and pipes) ──< pending request
 *
 * Started at the first request and kept warm. Owned by whoever opened it: the V0 proxy (contract
 * v0-action-execution §2.11) or a conversation. Loop thread only; every request calls back exactly
 * once, at the latest when its time is over or the client closes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct loop;
struct mcp_client;
struct processes;

#define MCP_START_TIMEOUT_MS   30000
#define MCP_REQUEST_TIMEOUT_MS 300000
#define MCP_MAX_MESSAGE_BYTES  ((size_t)64 << 20)

struct mcp_client_options {
    struct loop *loop;
    struct processes *processes;
    struct str name;
    const char *const *argv; /* borrowed for the client's life, as is env */
    const char *const *env;
    const char *cwd;
};

/* `result` is the JSON text of the member "result", or of "error" when is_error. `error` is set
 * when the server could not answer at all; then result is STR_NULL. Borrowed for the call. */
typedef void (*mcp_result_fn)(void *owner, struct str result, bool is_error,
                              const struct error *error);
/* A notification or request of the server's, whole, for those who pass it on. */
typedef void (*mcp_message_fn)(void *owner, struct str message);

struct mcp_client *mcp_client_open(const struct mcp_client_options *options);
void mcp_client_on_message(struct mcp_client *client, mcp_message_fn on_message, void *owner);
/* `params` is JSON text; STR_NULL: none. timeout_ms 0: MCP_REQUEST_TIMEOUT_MS. The number is for
 * mcp_client_cancel. */
uint64_t mcp_client_request(struct mcp_client *client, struct str method, struct str params,
                            uint64_t timeout_ms, mcp_result_fn on_result, void *owner);
/* Tells the server; on_result does not come any more. */
void mcp_client_cancel(struct mcp_client *client, uint64_t request);
void mcp_client_notify(struct mcp_client *client, struct str method, struct str params);
/* What the server said of itself at the handshake, as JSON text: protocolVersion, capabilities,
 * serverInfo, instructions. STR_NULL before that. */
struct str mcp_client_server(const struct mcp_client *client);
/* The last lines the server printed to stderr, for error texts. */
struct str mcp_client_stderr(const struct mcp_client *client);
void mcp_client_close(struct mcp_client *client, void (*on_closed)(void *owner), void *owner);

#endif
