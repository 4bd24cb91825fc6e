#include "api/api.h"
#include "server/http/static_files.h"

/* Contract v1-server §1.9. The routes exist only when there is something to serve. */

static void get_static(struct http_request *request, void *context)
{
    const struct api *api = context;
    static_files_reply(api->static_files, request, request->params[0]);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/static/{name:path}",
     .handler = get_static,
     .is_hidden = true},
    {.method = HTTP_METHOD_HEAD,
     .pattern = "/static/{name:path}",
     .handler = get_static,
     .is_hidden = true},
};
API_ROUTES(v1_static_routes, routes);
