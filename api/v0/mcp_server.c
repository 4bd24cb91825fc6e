#include "api/v0/mcp_server.h"

#include <stdlib.h>

#include "api/v0/mcp_config.h"
#include "plugins/mcp/mcp_client.h"
#include "plugins/mcp/mcp_env.h"
#include "server/auth/child_env.h"

struct mcp_server {
    const struct mcp_server_context *context;
    struct mcp_server_config *config;
    struct arena arena; /* of its environment */
    struct mcp_client *client;
};

static void on_notification(void *owner, struct str method, struct str params)
{
    struct mcp_server *server = owner;
    server->context->on_notification(server->context->owner, server, method, params);
}

struct mcp_server *mcp_server_open(const struct mcp_server_context *context,
                                   struct mcp_server_config *config)
{
    struct mcp_server *server = mem_zero(1, sizeof(*server));
    server->context = context;
    server->config = config;
    const struct mcp_client_options options = {
        .name = config->name,
        .transport = {.loop = context->loop,
                      .processes = context->processes,
                      .argv = config->argv,
                      .env = mcp_env_build(&server->arena, child_env_get(context->child_env),
                                           config->env)},
        .start_timeout_ms = MCP_SERVER_START_TIMEOUT_MS,
    };
    server->client = mcp_client_open(&options);
    mcp_client_on_notification(server->client, on_notification, server);
    return server;
}

const struct mcp_server_config *mcp_server_config(const struct mcp_server *server)
{
    return server->config;
}

struct str mcp_server_name(const struct mcp_server *server)
{
    return server->config->name;
}

struct mcp_client *mcp_server_client(const struct mcp_server *server)
{
    return server->client;
}

static void on_client_closed(void *owner)
{
    struct mcp_server *server = owner;
    const struct mcp_server_context *context = server->context;
    mcp_server_config_free(server->config);
    arena_fini(&server->arena);
    free(server);
    context->on_closed(context->owner);
}

void mcp_server_close(struct mcp_server *server)
{
    mcp_client_close(server->client, on_client_closed, server);
}
