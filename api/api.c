#include "api/api.h"

#include <stdlib.h>

#include "api/v1/auth.h"
#include "api/v1/init.h"
#include "server/auth/keyring.h"
#include "server/base/mem.h"
#include "server/config/config.h"
#include "server/http/reply.h"
#include "server/loop/loop.h"

static const struct api_routes *const all_routes[] = {
    &v1_server_routes,
    &v1_init_routes,
    &v1_auth_routes,
    &v1_static_routes,
    &v1_archive_routes,
    &v1_file_routes,
    &v1_upload_routes,
    &v1_bash_routes,
    &v1_git_routes,
    &v1_vscode_routes,
    &v0_execute_routes,
    &v0_upload_routes,
    &v0_download_routes,
    &v0_list_routes,
    &v0_vscode_routes,
    &native_command_routes,
    &native_file_routes,
    &native_file_change_routes,
    &native_file_part_routes,
    &native_file_put_routes,
    &native_file_search_routes,
    &native_git_routes,
    &native_terminal_routes,
    &native_webhook_routes,
    &native_workspace_routes,
    &v0_mcp_routes,
    &v1_conversation_create_routes,
    &v1_conversation_list_routes,
    &v1_conversation_routes,
    &v1_conversation_run_routes,
    &v1_conversation_settings_routes,
    &v1_conversation_branch_routes,
    &v1_conversation_ask_routes,
    &v1_conversation_event_routes,
    &v1_conversation_stream_routes,
    &v1_scoped_routes,
    &v1_skill_routes,
    &openapi_routes,
};

struct route_table *api_tables(struct api *api, size_t *ret_count)
{
    struct route_table *tables = mem_zero(ARRAY_SIZE(all_routes), sizeof(*tables));
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(all_routes); i++) {
        if (all_routes[i] == &v1_static_routes && api->static_files == NULL)
            continue;
        tables[count++] = (struct route_table){
            .routes = all_routes[i]->routes, .count = all_routes[i]->count, .context = api};
    }
    *ret_count = count;
    return tables;
}

void api_touch(struct api *api)
{
    struct api *whole = api->whole == NULL ? api : api->whole;
    whole->last_activity_ms = loop_now_ms(api->loop);
}

double api_idle_seconds(const struct api *api)
{
    const uint64_t seconds = (loop_now_ms(api->loop) - api->last_activity_ms) / 1000;
    return (double)seconds; /* whole ones, as the contract wants */
}

/* "Bearer <key>", whatever the case of the scheme. */
static struct str bearer_key(const struct http_request *request)
{
    struct str rest = http_request_header(request, "authorization");
    struct str scheme = STR_NULL;
    if (!str_next(&rest, ' ', &scheme) || !str_equal_nocase(scheme, STR("bearer")))
        return STR_NULL;
    return str_trim(rest);
}

static struct str first_given(struct str a, struct str b)
{
    return str_is_empty(a) ? b : a;
}

/* The key the client presents, by what the route's group accepts. */
static struct str presented_key(struct http_request *request, enum route_auth auth)
{
    struct str key = http_request_header(request, "x-session-api-key");
    if (auth == ROUTE_AUTH_OPENAI)
        key = first_given(key, bearer_key(request));
    if (auth == ROUTE_AUTH_WORKSPACE || auth == ROUTE_AUTH_STREAM)
        key = first_given(key, http_request_cookie(request, V1_WORKSPACE_COOKIE));
    if (auth == ROUTE_AUTH_STREAM)
        key = first_given(key, http_request_query(request, "session_api_key"));
    return key;
}

static bool is_gated(const struct api *api, const struct route *route)
{
    return api->init != NULL && !init_is_ready(api->init) && route->auth != ROUTE_AUTH_PUBLIC &&
           route->auth != ROUTE_AUTH_INIT;
}

static void refuse_dormant(const struct api *api, struct http_request *request,
                           const struct route *route)
{
    if (route->auth == ROUTE_AUTH_SOCKET) {
        reply_empty(request, 403);
        return;
    }
    const struct str text = arena_printf(
        &request->arena, "server is in deferred-init state '%s'; call POST /api/init first",
        init_state_name(api->init));
    reply_detail(request, 503, text);
}

/* Backends of V0 need the key for everything but what is public, be there a route or not. */
static bool admit_v0(const struct api *api, struct http_request *request)
{
    if (keyring_accepts(api->keyring, http_request_header(request, "x-session-api-key")))
        return true;
    reply_detail(request, 403, STR("Invalid API Key"));
    return false;
}

bool api_admit(void *context, struct http_request *request, const struct route *route)
{
    const struct api *api = context;
    if (route == NULL)
        return !api->config->is_v0 || admit_v0(api, request);
    if (is_gated(api, route)) {
        refuse_dormant(api, request, route);
        return false;
    }
    if (route->auth == ROUTE_AUTH_PUBLIC || route->auth == ROUTE_AUTH_INIT ||
        route->auth == ROUTE_AUTH_SOCKET)
        return true;
    if (route->auth == ROUTE_AUTH_V0)
        return admit_v0(api, request);
    if (keyring_accepts(api->keyring, presented_key(request, route->auth)))
        return true;
    reply_detail(request, 401, STR("Unauthorized"));
    return false;
}
