#include "server/http/cors.h"

#include "tests/unit/http/fixture.h"

static const struct str origins[] = {STR_INIT("https://app.example.com")};
static const struct str any[] = {STR_INIT("*")};

static const struct http_server_options keyed = {
    .cors = {.origins = origins,
             .origin_count = 1,
             .origin_regex = STR_INIT("https://.*\\.trusted\\.example"),
             .docker_host = STR_INIT("docker-host.example")},
};

static void on_ok(struct http_request *request, void *context)
{
    (void)context;
    reply_text(request, 200, "text/plain", STR("ok"));
}

static void on_unexpected(struct http_request *request, void *context)
{
    (void)context;
    reply_unexpected(request, STR("something broke"));
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET, .pattern = "/alive", .handler = on_ok},
    {.method = HTTP_METHOD_GET, .pattern = "/broken", .handler = on_unexpected},
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture_open_with(&fixture, routes, ARRAY_SIZE(routes), keyed);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    fixture_close(*state);
    return 0;
}

static const struct {
    const char *path;
    const char *origin;
    bool is_allowed;
} cases[] = {
    {"/alive", "http://localhost", true},
    {"/alive", "http://localhost:3000", true},
    {"/alive", "app://localhost", true},
    {"/alive", "http://LOCALHOST:3000", true},
    {"/alive", "http://127.0.0.1:8080", true},
    {"/alive", "http://127.0.0.2:8080", false},
    {"/alive", "http://[::1]:8080", false},
    {"/alive", "http://[::1", false},
    {"/alive", "http://localhost.evil.example", false},
    {"/alive", "http://docker-host.example:5173", true},
    {"/alive", "https://app.example.com", true},
    {"/alive", "https://app.example.com:8443", false},
    {"/alive", "http://app.example.com", false},
    {"/alive", "https://APP.example.com", false},
    {"/alive", "https://dev.trusted.example", true},
    {"/alive", "https://dev.trusted.example.evil.example", false},
    {"/alive", "https://evil.example", false},
    {"/alive", "null", false},
    {"/alive", "", false},
    {"/alive", "nonsense", false},
    {"/api/auth/workspace-session", "https://evil.example", true},
    {"/api/auth/workspace-session", "null", false},
    {"/api/auth/workspace-session", "https://", false},
    {"/api/conversations/3f2b/workspace", "https://evil.example", true},
    {"/api/conversations/3f2b/workspace/a/b.html", "http://evil.example", true},
    {"/api/conversations/3f2b/workspace", "null", false},
    {"/api/conversations/3f2b/workspaces", "https://evil.example", false},
    {"/api/conversations/a/b/workspace", "https://evil.example", false},
    {"/api/conversations//workspace", "https://evil.example", false},
};

static void origins_are_told_apart(void **state)
{
    struct fixture *fixture = *state;
    const struct cors_options *options = &http_server_options(fixture->server)->cors;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (cors_allows(options, str_from(cases[i].path), str_from(cases[i].origin)) !=
            cases[i].is_allowed)
            fail_msg("%s from %s", cases[i].path, cases[i].origin);
    }
}

static void a_wildcard_allows_any_origin_but_for_cookie_paths(void **state)
{
    (void)state;
    const struct cors_options options = {.origins = any, .origin_count = 1};
    assert_true(cors_allows(&options, STR("/alive"), STR("null")));
    assert_false(cors_allows(&options, STR("/api/auth/workspace-session"), STR("null")));
}

static void ask(struct fixture *fixture, const char *head, struct buf *answer)
{
    scoped_buf struct buf bytes = {0};
    buf_printf(&bytes, "%sHost: x\r\nConnection: close\r\n\r\n", head);
    client_talk(fixture, buf_str(&bytes), answer);
}

static void an_allowed_origin_may_read_the_reply(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET /alive HTTP/1.1\r\nOrigin: http://localhost:3000\r\n", &answer);
    assert_contains(&answer, "\r\naccess-control-allow-origin: http://localhost:3000\r\n");
    assert_contains(&answer, "\r\naccess-control-allow-credentials: true\r\n");
    assert_contains(&answer, "\r\nvary: Origin\r\n");
}

static void another_origin_may_not(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET /nowhere HTTP/1.1\r\nOrigin: https://evil.example\r\n", &answer);
    assert_lacks(&answer, "access-control-allow-origin");
    assert_contains(&answer, "\r\naccess-control-allow-credentials: true\r\n");
}

static void an_unexpected_failure_has_no_cors_headers(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET /broken HTTP/1.1\r\nOrigin: http://localhost\r\n", &answer);
    assert_starts(&answer, "HTTP/1.1 500 ");
    assert_lacks(&answer, "access-control");
    assert_lacks(&answer, "vary");
}

static void a_preflight_needs_no_route(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state,
        "OPTIONS /nowhere HTTP/1.1\r\nOrigin: http://localhost\r\n"
        "Access-Control-Request-Method: POST\r\n"
        "Access-Control-Request-Headers: X-Session-API-Key,  content-type\r\n",
        &answer);
    assert_starts(&answer, "HTTP/1.1 200 ");
    assert_contains(&answer, "\r\ncontent-type: text/plain; charset=utf-8\r\n");
    assert_contains(&answer, "\r\naccess-control-allow-origin: http://localhost\r\n");
    assert_contains(&answer, "\r\naccess-control-allow-credentials: true\r\n");
    assert_contains(&answer, "\r\naccess-control-max-age: 600\r\n");
    assert_contains(&answer,
                    "\r\naccess-control-allow-headers: X-Session-API-Key,  content-type\r\n");
    assert_contains(&answer, "\r\naccess-control-allow-methods: DELETE, GET, HEAD, OPTIONS, PATCH, "
                             "POST, PUT, QUERY\r\n");
    assert_contains(&answer, "\r\nvary: Origin, Access-Control-Request-Method, "
                             "Access-Control-Request-Headers, "
                             "Access-Control-Request-Private-Network\r\n");
    assert_contains(&answer, "\r\n\r\nOK");
}

static void a_preflight_names_every_failure(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state,
        "OPTIONS /alive HTTP/1.1\r\nOrigin: https://evil.example\r\n"
        "Access-Control-Request-Method: PURGE\r\n"
        "Access-Control-Request-Private-Network: true\r\n",
        &answer);
    assert_starts(&answer, "HTTP/1.1 400 ");
    assert_contains(&answer, "\r\n\r\nDisallowed CORS origin, method, private-network");
    assert_lacks(&answer, "access-control-allow-origin");
}

static void half_a_preflight_is_an_ordinary_request(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "OPTIONS /alive HTTP/1.1\r\nOrigin: http://localhost\r\n", &answer);
    assert_starts(&answer, "HTTP/1.1 405 ");
}

static void a_broken_pattern_is_told_at_the_start(void **state)
{
    const struct fixture *fixture = *state;
    const struct http_server_options options = {.cors = {.origin_regex = STR("(")}};
    struct http_server *server;
    struct error error = {0};
    assert_false(http_server_open(fixture->loop, &options, &server, &error));
    assert_non_null(strstr(error.text, "regular expression '('"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(origins_are_told_apart),
        CASE(a_wildcard_allows_any_origin_but_for_cookie_paths),
        CASE(an_allowed_origin_may_read_the_reply),
        CASE(another_origin_may_not),
        CASE(an_unexpected_failure_has_no_cors_headers),
        CASE(a_preflight_needs_no_route),
        CASE(a_preflight_names_every_failure),
        CASE(half_a_preflight_is_an_ordinary_request),
        CASE(a_broken_pattern_is_told_at_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
