#include "server/http/dispatch.h"

#include "server/base/id.h"
#include "server/base/json.h"
#include "server/base/schema.h"
#include "tests/unit/http/fixture.h"

struct order {
    struct str text;
    struct schema_int count;
};

static const struct schema_field order_fields[] = {
    {.name = "text",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct order, text),
     .is_required = true},
};
static SCHEMA_DEFINE(order_schema, "Order", order_fields, false);

static const struct schema_field query_fields[] = {
    {.name = "count", .kind = SCHEMA_INT, .offset = offsetof(struct order, count)},
};
static SCHEMA_DEFINE(query_schema, "OrderQuery", query_fields, false);

static void on_ok(struct http_request *request, void *context)
{
    (void)context;
    struct buf body = {0};
    buf_append(&body, STR("{\"status\":\"ok\"}"));
    reply_json(request, 200, &body);
}

static void on_order(struct http_request *request, void *context)
{
    (void)context;
    struct order order = {0};
    if (!route_decode(request, &order))
        return;
    struct buf body = {0};
    buf_printf(&body, "{\"text\":\"%.*s\",\"count\":%d}", STR_ARG(order.text),
               (int)order.count.value);
    reply_json(request, 200, &body);
}

static void on_thing(struct http_request *request, void *context)
{
    (void)context;
    struct id id;
    if (route_param_id(request, 0, "thing_id", &id))
        reply_text(request, 200, "text/plain", str_from(id_hex(id).text));
}

static bool admit(void *context, struct http_request *request, const struct route *route)
{
    (void)context;
    if (route == NULL || route->auth == ROUTE_AUTH_PUBLIC ||
        str_equal(http_request_header(request, "x-session-api-key"), STR("good")))
        return true;
    reply_detail(request, 401, STR("Unauthorized"));
    return false;
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET, .pattern = "/", .handler = on_ok},
    {.method = HTTP_METHOD_GET, .pattern = "/alive", .handler = on_ok},
    {.method = HTTP_METHOD_GET, .pattern = "/things/{thing_id}", .handler = on_thing},
    {.method = HTTP_METHOD_POST,
     .pattern = "/orders",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .query = &query_schema,
     .body_schema = &order_schema,
     .handler = on_order},
    {.method = HTTP_METHOD_GET,
     .pattern = "/sockets/x",
     .auth = ROUTE_AUTH_SOCKET,
     .handler = on_ok},
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture_open_with(
        &fixture, routes, ARRAY_SIZE(routes),
        (struct http_server_options){.admit = admit, .root_path = STR("/runtime/abc")});
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    fixture_close(*state);
    return 0;
}

/* `head` is the request line and headers, each line with its end. */
static void ask(struct fixture *fixture, const char *head, const char *body, struct buf *answer)
{
    scoped_buf struct buf bytes = {0};
    buf_printf(&bytes, "%sHost: box.example\r\nConnection: close\r\n", head);
    if (body != NULL)
        buf_printf(&bytes, "Content-Length: %zu\r\n", strlen(body));
    buf_printf(&bytes, "\r\n%s", body == NULL ? "" : body);
    client_talk(fixture, buf_str(&bytes), answer);
}

struct exchange {
    const char *head;
    const char *body;
    const char *start;
    const char *parts[3];
};

static void check(struct fixture *fixture, const struct exchange *exchanges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        scoped_buf struct buf answer = {0};
        ask(fixture, exchanges[i].head, exchanges[i].body, &answer);
        assert_starts(&answer, exchanges[i].start);
        for (size_t p = 0; p < ARRAY_SIZE(exchanges[i].parts) && exchanges[i].parts[p] != NULL; p++)
            assert_contains(&answer, exchanges[i].parts[p]);
    }
}

