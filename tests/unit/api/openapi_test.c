#include "api/openapi.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/schema.h"
#include "server/http/router.h"
#include "tests/support/test.h"

static void handle(struct http_request *request, void *context)
{
    (void)request; /* never called here */
    (void)context;
}

struct fields {
    struct str name;
    struct schema_int limit;
};

static const struct schema_field query_fields[] = {
    {.name = "limit", .kind = SCHEMA_INT, .offset = offsetof(struct fields, limit)}};
static const struct schema_field body_fields[] = {{.name = "name",
                                                   .kind = SCHEMA_STRING,
                                                   .is_required = true,
                                                   .offset = offsetof(struct fields, name)}};
static SCHEMA_DEFINE(query, "Query", query_fields, false);
static SCHEMA_DEFINE(body, "Thing", body_fields, true);

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET, .pattern = "/alive", .handler = handle, .tag = "T"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/things/{thing_id}",
     .auth = ROUTE_AUTH_SESSION,
     .query = &query,
     .handler = handle},
    {.method = HTTP_METHOD_PUT,
     .pattern = "/api/things/{thing_id}",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &body,
     .handler = handle},
    {.method = HTTP_METHOD_GET, .pattern = "/files/{path:path}", .handler = handle},
    {.method = HTTP_METHOD_GET, .pattern = "/hidden", .handler = handle, .is_hidden = true},
    {.method = HTTP_METHOD_GET,
     .pattern = "/sockets/x",
     .auth = ROUTE_AUTH_SOCKET,
     .handler = handle},
};

static struct router *router;
static struct doc *document;

static int print_document(void **state)
{
    (void)state;
    const struct route_table table = {.routes = routes, .count = ARRAY_SIZE(routes)};
    struct doc_error at;
    scoped_buf struct buf out = {0};
    router = router_new(&table, 1);
    openapi_print(router, STR("/root"), &out);
    document = doc_parse(buf_str(&out), &at);
    return document == NULL;
}

static int free_document(void **state)
{
    (void)state;
    doc_free(document);
    router_free(router);
    return 0;
}

static const struct doc_value *follow(const char *const *names)
{
    const struct doc_value *value = doc_root(document);
    for (; *names != NULL && value != NULL; names++)
        value = doc_find(value, str_from(*names));
    return value;
}

#define FOLLOW(...) follow((const char *const[]){__VA_ARGS__, NULL})

static void each_shown_path_stands_once(void **state)
{
    (void)state;
    assert_int_equal(doc_count(FOLLOW("paths")), 3);
    assert_non_null(FOLLOW("paths", "/alive", "get"));
    assert_null(FOLLOW("paths", "/hidden"));
    assert_null(FOLLOW("paths", "/sockets/x"));
}

static void methods_of_a_path_stand_together(void **state)
{
    (void)state;
    assert_int_equal(doc_count(FOLLOW("paths", "/api/things/{thing_id}")), 2);
}

static void a_path_parameter_shows_its_name_alone(void **state)
{
    (void)state;
    const struct doc_value *list = FOLLOW("paths", "/files/{path}", "get", "parameters");
    assert_int_equal(doc_count(list), 1);
    assert_true(str_equal(doc_string(doc_find(doc_at(list, 0), STR("name"))), STR("path")));
}

static void query_parameters_come_from_the_schema(void **state)
{
    (void)state;
    const struct doc_value *list = FOLLOW("paths", "/api/things/{thing_id}", "get", "parameters");
    assert_int_equal(doc_count(list), 2);
    assert_true(str_equal(doc_string(doc_find(doc_at(list, 1), STR("name"))), STR("limit")));
    assert_true(str_equal(doc_string(doc_find(doc_at(list, 1), STR("in"))), STR("query")));
}

static void bodies_refer_to_their_schema(void **state)
{
    (void)state;
    const struct doc_value *reference =
        FOLLOW("paths", "/api/things/{thing_id}", "put", "requestBody", "content",
               "application/json", "schema", "$ref");
    assert_true(str_equal(doc_string(reference), STR("#/components/schemas/Thing")));
    assert_non_null(FOLLOW("components", "schemas", "Thing", "properties", "name"));
}

static void routes_with_a_key_say_so(void **state)
{
    (void)state;
    assert_non_null(FOLLOW("paths", "/api/things/{thing_id}", "get", "security"));
    assert_null(FOLLOW("paths", "/alive", "get", "security"));
}

static void the_root_path_is_the_server(void **state)
{
    (void)state;
    const struct doc_value *servers = FOLLOW("servers");
    assert_true(str_equal(doc_string(doc_find(doc_at(servers, 0), STR("url"))), STR("/root")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_shown_path_stands_once),
        cmocka_unit_test(methods_of_a_path_stand_together),
        cmocka_unit_test(a_path_parameter_shows_its_name_alone),
        cmocka_unit_test(query_parameters_come_from_the_schema),
        cmocka_unit_test(bodies_refer_to_their_schema),
        cmocka_unit_test(routes_with_a_key_say_so),
        cmocka_unit_test(the_root_path_is_the_server),
    };
    return cmocka_run_group_tests(tests, print_document, free_document);
}
