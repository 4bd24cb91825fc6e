#include "api/v1/vscode.h"

#include "api/api.h"
#include "plugins/vscode/vscode.h"
#include "server/auth/child_env.h"
#include "server/auth/keyring.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/id.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/config/config.h"
#include "server/config/config_env.h"
#include "server/http/reply.h"

/* Contract v1-server §8.1. A server that was started with V0's words has the plugin it was asked
 * for, and these routes tell about that. */

static void on_ready(void *owner)
{
    (void)owner; /* the log has told it */
}

static struct str strip_slashes(struct str text)
{
    while (str_starts_with(text, STR("/")))
        text = str_skip(text, 1);
    while (str_ends_with(text, STR("/")))
        text.len--;
    return text;
}

static void print_token(const struct api *api, struct buf *out)
{
    const struct str key = keyring_first(api->keyring);
    if (str_is_set(key))
        buf_append(out, key);
    else
        buf_printf(out, "%s%s", id_hex(id_new()).text, id_hex(id_new()).text);
}

void v1_vscode_start(struct api *api)
{
    const struct config *config = api->config;
    const char *const *env = child_env_get(api->child_env);
    struct str root = config_env_find(env, STR("OPENVSCODE_SERVER_ROOT"));
    if (str_is_empty(root))
        root = STR(VSCODE_ROOT);
    if (!config->enable_vscode || !vscode_is_installed(root))
        return;
    scoped_buf struct buf token = {0};
    scoped_buf struct buf base_path = {0};
    const struct str base = strip_slashes(config->vscode_base_path);
    if (!str_is_empty(base))
        buf_printf(&base_path, "/%.*s", STR_ARG(base));
    print_token(api, &token);
    const struct vscode_options options = {
        .loop = api->loop,
        .processes = api->processes,
        .env = env,
        .root = root,
        .token = buf_str(&token),
        .base_path = buf_str(&base_path),
        .address = "127.0.0.1",
        .port = config->vscode_port,
    };
    struct error error;
    if (!vscode_open(&options, on_ready, NULL, &api->vscode, &error))
        log_warn("vscode.unavailable", "reason=\"%s\"", error.text);
    keyring_wipe(token.data, token.len);
}

/* Percent-encoded but for slashes. */
static void encode_path(struct buf *out, struct str path)
{
    struct str part;
    bool is_first = true;
    while (str_next(&path, '/', &part)) {
        if (!is_first)
            buf_append_byte(out, '/');
        is_first = false;
        http_encode(out, part);
    }
}

struct url_query {
    struct str base_url;
    struct str workspace_dir;
};

static const struct schema_field url_fields[] = {
    {.name = "base_url",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct url_query, base_url),
     .is_nullable = true,
     .help = "Where the browser reaches VS Code; by default http://localhost and its port"},
    {.name = "workspace_dir",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct url_query, workspace_dir),
     .default_json = "\"workspace\"",
     .help = "Folder to open"},
};
static SCHEMA_DEFINE(url_schema, "VSCodeUrlQuery", url_fields, false);

static void print_url(const struct vscode *vscode, const struct url_query *query, struct buf *out)
{
    struct str base = query->base_url;
    while (str_ends_with(base, STR("/")))
        base.len--;
    if (str_is_empty(query->base_url))
        buf_printf(out, "http://localhost:%lld", (long long)vscode_port(vscode));
    else
        buf_append(out, base);
    buf_append(out, vscode_base_path(vscode));
    buf_append(out, STR("/?tkn="));
    encode_path(out, vscode_token(vscode));
    buf_append(out, STR("&folder="));
    encode_path(out, query->workspace_dir);
}

static bool is_enabled(const struct api *api)
{
    return api->config->enable_vscode || api->vscode != NULL;
}

static void get_url(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct url_query query = {.workspace_dir = STR("workspace")};
    if (str_is_set(api->scope_dir))
        query.workspace_dir = api->scope_dir;
    if (!route_decode(request, &query))
        return;
    if (!is_enabled(api)) {
        reply_detail(request, 503,
                     STR("VSCode is disabled in configuration. Set enable_vscode=true to enable."));
        return;
    }
    scoped_buf struct buf url = {0};
    struct buf body = {0};
    struct jsonw w;
    const bool is_running = vscode_is_running(api->vscode);
    if (is_running)
        print_url(api->vscode, &query, &url);
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_string_or_null(&w, "url", is_running ? buf_str(&url) : STR_NULL);
    jsonw_end(&w);
    reply_json(request, 200, &body);
}

static void get_status(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_bool(&w, "running", vscode_is_running(api->vscode));
    jsonw_bool(&w, "enabled", is_enabled(api));
    if (!is_enabled(api))
        jsonw_cstr(&w, "message", "VSCode is disabled in configuration");
    jsonw_end(&w);
    reply_json(request, 200, &body);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/vscode/url",
     .auth = ROUTE_AUTH_SESSION,
     .query = &url_schema,
     .handler = get_url,
     .tag = "VSCode",
     .summary = "Where VS Code is, with its token; null when it does not run"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/vscode/status",
     .auth = ROUTE_AUTH_SESSION,
     .handler = get_status,
     .tag = "VSCode",
     .summary = "Whether VS Code runs"},
};
API_ROUTES(v1_vscode_routes, routes);
