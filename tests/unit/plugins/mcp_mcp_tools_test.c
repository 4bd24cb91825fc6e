#include "plugins/mcp/mcp_tools.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "tests/support/test.h"

static struct mcp_tools tools;

static int tear_down(void **state)
{
    (void)state;
    mcp_tools_fini(&tools);
    return 0;
}

static bool add(const char *prefix, const char *page, struct str *ret_cursor)
{
    struct error error;
    return mcp_tools_add(&tools, STR("s"), str_from(prefix), str_from(page), ret_cursor, &error);
}

static void pages_are_added_in_their_order(void **state)
{
    (void)state;
    struct str cursor;
    assert_true(
        add("", "{\"tools\":[{\"name\":\"a\",\"inputSchema\":{}}],\"nextCursor\":\"7\"}", &cursor));
    assert_true(str_equal(cursor, STR("7")));
    assert_true(add("", "{\"tools\":[{\"name\":\"b\",\"inputSchema\":{}}]}", &cursor));
    assert_false(str_is_set(cursor));
    assert_int_equal(tools.count, 2);
    assert_true(str_equal(tools.items[1].name, STR("b")));
    assert_false(str_is_set(tools.items[1].description));
    assert_ptr_equal(mcp_tools_find(&tools, STR("a")), &tools.items[0]);
    assert_null(mcp_tools_find(&tools, STR("c")));
}

static void a_tool_keeps_everything_but_its_name(void **state)
{
    (void)state;
    struct str cursor;
    assert_true(add("x_",
                    "{\"tools\":[{\"title\":\"T\",\"name\":\"a\",\"description\":\"D\","
                    "\"inputSchema\":{\"type\":\"object\"},\"annotations\":{\"readOnlyHint\":true},"
                    "\"_meta\":{\"k\":1}}]}",
                    &cursor));
    const struct mcp_tool *tool = &tools.items[0];
    assert_true(str_equal(tool->name, STR("x_a")));
    assert_true(str_equal(tool->own_name, STR("a")));
    assert_true(str_equal(tool->server, STR("s")));
    assert_true(str_equal(tool->input_schema, STR("{\"type\":\"object\"}")));
    assert_true(str_equal(tool->annotations, STR("{\"readOnlyHint\":true}")));
    assert_true(tool->is_read_only);
    assert_true(str_equal(
        tool->json, STR("{\"title\":\"T\",\"name\":\"x_a\",\"description\":\"D\",\"inputSchema\":"
                        "{\"type\":\"object\"},\"annotations\":{\"readOnlyHint\":true},"
                        "\"_meta\":{\"k\":1}}")));
}

static void what_is_no_tool_is_left_out(void **state)
{
    (void)state;
    struct str cursor;
    assert_true(add("",
                    "{\"tools\":[1,{},{\"name\":\"a\"},{\"name\":\"\",\"inputSchema\":{}},"
                    "{\"name\":\"b\",\"inputSchema\":{}},"
                    "{\"name\":\"b\",\"inputSchema\":{\"second\":1}}],\"nextCursor\":3}",
                    &cursor));
    assert_int_equal(tools.count, 1);
    assert_true(str_equal(tools.items[0].input_schema, STR("{}")));
    assert_false(str_is_set(cursor));
}

static void a_page_without_a_list_is_an_error(void **state)
{
    (void)state;
    struct str cursor;
    assert_false(add("", "{\"tools\":{}}", &cursor));
    assert_false(add("", "[]", &cursor));
    assert_false(add("", "{", &cursor));
}

static void a_list_is_bounded(void **state)
{
    (void)state;
    struct str cursor = STR_NULL;
    for (size_t i = 0; i <= MCP_TOOLS_MAX; i++) {
        scoped_buf struct buf page = {0};
        buf_printf(&page,
                   "{\"tools\":[{\"name\":\"t%zu\",\"inputSchema\":{}}],\"nextCursor\":\"n\"}", i);
        assert_true(add("", page.data, &cursor));
    }
    assert_int_equal(tools.count, MCP_TOOLS_MAX);
    assert_false(str_is_set(cursor));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(pages_are_added_in_their_order, tear_down),
        cmocka_unit_test_teardown(a_tool_keeps_everything_but_its_name, tear_down),
        cmocka_unit_test_teardown(what_is_no_tool_is_left_out, tear_down),
        cmocka_unit_test_teardown(a_page_without_a_list_is_an_error, tear_down),
        cmocka_unit_test_teardown(a_list_is_bounded, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
