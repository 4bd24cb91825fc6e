#ifndef API_V0_MCP_PROXY_H
#define API_V0_MCP_PROXY_H

/*
 * The MCP proxy (contract v0-action-execution §2.10, §2.11): the stdio servers that the backend has
 * named, and the sessions of clients that use them over SSE.
 *
 *     mcp_proxy ──< mcp_server ── mcp_client
 *               └─< mcp_session (an SSE stream) ── mcp_calls
 *
 * An update replaces the servers while sessions stay: what is named as before stays warm, the rest
 * ends, and sessions hear that the lists have changed. Owned by app; loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/id.h"
#include "server/base/str.h"

struct child_env;
struct loop;
struct mcp_config;
struct mcp_proxy;
struct mcp_server;
struct mcp_session;
struct processes;

#define MCP_PROXY_MAX_SESSIONS 256

struct mcp_proxy *mcp_proxy_new(struct loop *loop, struct processes *processes,
                                struct child_env *child_env);
/* Takes the servers out of `config`. */
void mcp_proxy_update(struct mcp_proxy *proxy, struct mcp_config *config);
/* Some update has named a server: the routes are there from then on. */
bool mcp_proxy_is_mounted(const struct mcp_proxy *proxy);
struct loop *mcp_proxy_loop(const struct mcp_proxy *proxy);
/* Another one each time, for progress tokens. */
uint64_t mcp_proxy_next_number(struct mcp_proxy *proxy);

struct mcp_server *const *mcp_proxy_servers(const struct mcp_proxy *proxy, size_t *ret_count);
/* The server that has the tool or prompt, and its name there; NULL: none can have it. Where two
 * could, the one with the longer name has it. */
struct mcp_server *mcp_proxy_find_name(const struct mcp_proxy *proxy, struct str name,
                                       struct str *ret_name);

/* Sessions add themselves while they are open. False: there are too many. */
bool mcp_proxy_add_session(struct mcp_proxy *proxy, struct id id, struct mcp_session *session);
void mcp_proxy_remove_session(struct mcp_proxy *proxy, struct id id);
struct mcp_session *mcp_proxy_find_session(const struct mcp_proxy *proxy, struct id id);

/* Ends sessions and servers; on_closed(owner) when the last one is gone, and the proxy with it. */
void mcp_proxy_close(struct mcp_proxy *proxy, void (*on_closed)(void *owner), void *owner);

#endif
