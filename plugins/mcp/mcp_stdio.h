#ifndef PLUGINS_MCP_MCP_STDIO_H
#define PLUGINS_MCP_MCP_STDIO_H

/*
 * The stdio transport of MCP: the server is a child, each line on its stdin and stdout is one
 * message, and its stderr is kept for error texts (the last MCP_STDIO_LOG_BYTES).
 *
 * A child that ends, closes its output or prints a line without end is over; what it left behind
 * in its process group gets a TERM. Closing follows the protocol: its input ends, then TERM after
 * MCP_STDIO_GRACE_MS, then KILL after as long again.
 */

#include <stdbool.h>

#include "plugins/mcp/mcp_transport.h"
#include "server/base/attributes.h"

#define MCP_STDIO_LOG_BYTES 4096
#define MCP_STDIO_GRACE_MS  2000
/* What a server that does not read may leave unread. */
#define MCP_STDIO_MAX_UNREAD_BYTES ((size_t)64 << 20)

bool mcp_stdio_open(const struct mcp_transport_options *options,
                    const struct mcp_transport_events *events, void *owner,
                    struct mcp_transport **ret_transport, struct error *error) MUST_CHECK;

#endif
