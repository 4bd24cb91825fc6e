#include "api/v0/mcp_name.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "tests/support/test.h"

static void a_name_carries_its_server(void **state)
{
    (void)state;
    scoped_buf struct buf name = {0};
    struct str stripped;
    mcp_name_add(&name, STR("git_hub"), STR("get_issue"));
    assert_string_equal(name.data, "git_hub_get_issue");
    assert_true(mcp_name_strip(STR("git_hub"), buf_str(&name), &stripped));
    assert_true(str_equal(stripped, STR("get_issue")));
    assert_true(mcp_name_strip(STR("git"), buf_str(&name), &stripped));
    assert_true(str_equal(stripped, STR("hub_get_issue")));
    assert_false(mcp_name_strip(STR("get"), buf_str(&name), &stripped));
    assert_false(mcp_name_strip(STR("git_hub_get_issue"), buf_str(&name), &stripped));
}

static void a_uri_carries_its_server_as_first_part_of_its_path(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        const char *with_server;
    } cases[] = {
        {"test://greeting", "test://s/greeting"},
        {"file:///etc/x", "file://s//etc/x"},
        {"a://", "a://s/"},
        {"a://b://c", "a://s/b://c"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf there = {0};
        scoped_buf struct buf back = {0};
        assert_true(mcp_name_add_uri(&there, STR("s"), str_from(cases[i].uri)));
        assert_string_equal(there.data, cases[i].with_server);
        assert_true(mcp_name_strip_uri(&back, STR("s"), buf_str(&there)));
        assert_string_equal(back.data, cases[i].uri);
    }
}

static void what_is_no_uri_of_the_server_is_refused(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    assert_false(mcp_name_add_uri(&out, STR("s"), STR("urn:x")));
    assert_false(mcp_name_add_uri(&out, STR("s"), STR("://x")));
    assert_false(mcp_name_strip_uri(&out, STR("s"), STR("test://t/x")));
    assert_false(mcp_name_strip_uri(&out, STR("s"), STR("test://s")));
    assert_false(mcp_name_strip_uri(&out, STR("s"), STR("test://st/x")));
    assert_int_equal(out.len, 0);
}

/* What becomes of an entry; NULL: it is left out. */
static const char *print(const char *entry, struct buf *out)
{
    struct doc_error error;
    struct doc *doc = doc_parse(str_from(entry), &error);
    assert_non_null(doc);
    buf_clear(out);
    const bool is_printed = mcp_name_print_entry(out, STR("s"), doc_root(doc));
    doc_free(doc);
    assert_true(is_printed || out->len == 0);
    return is_printed ? out->data : NULL;
}

static void entries_of_lists_get_the_server_in_names_and_uris(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    assert_string_equal(
        print("{\"name\":\"n\",\"title\":\"n\",\"inputSchema\":{\"name\":1}}", &out),
        "{\"name\":\"s_n\",\"title\":\"n\",\"inputSchema\":{\"name\":1}}");
    assert_string_equal(print("{\"uri\":\"a://b\",\"name\":\"n\"}", &out),
                        "{\"uri\":\"a://s/b\",\"name\":\"s_n\"}");
    assert_string_equal(print("{\"uriTemplate\":\"a://{b}\",\"name\":\"n\"}", &out),
                        "{\"uriTemplate\":\"a://s/{b}\",\"name\":\"s_n\"}");
}

static void entries_without_a_name_are_left_out(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    static const char *const entries[] = {
        "1", "[]", "{}", "{\"name\":1}", "{\"title\":\"n\"}", "{\"name\":\"n\",\"uri\":\"urn:x\"}"};
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
        assert_null(print(entries[i], &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_carries_its_server),
        cmocka_unit_test(a_uri_carries_its_server_as_first_part_of_its_path),
        cmocka_unit_test(what_is_no_uri_of_the_server_is_refused),
        cmocka_unit_test(entries_of_lists_get_the_server_in_names_and_uris),
        cmocka_unit_test(entries_without_a_name_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
