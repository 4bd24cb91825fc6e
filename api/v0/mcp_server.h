#ifndef API_V0_MCP_SERVER_H
#define API_V0_MCP_SERVER_H

/*
 * One stdio server behind the MCP proxy: its configuration, the environment made from it, and its
 * client, which starts it when it is first needed.
 *
 * Children get the variables an MCP client hands on by default (HOME, LOGNAME, PATH, SHELL, TERM,
 * USER) and those of the configuration; nothing else of the server's own environment. They start in
 * the server's own directory.
 */

#include "server/base/str.h"

struct child_env;
struct loop;
struct mcp_client;
struct mcp_server;
struct mcp_server_config;
struct processes;

/* A first start may have to fetch the server's program. */
#define MCP_SERVER_START_TIMEOUT_MS 300000

struct mcp_server_context {
    struct loop *loop;
    struct processes *processes;
    struct child_env *child_env;
    void (*on_notification)(void *owner, struct mcp_server *server, struct str method,
                            struct str params);
    void (*on_closed)(void *owner);
    void *owner;
};

/* Takes the configuration. The context outlives the server. */
struct mcp_server *mcp_server_open(const struct mcp_server_context *context,
                                   struct mcp_server_config *config);
const struct mcp_server_config *mcp_server_config(const struct mcp_server *server);
struct str mcp_server_name(const struct mcp_server *server);
struct mcp_client *mcp_server_client(const struct mcp_server *server);
/* Whoever waits for it is told; then the context's on_closed, and it is gone. */
void mcp_server_close(struct mcp_server *server);

#endif