static void paths_and_methods_are_answered(void **state)
{
    static const struct exchange exchanges[] = {
        {"GET /alive HTTP/1.1\r\n", NULL, "HTTP/1.1 200 OK\r\n", {"{\"status\":\"ok\"}"}},
        {"GET /alive?x=%zz HTTP/1.1\r\n", NULL, "HTTP/1.1 200 OK\r\n", {0}},
        {"GET /nowhere HTTP/1.1\r\n",
         NULL,
         "HTTP/1.1 404 Not Found\r\n",
         {"{\"detail\":\"Not Found\"}"}},
        {"BREW /alive HTTP/1.1\r\n",
         NULL,
         "HTTP/1.1 405 Method Not Allowed\r\n",
         {"\r\nallow: GET\r\n", "{\"detail\":\"Method Not Allowed\"}"}},
        {"GET /sockets/x HTTP/1.1\r\n", NULL, "HTTP/1.1 404 ", {0}},
    };
    check(*state, exchanges, ARRAY_SIZE(exchanges));
}

static void slashes_are_corrected_by_redirects(void **state)
{
    static const struct exchange exchanges[] = {
        {"GET /alive/?a=b%20c HTTP/1.1\r\n",
         NULL,
         "HTTP/1.1 307 Temporary Redirect\r\n",
         {"\r\nlocation: http://box.example/alive?a=b%20c\r\n"}},
        {"POST /orders/ HTTP/1.1\r\n",
         NULL,
         "HTTP/1.1 307 ",
         {"\r\nlocation: http://box.example/orders\r\n"}},
    };
    check(*state, exchanges, ARRAY_SIZE(exchanges));
}

static void the_root_path_may_be_there_or_not(void **state)
{
    static const struct exchange exchanges[] = {
        {"GET /runtime/abc/alive HTTP/1.1\r\n", NULL, "HTTP/1.1 200 ", {0}},
        {"GET /runtime/abc/ HTTP/1.1\r\n", NULL, "HTTP/1.1 200 ", {0}},
        {"GET /runtime/abc HTTP/1.1\r\n",
         NULL,
         "HTTP/1.1 307 ",
         {"\r\nlocation: http://box.example/runtime/abc/\r\n"}},
        {"GET /runtime/abc/alive/ HTTP/1.1\r\n",
         NULL,
         "HTTP/1.1 307 ",
         {"\r\nlocation: http://box.example/runtime/abc/alive\r\n"}},
        {"GET /runtime/abcd/alive HTTP/1.1\r\n", NULL, "HTTP/1.1 404 ", {0}},
    };
    check(*state, exchanges, ARRAY_SIZE(exchanges));
}

#define JSON "Content-Type: application/json\r\n"
#define KEY  "X-Session-API-Key: good\r\n"

static void a_body_is_decoded(void **state)
{
    static const struct exchange exchanges[] = {
        {"POST /orders?count=3 HTTP/1.1\r\n" KEY JSON,
         "{\"text\":\"x\"}",
         "HTTP/1.1 200 ",
         {"{\"text\":\"x\",\"count\":3}"}},
        {"POST /orders HTTP/1.1\r\n" KEY "Content-Type: application/vnd.api+json; a=b\r\n",
         "{\"text\":\"x\"}",
         "HTTP/1.1 200 ",
         {0}},
        {"POST /orders HTTP/1.1\r\n" KEY "content-type: APPLICATION/Json\r\n",
         "{\"text\":\"x\"}",
         "HTTP/1.1 200 ",
         {0}},
    };
    check(*state, exchanges, ARRAY_SIZE(exchanges));
}

static void a_wrong_body_is_refused(void **state)
{
    static const struct exchange exchanges[] = {
        {"POST /orders HTTP/1.1\r\n" KEY JSON,
         "{nope",
         "HTTP/1.1 422 ",
         {"{\"detail\":[{\"type\":\"json_invalid\",\"loc\":[\"body\",1],\"msg\":\"JSON decode "
          "error\",\"input\":{},\"ctx\":{\"error\":\"Expecting property name enclosed in double "
          "quotes\"}}]}"}},
        {"POST /orders HTTP/1.1\r\n" KEY JSON,
         "{\"text\":\"\xff\"}",
         "HTTP/1.1 400 ",
         {"{\"detail\":\"There was an error parsing the body\"}"}},
        {"POST /orders HTTP/1.1\r\n" KEY JSON,
         NULL,
         "HTTP/1.1 422 ",
         {"{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field "
          "required\",\"input\":null}]}"}},
        {"POST /orders HTTP/1.1\r\n" KEY "Content-Type: text/plain\r\n",
         "{\"text\":\"x\"}",
         "HTTP/1.1 422 ",
         {"\"type\":\"model_attributes_type\"", "\"loc\":[\"body\"]"}},
        {"POST /orders HTTP/1.1\r\n" KEY, "{\"text\":\"x\"}", "HTTP/1.1 422 ", {0}},
        {"POST /orders?count=many HTTP/1.1\r\n" KEY JSON,
         "{}",
         "HTTP/1.1 422 ",
         {"\"loc\":[\"query\",\"count\"]", "\"loc\":[\"body\",\"text\"]"}},
    };
    check(*state, exchanges, ARRAY_SIZE(exchanges));
}

