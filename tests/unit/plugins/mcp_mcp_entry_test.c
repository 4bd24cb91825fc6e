#include "plugins/mcp/mcp_entry.h"

#include "plugins/http_client/http_client.h"
#include "plugins/mcp/mcp_expand.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "tests/support/test.h"

static const char *const environment[] = {"PATH=/bin", "USER=me", "SECRET=hidden",
                                          "SHELL=() { :; }", NULL};
static struct mcp_entry entry;
static struct error error;

static bool read_entry(const char *json)
{
    struct doc_error problem;
    const struct mcp_expand expand = {.env = environment};
    struct doc *doc = doc_parse(str_from(json), &problem);
    assert_non_null(doc);
    mcp_entry_fini(&entry);
    const bool is_read = mcp_entry_read(STR("name"), doc_root(doc), &expand, &entry, &error);
    doc_free(doc);
    return is_read;
}

static int tear_down(void **state)
{
    (void)state;
    mcp_entry_fini(&entry);
    return 0;
}

static void assert_fields(const char *expected)
{
    scoped_buf struct buf fields = {0};
    for (size_t i = 0; i < entry.transport.field_count; i++)
        buf_printf(&fields, "%.*s: %.*s\n", STR_ARG(entry.transport.fields[i].name),
                   STR_ARG(entry.transport.fields[i].value));
    assert_string_equal(fields.len == 0 ? "" : fields.data, expected);
}

static void a_command_is_a_child_with_what_is_handed_on(void **state)
{
    (void)state;
    assert_true(read_entry("{\"command\":\"${USER}x\",\"args\":[\"a b\",\"\"],\"cwd\":\"/w\","
                           "\"env\":{\"A\":\"${USER}\",\"NONE\":null,\"PATH\":\"/mine\"}}"));
    const struct mcp_transport_options *transport = &entry.transport;
    assert_int_equal(transport->kind, MCP_TRANSPORT_STDIO);
    assert_string_equal(transport->argv[0], "mex");
    assert_string_equal(transport->argv[1], "a b");
    assert_string_equal(transport->argv[2], "");
    assert_null(transport->argv[3]);
    assert_string_equal(transport->cwd, "/w");
    assert_string_equal(transport->env[0], "USER=me");
    assert_string_equal(transport->env[1], "A=me");
    assert_string_equal(transport->env[2], "PATH=/mine");
    assert_null(transport->env[3]);
}

static void an_address_is_remote_in_the_way_it_looks(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum mcp_transport_kind kind;
    } cases[] = {
        {"{\"url\":\"http://h/mcp\"}", MCP_TRANSPORT_HTTP},
        {"{\"url\":\"http://h/sse\"}", MCP_TRANSPORT_SSE},
        {"{\"url\":\"http://h/v1/sse/?a\"}", MCP_TRANSPORT_SSE},
        {"{\"url\":\"http://h/sset\"}", MCP_TRANSPORT_HTTP},
        {"{\"url\":\"http://h/mcp?to=/sse\"}", MCP_TRANSPORT_HTTP},
        {"{\"url\":\"http://sse/\"}", MCP_TRANSPORT_HTTP},
        {"{\"url\":\"http://h/sse\",\"transport\":\"http\"}", MCP_TRANSPORT_HTTP},
        {"{\"url\":\"http://h/sse\",\"transport\":\"streamable-http\"}", MCP_TRANSPORT_HTTP},
        {"{\"url\":\"HTTPS://h/mcp\",\"transport\":\"sse\"}", MCP_TRANSPORT_SSE},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_true(read_entry(cases[i].json));
        assert_int_equal(entry.transport.kind, cases[i].kind);
    }
}

static void credentials_become_headers(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"strategy\":\"none\"}", "X-A: 1\n"},
        {"{\"strategy\":\"bearer\",\"value\":\"t\"}", "X-A: 1\nAuthorization: Bearer t\n"},
        {"{\"strategy\":\"bearer\",\"value\":null}", "X-A: 1\n"},
        {"{\"strategy\":\"api_key\",\"value\":\"t\"}", "X-A: 1\nAuthorization: Bearer t\n"},
        {"{\"strategy\":\"api_key\",\"value\":\"t\",\"header_name\":\"X-Key\"}",
         "X-A: 1\nX-Key: t\n"},
        {"{\"strategy\":\"basic\",\"username\":\"u\",\"password\":\"p\"}",
         "X-A: 1\nAuthorization: Basic dTpw\n"},
        {"{\"strategy\":\"header\",\"headers\":{\"x-a\":\"2\",\"X-B\":\"${USER}\"}}",
         "x-a: 2\nX-B: me\n"},
        {"{\"strategy\":\"oauth2\",\"state\":{\"tokens\":{\"access_token\":\"t\"}}}",
         "X-A: 1\nAuthorization: Bearer t\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf json = {0};
        buf_printf(&json, "{\"url\":\"http://h/\",\"headers\":{\"X-A\":\"1\"},\"auth\":%s}",
                   cases[i][0]);
        assert_true(read_entry(json.data));
        assert_fields(cases[i][1]);
    }
}

static void what_cannot_be_connected_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"[]", "no object"},
        {"{}", "no command"},
        {"{\"command\":\"\"}", "no command"},
        {"{\"command\":\"a\\u0000b\"}", "no command"},
        {"{\"command\":\"x\",\"args\":[1]}", "argument 0"},
        {"{\"url\":\"ftp://h/\"}", "no http or https address"},
        {"{\"url\":\"http\"}", "no http or https address"},
        {"{\"transport\":\"sse\"}", "no http or https address"},
        {"{\"transport\":\"stdio\",\"url\":\"http://h/\"}", "no command"},
        {"{\"url\":\"http://h/\",\"auth\":{\"strategy\":\"oauth2\"}}", "OAuth"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_false(read_entry(cases[i][0]));
        if (!str_contains(str_from(error.text), str_from(cases[i][1])))
            fail_msg("'%s' is not in: %s", cases[i][1], error.text);
        assert_true(str_equal(entry.name, STR("name")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_command_is_a_child_with_what_is_handed_on, tear_down),
        cmocka_unit_test_teardown(an_address_is_remote_in_the_way_it_looks, tear_down),
        cmocka_unit_test_teardown(credentials_become_headers, tear_down),
        cmocka_unit_test_teardown(what_cannot_be_connected_is_refused, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
