#include "server/http/router.h"

#include "server/base/buf.h"
#include "tests/support/test.h"

static void on_request(struct http_request *request, void *context)
{
    (void)request;
    (void)context;
}

#define ROUTE(verb, path)                                                                          \
    {                                                                                              \
        .method = HTTP_METHOD_##verb, .pattern = (path), .handler = on_request                     \
    }

static const struct route routes[] = {
    ROUTE(GET, "/"),
    ROUTE(GET, "/alive"),
    ROUTE(GET, "/events/{id}"),
    ROUTE(GET, "/events/search"),
    ROUTE(DELETE, "/events"),
    ROUTE(GET, "/events/"),
    ROUTE(POST, "/events/latest"),
    ROUTE(GET, "/tools/"),
    ROUTE(GET, "/files/{path:path}"),
    ROUTE(HEAD, "/files/{path:path}"),
    ROUTE(GET, "/download"),
    ROUTE(GET, "/download/{path:path}"),
    ROUTE(GET, "/files/{name}/raw"),
    ROUTE(GET, "/a/{x}/b/{y}"),
    {.method = HTTP_METHOD_GET,
     .pattern = "/sockets/{name}",
     .auth = ROUTE_AUTH_SOCKET,
     .handler = on_request},
};

static const struct {
    enum http_method method;
    bool wants_upgrade;
    const char *path;
    const char *expected;
} cases[] = {
    {HTTP_METHOD_GET, false, "/", "/"},
    {HTTP_METHOD_GET, false, "/alive", "/alive"},
    {HTTP_METHOD_GET, false, "/%61live", "/alive"},
    {HTTP_METHOD_GET, false, "/Alive", "not found"},
    {HTTP_METHOD_GET, false, "//alive", "not found"},
    {HTTP_METHOD_GET, false, "/alive%00", "not found"},
    {HTTP_METHOD_GET, false, "/alive%2", "not found"},
    {HTTP_METHOD_GET, false, "alive", "not found"},
    {HTTP_METHOD_GET, false, "*", "not found"},
    {HTTP_METHOD_GET, false, "/alive/x", "not found"},
    {HTTP_METHOD_GET, false, "/alive/", "redirect"},
    {HTTP_METHOD_GET, false, "/alive//", "redirect"},
    {HTTP_METHOD_POST, false, "/alive/", "redirect"},
    {HTTP_METHOD_GET, false, "", "redirect"},
    {HTTP_METHOD_GET, false, "/tools", "redirect"},
    {HTTP_METHOD_GET, false, "/tools/", "/tools/"},
    {HTTP_METHOD_POST, false, "/alive", "allow GET"},
    {HTTP_METHOD_HEAD, false, "/alive", "allow GET"},
    {HTTP_METHOD_OTHER, false, "/alive", "allow GET"},
    {HTTP_METHOD_POST, false, "/files/x", "allow GET, HEAD"},
    {HTTP_METHOD_GET, false, "/events/search", "/events/search"},
    {HTTP_METHOD_GET, false, "/events/7", "/events/{id} 7"},
    {HTTP_METHOD_GET, false, "/events/7%208", "/events/{id} 7 8"},
    {HTTP_METHOD_GET, false, "/events/7/8", "not found"},
    {HTTP_METHOD_GET, false, "/events/7%2f8", "not found"},
    {HTTP_METHOD_GET, false, "/events", "allow DELETE"},
    {HTTP_METHOD_GET, false, "/events/", "/events/"},
    {HTTP_METHOD_GET, false, "/events/latest", "/events/{id} latest"},
    {HTTP_METHOD_POST, false, "/events/latest", "/events/latest"},
    {HTTP_METHOD_GET, false, "/files/", "/files/{path:path} "},
    {HTTP_METHOD_GET, false, "/files", "redirect"},
    {HTTP_METHOD_GET, false, "/download", "/download"},
    {HTTP_METHOD_GET, false, "/download/", "redirect"},
    {HTTP_METHOD_GET, false, "/download//", "/download/{path:path} /"},
    {HTTP_METHOD_GET, false, "/download/a/", "/download/{path:path} a/"},
    {HTTP_METHOD_GET, false, "/files/a//b/", "/files/{path:path} a//b/"},
    {HTTP_METHOD_GET, false, "/files/%2e%2e/x", "/files/{path:path} ../x"},
    {HTTP_METHOD_GET, false, "/files/a/raw", "/files/{name}/raw a"},
    {HTTP_METHOD_HEAD, false, "/files/a/b", "/files/{path:path} a/b"},
    {HTTP_METHOD_GET, false, "/a/1/b/2", "/a/{x}/b/{y} 1 2"},
    {HTTP_METHOD_GET, false, "/a//b/2", "not found"},
    {HTTP_METHOD_GET, false, "/sockets/x", "not found"},
    {HTTP_METHOD_GET, true, "/sockets/x", "/sockets/{name} x"},
    {HTTP_METHOD_POST, true, "/sockets/x", "not found"},
    {HTTP_METHOD_GET, true, "/alive", "not found"},
    {HTTP_METHOD_GET, true, "/alive/", "not found"},
};

