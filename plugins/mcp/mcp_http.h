#ifndef PLUGINS_MCP_MCP_HTTP_H
#define PLUGINS_MCP_MCP_HTTP_H

/*
 * The streamable HTTP transport of MCP: each message is a POST, and the answer to a request comes
 * back in it, as JSON or as a stream. Requests go at the same time; a notification is through
 * before what comes behind it is sent.
 *
 * After the handshake a stream for what the server says by itself is kept open, where it has one. A
 * stream that breaks is taken up behind its last event; a request whose answer cannot come fails by
 * itself. The transport is over when the server has forgotten the session (ERROR_GONE). Closing
 * ends the session on the server, for MCP_HTTP_GOODBYE_MS at most.
 */

#include "plugins/mcp/mcp_transport.h"

#define MCP_HTTP_NOTIFY_TIMEOUT_MS 30000
#define MCP_HTTP_GOODBYE_MS        2000
#define MCP_HTTP_RESUME_DELAY_MS   1000
#define MCP_HTTP_MAX_RESUMES       3 /* in a row, without an event */
#define MCP_HTTP_MAX_SESSION_BYTES 1024

struct mcp_transport *mcp_http_open(const struct mcp_transport_options *options,
                                    const struct mcp_transport_events *events, void *owner);

#endif
