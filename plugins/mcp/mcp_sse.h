#ifndef PLUGINS_MCP_MCP_SSE_H
#define PLUGINS_MCP_MCP_SSE_H

/*
 * The older HTTP transport of MCP: one stream of events brings everything the server says, and
 * begins with the address that messages are posted to, one after the other. The transport is over
 * when the stream ends.
 */

#include "plugins/mcp/mcp_transport.h"

#define MCP_SSE_POST_TIMEOUT_MS 30000

struct mcp_transport *mcp_sse_open(const struct mcp_transport_options *options,
                                   const struct mcp_transport_events *events, void *owner);

#endif
