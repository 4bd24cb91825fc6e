#include <stdint.h>

#include "server/base/mem.h"
#include "server/http/router.h"

/* A request's path: what is found is a route of the table, and its parameters are parts of it. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_request(struct http_request *request, void *context)
{
    (void)request;
    (void)context;
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET, .pattern = "/", .handler = on_request},
    {.method = HTTP_METHOD_GET, .pattern = "/api/tools/", .handler = on_request},
    {.method = HTTP_METHOD_GET, .pattern = "/api/bash/{id}", .handler = on_request},
    {.method = HTTP_METHOD_POST, .pattern = "/api/bash/{id}/stop", .handler = on_request},
    {.method = HTTP_METHOD_GET, .pattern = "/api/bash/search", .handler = on_request},
    {.method = HTTP_METHOD_GET, .pattern = "/api/{a}/{b}/{c}/{d}/{e}", .handler = on_request},
    {.method = HTTP_METHOD_GET, .pattern = "/static/{path:path}", .handler = on_request},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct router *router;
    const struct route_table table = {.routes = routes, .count = ARRAY_SIZE(routes)};
    if (router == NULL)
        router = router_new(&table, 1);
    struct http_request request = {
        .method = size % 2 == 0 ? HTTP_METHOD_GET : HTTP_METHOD_POST,
        .path = str_span((const char *)data, size),
    };
    struct router_match match;
    router_find(router, &request, &match);
    assert((match.outcome == ROUTER_FOUND) == (match.route != NULL));
    assert(match.outcome != ROUTER_WRONG_METHOD || match.allow[0] != '\0');
    for (size_t i = 0; match.outcome == ROUTER_FOUND && i < request.param_count; i++)
        assert(request.params[i].len <= size);
    arena_fini(&request.arena);
    return 0;
}
