#include "api/v0/mcp_proxy.h"

#include <stdlib.h>

#include "api/v0/mcp_config.h"
#include "api/v0/mcp_name.h"
#include "api/v0/mcp_server.h"
#include "api/v0/mcp_session.h"
#include "plugins/mcp/jsonrpc.h"
#include "server/base/buf.h"
#include "server/base/log.h"
#include "server/base/map.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

struct mcp_proxy {
    struct mcp_server_context context;
    struct mcp_server *servers[MCP_CONFIG_MAX_SERVERS];
    size_t count;
    size_t open_servers; /* those that are ending included */
    struct map sessions;
    uint64_t last_number;
    bool is_mounted;
    bool is_closing;
    void (*on_closed)(void *owner);
    void *closed_owner;
};

static void free_when_over(struct mcp_proxy *proxy)
{
    if (!proxy->is_closing || proxy->open_servers > 0 || proxy->sessions.count > 0)
        return;
    void (*on_closed)(void *) = proxy->on_closed;
    void *owner = proxy->closed_owner;
    map_fini(&proxy->sessions);
    free(proxy);
    on_closed(owner);
}

static void on_server_closed(void *owner)
{
    struct mcp_proxy *proxy = owner;
    proxy->open_servers--;
    free_when_over(proxy);
}

/* To all sessions; to those that use the server, when it is given and some do. */
static void tell_sessions(const struct mcp_proxy *proxy, const struct mcp_server *server,
                          struct str text)
{
    size_t cursor = 0;
    bool has_users = false;
    struct mcp_session *session;
    while (server != NULL && (session = map_next(&proxy->sessions, &cursor)) != NULL)
        has_users = has_users || mcp_session_uses(session, server);
    cursor = 0;
    while ((session = map_next(&proxy->sessions, &cursor)) != NULL) {
        if (!has_users || mcp_session_uses(session, server))
            mcp_session_tell(session, text);
    }
}

static void tell_progress(const struct mcp_proxy *proxy, struct str params)
{
    size_t cursor = 0;
    struct mcp_session *session;
    while ((session = map_next(&proxy->sessions, &cursor)) != NULL) {
        if (mcp_session_tell_progress(session, params))
            return;
    }
}

/* What answers to something that a session has not asked for stays here. */
static void on_notification(void *owner, struct mcp_server *server, struct str method,
                            struct str params)
{
    const struct mcp_proxy *proxy = owner;
    scoped_buf struct buf text = {0};
    const bool is_list = str_ends_with(method, STR("/list_changed"));
    if (str_equal(method, STR("notifications/progress"))) {
        tell_progress(proxy, params);
    } else if (is_list || str_equal(method, STR("notifications/message"))) {
        jsonrpc_write_notification(&text, method, params);
        tell_sessions(proxy, is_list ? NULL : server, buf_str(&text));
    }
}

struct mcp_proxy *mcp_proxy_new(struct loop *loop, struct processes *processes,
                                struct child_env *child_env)
{
    struct mcp_proxy *proxy = mem_zero(1, sizeof(*proxy));
    proxy->context = (struct mcp_server_context){
        .loop = loop,
        .processes = processes,
        .child_env = child_env,
        .on_notification = on_notification,
        .on_closed = on_server_closed,
        .owner = proxy,
    };
    return proxy;
}

/* Takes the server with the very same configuration out of the old ones; NULL: there is none. */
static struct mcp_server *take_same(struct mcp_server **servers, size_t count,
                                    const struct mcp_server_config *config)
{
    for (size_t i = 0; i < count; i++) {
        if (servers[i] != NULL && mcp_server_config_is_same(mcp_server_config(servers[i]), config))
            return take_pointer(&servers[i]);
    }
    return NULL;
}

static void close_servers(struct mcp_server **servers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (servers[i] != NULL)
            mcp_server_close(take_pointer(&servers[i]));
    }
}

