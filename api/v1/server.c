#include "agent/tools/builtin.h"
#include "api/api.h"
#include "api/v0/runtime.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/config/config.h"
#include "server/http/reply.h"
#include "server/loop/loop.h"

/* Contract v1-server §4. Clients ask for what is listed here, and for nothing else. */

static void reply_status(struct http_request *request, const char *status)
{
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_cstr(&w, "status", status);
    jsonw_end(&w);
    reply_json(request, 200, &body);
}

/* Backends of V0 go by the status, and begin at once (contract v0-action-execution §1.5). */
static bool is_waited_for(const struct api *api)
{
    return api->config->is_v0 && !v0_runtime_is_alive(api->v0);
}

static void get_alive(struct http_request *request, void *context)
{
    const struct api *api = context;
    if (!is_waited_for(api)) {
        reply_status(request, "ok");
        return;
    }
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_cstr(&w, "status", "not initialized");
    jsonw_string(&w, "waiting_for", v0_runtime_waits_for(api->v0));
    jsonw_end(&w);
    reply_json(request, 503, &body);
}

static void get_ready(struct http_request *request, void *context)
{
    if (!is_waited_for(context)) {
        reply_status(request, "ready");
        return;
    }
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_cstr(&w, "status", "initializing");
    jsonw_cstr(&w, "message", "Server is still initializing");
    jsonw_end(&w);
    reply_json(request, 503, &body);
}

static void write_versions(const struct config *config, struct jsonw *w)
{
    jsonw_cstr(w, "version", ACTIOND_VERSION);
    jsonw_cstr(w, "sdk_version", ACTIOND_VERSION);
    jsonw_cstr(w, "tools_version", ACTIOND_VERSION);
    jsonw_cstr(w, "workspace_version", ACTIOND_VERSION);
    jsonw_string(w, "build_git_sha", config->build_git_sha);
    jsonw_string(w, "build_git_ref", config->build_git_ref);
    jsonw_cstr(w, "python_version", "none (actiond)");
}

static void write_seconds_or_null(struct jsonw *w, const char *name, double seconds)
{
    if (seconds > 0)
        jsonw_double(w, name, seconds);
    else
        jsonw_null(w, name);
}

/* Those that an agent may name; its default tools have names of classes. */
static void write_tools(struct jsonw *w)
{
    jsonw_array_in(w, "usable_tools");
    for (size_t i = 0; i < tool_makers_count; i++) {
        if (tool_makers[i].class_name == NULL)
            jsonw_cstr(w, NULL, tool_makers[i].name);
    }
    jsonw_end(w);
}

static void write_capabilities(struct jsonw *w)
{
    static const char *const names[] = {"conversation_runtime_routes_v1",
                                        "idempotent_conversation_create_v1"};
    jsonw_array_in(w, "capabilities");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        jsonw_cstr(w, NULL, names[i]);
    jsonw_end(w);
}

/* The members of V1, and "resources" of V0. */
static void get_server_info(struct http_request *request, void *context)
{
    struct api *api = context;
    const double idle_timeout = api->config->runtime_idle_timeout_seconds;
    const uint64_t uptime_seconds = (loop_now_ms(api->loop) - api->started_ms) / 1000;
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_double(&w, "uptime", (double)uptime_seconds);
    jsonw_double(&w, "idle_time", api_idle_seconds(api));
    jsonw_cstr(&w, "title", "OpenHands Agent Server");
    write_versions(api->config, &w);
    write_tools(&w);
    write_seconds_or_null(&w, "runtime_idle_timeout_seconds", idle_timeout);
    jsonw_cstr(&w, "conversation_runtime", "local");
    jsonw_raw(&w, "available_conversation_runtimes", STR("[]"));
    write_capabilities(&w);
    jsonw_null(&w, "app_backend_ingress_url");
    write_seconds_or_null(&w, "max_foreground_terminal_timeout_seconds", idle_timeout * 0.9);
    jsonw_cstr(&w, "docs", "/docs");
    jsonw_cstr(&w, "redoc", "/redoc");
    resources_write(&api->resources, &w);
    jsonw_end(&w);
    reply_json(request, 200, &body);
}

static void get_root(struct http_request *request, void *context)
{
    const struct api *api = context;
    if (str_is_set(api->root_redirect))
        reply_redirect(request, 302, api->root_redirect);
    else
        get_server_info(request, context);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/",
     .handler = get_root,
     .tag = "Server Details",
     .summary = "The server's details, or its static pages"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/alive",
     .handler = get_alive,
     .tag = "Server Details",
     .summary = "Whether the server runs"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/health",
     .handler = get_alive,
     .tag = "Server Details",
     .summary = "Whether the server runs"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/ready",
     .handler = get_ready,
     .tag = "Server Details",
     .summary = "Whether the server takes requests"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/server_info",
     .handler = get_server_info,
     .tag = "Server Details",
     .summary = "Versions, uptime, idle time, capabilities"},
};
API_ROUTES(v1_server_routes, routes);
