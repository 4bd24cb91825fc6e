#include "api/v0/mcp_forward.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "tests/support/test.h"

static struct doc *doc;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    doc = NULL;
    out = (struct buf){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    doc_free(doc);
    buf_fini(&out);
    return 0;
}

static const struct doc_value *parse(const char *text)
{
    struct doc_error error;
    doc_free(doc);
    doc = doc_parse(str_from(text), &error);
    assert_non_null(doc);
    return doc_root(doc);
}

static void parameters_get_the_servers_name_and_a_token_of_ours(void **state)
{
    (void)state;
    const struct mcp_forward_change change = {
        .member = "name", .value = STR("tool"), .progress_number = 7};
    mcp_forward_print_params(
        &out,
        parse("{\"_meta\":{\"progressToken\":\"p\",\"x\":1},\"name\":\"s_tool\","
              "\"arguments\":{\"name\":\"s_tool\"}}"),
        &change);
    assert_string_equal(out.data, "{\"_meta\":{\"progressToken\":7,\"x\":1},\"name\":\"tool\","
                                  "\"arguments\":{\"name\":\"s_tool\"}}");
}

static void who_wants_no_reports_gets_no_token(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}", "{\"_meta\":1}", "{\"_meta\":{}}",
                                        "{\"_meta\":{\"progressToken\":[]}}"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        mcp_forward_print_token(&out, parse(texts[i]));
    assert_int_equal(out.len, 0);
    mcp_forward_print_token(&out, parse("{\"_meta\":{\"progressToken\":\"p\"}}"));
    assert_string_equal(out.data, "\"p\"");
}

static void a_report_gets_the_clients_token_back(void **state)
{
    (void)state;
    assert_true(mcp_forward_print_report(&out, STR("{\"progressToken\":7,\"progress\":0.5}"), 7,
                                         STR("\"p\"")));
    assert_string_equal(out.data, "{\"progressToken\":\"p\",\"progress\":0.5}");
}

static void a_report_of_another_call_is_not_taken(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\"progressToken\":8}", "{\"progressToken\":\"7\"}",
                                        "{\"progressToken\":-7}", "{}", "7"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        assert_false(mcp_forward_print_report(&out, str_from(texts[i]), 7, STR("1")));
    assert_false(mcp_forward_print_report(&out, STR_NULL, 7, STR("1")));
}

static void a_failure_is_a_result_with_a_text(void **state)
{
    (void)state;
    mcp_forward_print_failure(&out, STR("a \"b\""));
    assert_string_equal(
        out.data, "{\"content\":[{\"type\":\"text\",\"text\":\"a \\\"b\\\"\"}],\"isError\":true}");
}

static void contents_get_the_server_in_their_uris(void **state)
{
    (void)state;
    mcp_forward_print_contents(
        &out, STR("s"),
        STR("{\"contents\":[{\"uri\":\"a://b\",\"text\":\"t\"},{\"text\":\"u\"}],\"x\":1}"));
    assert_string_equal(
        out.data, "{\"contents\":[{\"uri\":\"a://s/b\",\"text\":\"t\"},{\"text\":\"u\"}],\"x\":1}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parameters_get_the_servers_name_and_a_token_of_ours),
        TEST(who_wants_no_reports_gets_no_token),
        TEST(a_report_gets_the_clients_token_back),
        TEST(a_report_of_another_call_is_not_taken),
        TEST(a_failure_is_a_result_with_a_text),
        TEST(contents_get_the_server_in_their_uris),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
