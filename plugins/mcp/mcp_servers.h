#ifndef PLUGINS_MCP_MCP_SERVERS_H
#define PLUGINS_MCP_MCP_SERVERS_H

/*
 * The MCP servers of one agent (contract v1-conversations §9): all that its `mcp_config` names are
 * started at the same time, their tools are collected, and a call finds its server by the tool.
 *
 *     mcp_servers ──< server ── mcp_client ── transport (stdio, HTTP, SSE)
 *                 └─< mcp_tool ──< call
 *
 * One server: its tools keep their names. Several that are enabled, even when some do not start:
 * "<server>_<tool>". A server that is misconfigured, does not start or does not list its tools in
 * time is skipped with a reason; the others go on. Later, a lost server is started again by the
 * next call, and a changed list of tools is read again.
 *
 * Owned by a conversation; loop thread only; no callback comes inside a call.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugins/mcp/mcp_call.h"
#include "plugins/mcp/mcp_tools.h"
#include "server/base/str.h"

struct buf;
struct doc_value;
struct http_client;
struct loop;
struct mcp_servers;
struct processes;

#define MCP_SERVERS_START_TIMEOUT_MS 30000
#define MCP_SERVERS_MAX              100
#define MCP_SERVERS_MAX_TOOLS        2000 /* of all servers; the rest is not shown */

struct mcp_servers_options {
    struct loop *loop;
    struct processes *processes;
    struct http_client *http; /* closed after the servers; NULL: remote servers are skipped */
    /* Of children; of it they get what MCP clients hand on by default and what their entry adds.
     * Also for ${NAME} in entries. Borrowed for the life of the servers, as is cwd. */
    const char *const *env;
    const char *cwd;                /* where children start; NULL: the server's own folder */
    const struct doc_value *config; /* name -> entry, or {"mcpServers": that}; NULL: none */
    /* Appends the value of a secret for ${NAME}; false: there is none. May be NULL. Called only
     * inside mcp_servers_open. */
    bool (*find_secret)(void *owner, struct str name, struct buf *out);
    void *secrets;
    uint64_t start_timeout_ms; /* 0: MCP_SERVERS_START_TIMEOUT_MS */
};

struct mcp_servers_events {
    /* Once: each server has listed its tools or is skipped. */
    void (*on_started)(void *owner);
    /* After that: the tools are others now; those of before are gone when it returns. NULL is
     * fine. */
    void (*on_tools_changed)(void *owner);
};

struct mcp_skipped {
    struct str server;
    struct str reason; /* may end with what the server printed last: mask it */
};

struct mcp_servers *mcp_servers_open(const struct mcp_servers_options *options,
                                     const struct mcp_servers_events *events, void *owner);
bool mcp_servers_have_started(const struct mcp_servers *servers);

/* In the order of the servers, and of each server's list; the names are unique, because the first
 * of two counts. Borrowed until on_tools_changed. */
size_t mcp_servers_tool_count(const struct mcp_servers *servers);
const struct mcp_tool *mcp_servers_tool(const struct mcp_servers *servers, size_t index);
const struct mcp_tool *mcp_servers_find_tool(const struct mcp_servers *servers, struct str name);
/* A name that two servers give; STR_NULL: there is none. Then the contract wants an error. */
struct str mcp_servers_duplicate(const struct mcp_servers *servers);

size_t mcp_servers_skipped_count(const struct mcp_servers *servers);
struct mcp_skipped mcp_servers_skipped(const struct mcp_servers *servers, size_t index);

/* `arguments` is the JSON text of an object, or STR_NULL. timeout_ms 0: MCP_CALL_TIMEOUT_MS. The
 * result comes once, later, also for a tool that is not there; mcp_call_cancel ends the wait. */
struct mcp_call *mcp_servers_call(struct mcp_servers *servers, struct str tool,
                                  struct str arguments, uint64_t timeout_ms, mcp_call_fn on_result,
                                  void *owner);
/* Calls that wait fail first, then children end; on_closed (may be NULL) comes when all are gone,
 * and the servers with them. */
void mcp_servers_close(struct mcp_servers *servers, void (*on_closed)(void *owner), void *owner);

#endif
