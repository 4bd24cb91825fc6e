#include "api/api.h"
#include "api/v0/mcp_config.h"
#include "api/v0/mcp_proxy.h"
#include "api/v0/mcp_session.h"
#include "api/v0/reply.h"
#include "plugins/mcp/jsonrpc.h"
#include "server/auth/keyring.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/id.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/config/config.h"
#include "server/http/reply.h"

/*
 * The servers behind the MCP proxy are named by POST /update_mcp_server; the proxy itself speaks
 * SSE below /mcp and below / (contract v0-action-execution §2.10, §2.11), where nothing is until
 * some update has named a server.
 */

#define TAG "V0"

static void update_servers(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct mcp_config config;
    struct error error;
    struct doc_error parse_error;
    struct doc *doc = doc_parse(request->body, &parse_error);
    if (doc == NULL) {
        v0_reply_unexpected(request, str_from(parse_error.text));
        return;
    }
    if (doc_kind(doc_root(doc)) != DOC_ARRAY) {
        v0_reply_detail(request, 400, STR("Request must be a list of MCP tools to sync"));
    } else if (!mcp_config_read(doc_root(doc), &config, &error)) {
        v0_reply_unexpected(request, str_from(error.text));
    } else {
        mcp_proxy_update(api->mcp, &config);
        struct buf body = {0};
        buf_append(&body, STR("{\"detail\":\"MCP server updated successfully\","
                              "\"router_error_log\":\"\"}"));
        reply_json(request, 200, &body);
    }
    doc_free(doc);
}

/* The session key again, as a bearer token. */
static bool has_token(const struct api *api, const struct http_request *request)
{
    struct str rest = http_request_header(request, "authorization");
    struct str scheme = STR_NULL;
    if (keyring_is_open(api->keyring))
        return true;
    return str_next(&rest, ' ', &scheme) && str_equal_nocase(scheme, STR("bearer")) &&
           keyring_accepts(api->keyring, rest);
}

/* False: it has replied. */
static bool admit(const struct api *api, struct http_request *request)
{
    if (!mcp_proxy_is_mounted(api->mcp)) {
        v0_reply_detail(request, 404, STR("Not Found"));
        return false;
    }
    if (has_token(api, request))
        return true;
    struct buf body = {0};
    reply_header(
        request, "www-authenticate",
        STR("Bearer error=\"invalid_token\", error_description=\"Authentication required\""));
    buf_append(&body, STR("{\"error\": \"invalid_token\", "
                          "\"error_description\": \"Authentication required\"}"));
    reply_json(request, 401, &body);
    return false;
}

static void open_session(struct http_request *request, const struct api *api, const char *path)
{
    scoped_buf struct buf full = {0};
    if (!admit(api, request))
        return;
    buf_append(&full, api->config->root_path);
    buf_append(&full, str_from(path));
    mcp_session_open(request, api->mcp, buf_str(&full));
}

static void open_mcp(struct http_request *request, void *context)
{
    open_session(request, context, "/mcp/messages/");
}

static void open_root(struct http_request *request, void *context)
{
    open_session(request, context, "/messages/");
}

static void refuse(struct http_request *request, int status, struct str text)
{
    reply_text(request, status, NULL, text);
}

static bool is_json(const struct http_request *request)
{
    const struct str type = http_request_header(request, "content-type");
    return str_equal_nocase(str_slice(type, 0, STR("application/json").len),
                            STR("application/json"));
}

/* NULL: it has replied. */
static struct mcp_session *find_session(struct http_request *request, const struct api *api)
{
    const struct str text = http_request_query(request, "session_id");
    struct mcp_session *session = NULL;
    struct id id;
    if (!is_json(request))
        refuse(request, 400, STR("Invalid Content-Type header"));
    else if (!str_is_set(text))
        refuse(request, 400, STR("session_id is required"));
    else if (!id_parse(text, &id))
        refuse(request, 400, STR("Invalid session ID"));
    else if ((session = mcp_proxy_find_session(api->mcp, id)) == NULL)
        refuse(request, 404, STR("Could not find session"));
    return session;
}

static void receive(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct jsonrpc_message message;
    struct doc_error error;
    if (!admit(api, request))
        return;
    struct mcp_session *session = find_session(request, api);
    if (session == NULL)
        return;
    struct doc *doc = doc_parse(request->body, &error);
    if (doc == NULL || !jsonrpc_read(doc_root(doc), &message)) {
        refuse(request, 400, STR("Could not parse message"));
    } else {
        reply_text(request, 202, NULL, STR("Accepted"));
        mcp_session_receive(session, &message);
    }
    doc_free(doc);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/update_mcp_server",
     .auth = ROUTE_AUTH_V0,
     .body = ROUTE_BODY_RAW,
     .handler = update_servers,
     .tag = TAG,
     .summary = "Replaces the MCP servers behind the proxy"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/mcp/sse",
     .auth = ROUTE_AUTH_V0,
     .handler = open_mcp,
     .tag = TAG,
     .summary = "Opens a session of the MCP proxy"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/mcp/messages/",
     .auth = ROUTE_AUTH_V0,
     .body = ROUTE_BODY_RAW,
     .handler = receive,
     .tag = TAG,
     .summary = "Takes a message of a session of the MCP proxy"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/sse",
     .auth = ROUTE_AUTH_V0,
     .handler = open_root,
     .is_hidden = true},
    {.method = HTTP_METHOD_POST,
     .pattern = "/messages/",
     .auth = ROUTE_AUTH_V0,
     .body = ROUTE_BODY_RAW,
     .handler = receive,
     .is_hidden = true},
};

API_ROUTES(v0_mcp_routes, routes);