static void tell_lists_changed(const struct mcp_proxy *proxy)
{
    static const char *const methods[] = {"notifications/tools/list_changed",
                                          "notifications/resources/list_changed",
                                          "notifications/prompts/list_changed"};
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        scoped_buf struct buf text = {0};
        jsonrpc_write_notification(&text, str_from(methods[i]), STR_NULL);
        tell_sessions(proxy, NULL, buf_str(&text));
    }
}

void mcp_proxy_update(struct mcp_proxy *proxy, struct mcp_config *config)
{
    struct mcp_server *old[MCP_CONFIG_MAX_SERVERS];
    const size_t old_count = proxy->count;
    size_t kept = 0;
    memcpy(old, proxy->servers, sizeof(old));
    for (size_t i = 0; i < config->count; i++) {
        struct mcp_server_config *wanted = take_pointer(&config->servers[i]);
        proxy->servers[i] = take_same(old, old_count, wanted);
        if (proxy->servers[i] != NULL) {
            mcp_server_config_free(wanted);
            kept++;
            continue;
        }
        proxy->servers[i] = mcp_server_open(&proxy->context, wanted);
        proxy->open_servers++;
    }
    proxy->count = config->count;
    config->count = 0;
    proxy->is_mounted = proxy->is_mounted || proxy->count > 0;
    close_servers(old, old_count);
    log_info("mcp.updated", "servers=%zu kept=%zu", proxy->count, kept);
    if (kept < proxy->count || kept < old_count)
        tell_lists_changed(proxy);
}

bool mcp_proxy_is_mounted(const struct mcp_proxy *proxy)
{
    return proxy->is_mounted;
}

struct loop *mcp_proxy_loop(const struct mcp_proxy *proxy)
{
    return proxy->context.loop;
}

uint64_t mcp_proxy_next_number(struct mcp_proxy *proxy)
{
    return ++proxy->last_number;
}

struct mcp_server *const *mcp_proxy_servers(const struct mcp_proxy *proxy, size_t *ret_count)
{
    *ret_count = proxy->count;
    return proxy->servers;
}

struct mcp_server *mcp_proxy_find_name(const struct mcp_proxy *proxy, struct str name,
                                       struct str *ret_name)
{
    struct mcp_server *best = NULL;
    struct str stripped;
    if (proxy->count == 1) {
        *ret_name = name;
        return proxy->servers[0];
    }
    for (size_t i = 0; i < proxy->count; i++) {
        if (!mcp_name_strip(mcp_server_name(proxy->servers[i]), name, &stripped))
            continue;
        if (best != NULL && stripped.len > ret_name->len)
            continue;
        best = proxy->servers[i];
        *ret_name = stripped;
    }
    return best;
}

bool mcp_proxy_add_session(struct mcp_proxy *proxy, struct id id, struct mcp_session *session)
{
    if (proxy->is_closing || proxy->sessions.count >= MCP_PROXY_MAX_SESSIONS)
        return false;
    map_set(&proxy->sessions, id, session);
    return true;
}

void mcp_proxy_remove_session(struct mcp_proxy *proxy, struct id id)
{
    map_remove(&proxy->sessions, id);
    free_when_over(proxy);
}

struct mcp_session *mcp_proxy_find_session(const struct mcp_proxy *proxy, struct id id)
{
    return map_find(&proxy->sessions, id);
}

static void finish_closing(void *owner)
{
    struct mcp_proxy *proxy = owner;
    free_when_over(proxy); /* there may have been nothing to end */
}

void mcp_proxy_close(struct mcp_proxy *proxy, void (*on_closed)(void *owner), void *owner)
{
    size_t cursor = 0;
    struct mcp_session *session;
    proxy->is_closing = true;
    proxy->on_closed = on_closed;
    proxy->closed_owner = owner;
    while ((session = map_next(&proxy->sessions, &cursor)) != NULL)
        mcp_session_end(session);
    close_servers(proxy->servers, proxy->count);
    proxy->count = 0;
    if (proxy->open_servers == 0 && proxy->sessions.count == 0)
        loop_defer(proxy->context.loop, finish_closing, proxy);
}
