#ifndef API_V0_MCP_SESSION_H
#define API_V0_MCP_SESSION_H

/*
 * One client of the MCP proxy: its SSE stream, on which everything is sent, and its requests, which
 * come in by POST (contract v0-action-execution §2.11).
 *
 * Lines end with CRLF. A comment every MCP_SESSION_PING_MS keeps proxies from cutting the stream.
 * A client that reads too slowly misses notifications; one that leaves MCP_SESSION_MAX_BYTES of
 * answers unread is cut off. The session ends with its stream, and its requests with it. Its own
 * owner; the proxy finds it by id.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

struct http_request;
struct jsonrpc_message;
struct mcp_proxy;
struct mcp_server;
struct mcp_session;

#define MCP_SESSION_PING_MS   15000
#define MCP_SESSION_MAX_BYTES ((size_t)64 << 20)

/* Replies with the stream, or with an error when there are too many. `path` is where messages are
 * to be sent: "/mcp/messages/". */
void mcp_session_open(struct http_request *request, struct mcp_proxy *proxy, struct str path);
void mcp_session_receive(struct mcp_session *session, const struct jsonrpc_message *message);
/* A notification, as JSON. */
void mcp_session_tell(struct mcp_session *session, struct str text);
/* The parameters of a progress notification; false: it is of no request of this session. */
bool mcp_session_tell_progress(struct mcp_session *session, struct str params);
/* One of its requests is at this server. */
bool mcp_session_uses(const struct mcp_session *session, const struct mcp_server *server);
void mcp_session_end(struct mcp_session *session);

#endif