static void the_order_of_checks_is_the_contracts(void **state)
{
    static const struct exchange exchanges[] = {
        {"GET /orders HTTP/1.1\r\n", NULL, "HTTP/1.1 405 ", {0}},
        {"POST /orders/ HTTP/1.1\r\n" JSON, "{nope", "HTTP/1.1 307 ", {0}},
        {"POST /orders HTTP/1.1\r\n" JSON, "{nope", "HTTP/1.1 422 ", {"json_invalid"}},
        {"POST /orders HTTP/1.1\r\n" JSON, "{}", "HTTP/1.1 401 ", {0}},
        {"POST /orders HTTP/1.1\r\nContent-Type: text/plain\r\n", "{}", "HTTP/1.1 401 ", {0}},
    };
    check(*state, exchanges, ARRAY_SIZE(exchanges));
}

static void an_id_in_the_path_is_checked(void **state)
{
    static const struct exchange exchanges[] = {
        {"GET /things/2df1373755a545b8b34b209f2d37deb8 HTTP/1.1\r\n",
         NULL,
         "HTTP/1.1 200 ",
         {"2df1373755a545b8b34b209f2d37deb8"}},
        {"GET /things/x HTTP/1.1\r\n",
         NULL,
         "HTTP/1.1 422 ",
         {"\"type\":\"uuid_parsing\",\"loc\":[\"path\",\"thing_id\"]"}},
    };
    check(*state, exchanges, ARRAY_SIZE(exchanges));
}

static void a_body_nobody_takes_is_ignored(void **state)
{
    static const struct exchange exchanges[] = {
        {"GET /alive HTTP/1.1\r\n", "{}", "HTTP/1.1 200 ", {"{\"status\":\"ok\"}"}},
    };
    check(*state, exchanges, ARRAY_SIZE(exchanges));
}

#define UPGRADE "Connection: upgrade\r\nUpgrade: websocket\r\n"

static void handshakes_that_lead_nowhere_are_refused(void **state)
{
    static const struct exchange exchanges[] = {
        {"GET /sockets/nothing HTTP/1.1\r\n" UPGRADE,
         NULL,
         "HTTP/1.1 403 Forbidden\r\n",
         {"\r\ncontent-length: 0\r\n"}},
        {"GET /alive HTTP/1.1\r\n" UPGRADE, NULL, "HTTP/1.1 403 ", {0}},
        {"GET /sockets/x HTTP/1.1\r\n" UPGRADE,
         NULL,
         "HTTP/1.1 426 ",
         {"\r\nsec-websocket-version: 13\r\n"}},
        {"GET /sockets/x HTTP/1.1\r\nSec-WebSocket-Version: 13\r\n" UPGRADE,
         NULL,
         "HTTP/1.1 400 ",
         {0}},
        {"POST /sockets/x HTTP/1.1\r\nSec-WebSocket-Version: 13\r\n" UPGRADE,
         NULL,
         "HTTP/1.1 400 ",
         {0}},
        {"GET /alive HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n",
         NULL,
         "HTTP/1.1 200 ",
         {0}},
    };
    check(*state, exchanges, ARRAY_SIZE(exchanges));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(paths_and_methods_are_answered),
        CASE(slashes_are_corrected_by_redirects),
        CASE(the_root_path_may_be_there_or_not),
        CASE(a_body_is_decoded),
        CASE(a_wrong_body_is_refused),
        CASE(the_order_of_checks_is_the_contracts),
        CASE(an_id_in_the_path_is_checked),
        CASE(a_body_nobody_takes_is_ignored),
        CASE(handshakes_that_lead_nowhere_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
