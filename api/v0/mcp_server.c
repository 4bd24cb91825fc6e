#include "api/v0/mcp_server.h"

#include <stdlib.h>

#include "api/v0/mcp_config.h"
#include "plugins/mcp/mcp_client.h"
#include "server/auth/child_env.h"

struct mcp_server {
    const struct mcp_server_context *context;
    struct mcp_server_config *config;
    const char **env;
    struct mcp_client *client;
};

static const char *const handed_on[] = {"HOME=", "LOGNAME=", "PATH=", "SHELL=", "TERM=", "USER="};

/* The variable as "NAME=value"; NULL when it is not there, or is a function of a shell. */
static const char *find_variable(const char *const *env, struct str name_and_equals)
{
    for (; *env != NULL; env++) {
        const struct str pair = str_from(*env);
        if (str_starts_with(pair, name_and_equals))
            return str_starts_with(str_skip(pair, name_and_equals.len), STR("()")) ? NULL : *env;
    }
    return NULL;
}

static size_t count_variables(const char *const *env)
{
    size_t count = 0;
    while (env[count] != NULL)
        count++;
    return count;
}

static void build_env(struct mcp_server *server)
{
    const char *const *ours = child_env_get(server->context->child_env);
    const char *const *given = server->config->env;
    size_t count = 0;
    server->env =
        mem_zero(ARRAY_SIZE(handed_on) + count_variables(given) + 1, sizeof(*server->env));
    for (size_t i = 0; i < ARRAY_SIZE(handed_on); i++) {
        const struct str name = str_from(handed_on[i]);
        const char *pair = find_variable(ours, name);
        if (pair != NULL && find_variable(given, name) == NULL)
            server->env[count++] = pair;
    }
    for (; *given != NULL; given++)
        server->env[count++] = *given;
}

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
    build_env(server);
    const struct mcp_client_options options = {
        .name = config->name,
        .transport = {.loop = context->loop,
                      .processes = context->processes,
                      .argv = config->argv,
                      .env = server->env},
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
    free(server->env);
    free(server);
    context->on_closed(context->owner);
}

void mcp_server_close(struct mcp_server *server)
{
    mcp_client_close(server->client, on_client_closed, server);
}