static void describe(const struct router *router, struct http_request *request, struct buf *out)
{
    struct router_match match;
    router_find(router, request, &match);
    if (match.outcome == ROUTER_NOT_FOUND)
        buf_append(out, STR("not found"));
    if (match.outcome == ROUTER_REDIRECT)
        buf_append(out, STR("redirect"));
    if (match.outcome == ROUTER_WRONG_METHOD)
        buf_printf(out, "allow %s", match.allow);
    if (match.outcome != ROUTER_FOUND)
        return;
    buf_append(out, str_from(match.route->pattern));
    for (size_t i = 0; i < request->param_count; i++)
        buf_printf(out, " %.*s", STR_ARG(request->params[i]));
}

static void paths_lead_to_routes(void **state)
{
    (void)state;
    const struct route_table table = {.routes = routes, .count = ARRAY_SIZE(routes)};
    struct router *router = router_new(&table, 1);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct http_request request = {
            .method = cases[i].method,
            .path = str_from(cases[i].path),
            .wants_upgrade = cases[i].wants_upgrade,
        };
        scoped_buf struct buf text = {0};
        describe(router, &request, &text);
        if (!str_equal(buf_str(&text), str_from(cases[i].expected)))
            fail_msg("%s: expected %s, got %s", cases[i].path, cases[i].expected, text.data);
        arena_fini(&request.arena);
    }
    router_free(router);
}

static void the_context_is_that_of_the_table(void **state)
{
    (void)state;
    static const struct route other[] = {ROUTE(GET, "/other")};
    int first;
    int second;
    const struct route_table tables[] = {
        {.routes = routes, .count = ARRAY_SIZE(routes), .context = &first},
        {.routes = other, .count = ARRAY_SIZE(other), .context = &second},
    };
    struct router *router = router_new(tables, ARRAY_SIZE(tables));
    struct http_request request = {.method = HTTP_METHOD_GET, .path = STR("/other")};
    struct router_match match;
    router_find(router, &request, &match);
    assert_ptr_equal(match.context, &second);
    arena_fini(&request.arena);
    router_free(router);
}

static void count_route(void *owner, const struct route *route)
{
    (void)route;
    ++*(size_t *)owner;
}

static void every_route_is_visited_once(void **state)
{
    (void)state;
    const struct route_table table = {.routes = routes, .count = ARRAY_SIZE(routes)};
    struct router *router = router_new(&table, 1);
    size_t count = 0;
    router_each(router, count_route, &count);
    assert_int_equal(count, ARRAY_SIZE(routes));
    router_free(router);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_to_routes),
        cmocka_unit_test(the_context_is_that_of_the_table),
        cmocka_unit_test(every_route_is_visited_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
