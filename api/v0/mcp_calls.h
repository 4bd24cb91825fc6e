#ifndef API_V0_MCP_CALLS_H
#define API_V0_MCP_CALLS_H

/*
 * The requests of one session of the MCP proxy that are being answered: some at once, most by one
 * of the servers or by all of them (contract v0-action-execution §2.11).
 *
 * What a server fails with reaches the client in the form clients of the reference know: a tool
 * that fails is a result with isError, everything else an error. Each request is answered exactly
 * once, unless the client cancels it or the calls are freed; then the server is told.
 *
 * The tokens by which clients know their progress reports are theirs alone, so servers get numbers
 * instead.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

struct buf;
struct jsonrpc_message;
struct mcp_calls;
struct mcp_proxy;
struct mcp_server;

#define MCP_CALLS_MAX        256     /* of one session at a time; one more is refused */
#define MCP_CALLS_TIMEOUT_MS 3600000 /* clients have limits of their own */

/* One answer, as JSON; maybe inside mcp_calls_start. */
typedef void (*mcp_answer_fn)(void *owner, struct str text);

struct mcp_calls *mcp_calls_new(struct mcp_proxy *proxy, mcp_answer_fn on_answer, void *owner);
void mcp_calls_start(struct mcp_calls *calls, const struct jsonrpc_message *request);
void mcp_calls_notice(struct mcp_calls *calls, const struct jsonrpc_message *notification);
/* A progress notification as the client knows it; false: it is of none of these calls. */
bool mcp_calls_print_progress(const struct mcp_calls *calls, struct str params, struct buf *out);
bool mcp_calls_use(const struct mcp_calls *calls, const struct mcp_server *server);
void mcp_calls_free(struct mcp_calls *calls);

#endif
