#include "plugins/vscode/vscode.h"
#include "api/api.h"
#include "api/v0/runtime.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/http/reply.h"

/* GET /vscode/connection_token (contract v0-action-execution §2.9). A server that was started
 * without V0's words tells the token of what V1 has started. */

static void get_token(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct str token = v0_runtime_vscode_token(api->v0);
    if (!str_is_set(token) && vscode_is_running(api->vscode))
        token = vscode_token(api->vscode);
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_string_or_null(&w, "token", token);
    jsonw_end(&w);
    reply_json(request, 200, &body);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/vscode/connection_token",
     .auth = ROUTE_AUTH_V0,
     .handler = get_token,
     .tag = "V0",
     .summary = "The token of VS Code; null when there is none"},
};
API_ROUTES(v0_vscode_routes, routes);
