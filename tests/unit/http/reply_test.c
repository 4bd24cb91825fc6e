#include "server/http/reply.h"

#include "tests/unit/http/fixture.h"

static void on_detail(struct http_request *request, void *context)
{
    (void)context;
    reply_detail(request, 404, STR("no \"thing\""));
}

static void on_failure(struct http_request *request, void *context)
{
    (void)context;
    struct error error;
    (void)error_set(&error, ERROR_UNAVAILABLE, "not %s", "ready"); /* always false */
    reply_error(request, &error);
}

static void on_issues(struct http_request *request, void *context)
{
    (void)context;
    reply_issues(request, STR("[1]"));
}

static void on_unexpected(struct http_request *request, void *context)
{
    (void)context;
    reply_unexpected(request, STR("broke"));
}

static void on_empty(struct http_request *request, void *context)
{
    (void)context;
    reply_empty(request, 204);
}

static void on_header(struct http_request *request, void *context)
{
    (void)context;
    reply_header(request, "x-one", STR("a\r\nset-cookie: b\n\x7f"));
    reply_header(request, "x-two", STR("c"));
    reply_redirect(request, 302, STR("/there"));
}

static void on_overflow(struct http_request *request, void *context)
{
    (void)context;
    struct buf body = {.max_bytes = 4};
    buf_append(&body, STR("too long"));
    reply_json(request, 200, &body);
}

static void on_large(struct http_request *request, void *context)
{
    (void)context;
    struct buf body = {0};
    memset(buf_reserve(&body, 16 << 20), 'x', 16 << 20);
    body.len = 16 << 20;
    reply_json(request, 200, &body);
}

#define ROUTE(path, function)                                                                      \
    {                                                                                              \
        .method = HTTP_METHOD_GET, .pattern = (path), .handler = (function)                        \
    }

static const struct route routes[] = {
    ROUTE("/detail", on_detail),
    ROUTE("/failure", on_failure),
    ROUTE("/issues", on_issues),
    ROUTE("/unexpected", on_unexpected),
    ROUTE("/empty", on_empty),
    ROUTE("/header", on_header),
    ROUTE("/overflow", on_overflow),
    ROUTE("/large", on_large),
    {.method = HTTP_METHOD_HEAD, .pattern = "/detail", .handler = on_detail},
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture_open(&fixture, routes, ARRAY_SIZE(routes));
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    fixture_close(*state);
    return 0;
}

static void ask(struct fixture *fixture, const char *line, struct buf *answer)
{
    scoped_buf struct buf bytes = {0};
    buf_printf(&bytes, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", line);
    client_talk(fixture, buf_str(&bytes), answer);
}

static void a_refusal_has_a_detail(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET /detail", &answer);
    assert_starts(&answer, "HTTP/1.1 404 Not Found\r\n");
    assert_contains(&answer, "\r\ncontent-type: application/json\r\n");
    assert_contains(&answer, "\r\n\r\n{\"detail\":\"no \\\"thing\\\"\"}");
}

static void a_failure_hides_its_text_in_exception(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET /failure", &answer);
    assert_starts(&answer, "HTTP/1.1 503 Service Unavailable\r\n");
    assert_contains(&answer, "\r\n\r\n{\"detail\":\"Internal Server Error\","
                             "\"exception\":\"503: not ready\"}");
}

static void issues_are_the_detail(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET /issues", &answer);
    assert_starts(&answer, "HTTP/1.1 422 Unprocessable Entity\r\n");
    assert_contains(&answer, "\r\n\r\n{\"detail\":[1]}");
}

static void an_unexpected_failure_has_an_id(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET /unexpected", &answer);
    assert_starts(&answer, "HTTP/1.1 500 ");
    assert_contains(&answer, "{\"detail\":\"Internal Server Error\",\"exception\":\"broke\","
                             "\"error_id\":\"");
}

static void no_content_has_no_length(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET /empty", &answer);
    assert_starts(&answer, "HTTP/1.1 204 No Content\r\n");
    assert_lacks(&answer, "content-length");
    assert_lacks(&answer, "content-type");
}

static void head_gets_the_length_but_no_body(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "HEAD /detail", &answer);
    assert_contains(&answer, "\r\ncontent-length: 25\r\n");
    assert_true(str_ends_with(buf_str(&answer), STR("\r\n\r\n")));
}

static void a_value_cannot_add_a_header(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET /header", &answer);
    assert_starts(&answer, "HTTP/1.1 302 Found\r\n");
    assert_contains(&answer, "\r\nx-one: a  set-cookie: b  \r\nx-two: c\r\n");
    assert_contains(&answer, "\r\nlocation: /there\r\n");
}

static void a_body_that_grew_too_large_is_an_error(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET /overflow", &answer);
    assert_starts(&answer, "HTTP/1.1 500 ");
}

static void a_large_body_arrives_whole(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET /large", &answer);
    const size_t head = str_find(buf_str(&answer), STR("\r\n\r\n")) + 4;
    assert_int_equal(answer.len - head, 16 << 20);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_refusal_has_a_detail),      CASE(a_failure_hides_its_text_in_exception),
        CASE(issues_are_the_detail),       CASE(an_unexpected_failure_has_an_id),
        CASE(no_content_has_no_length),    CASE(head_gets_the_length_but_no_body),
        CASE(a_value_cannot_add_a_header), CASE(a_body_that_grew_too_large_is_an_error),
        CASE(a_large_body_arrives_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
