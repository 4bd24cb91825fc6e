#include "api/v0/mcp_config.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "tests/support/test.h"

static struct doc *doc;
static struct mcp_config config;
static struct error error;

static int set_up(void **state)
{
    (void)state;
    doc = NULL;
    config = (struct mcp_config){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mcp_config_fini(&config);
    doc_free(doc);
    return 0;
}

static bool read_text(const char *text)
{
    struct doc_error parse_error;
    mcp_config_fini(&config);
    doc_free(doc);
    doc = doc_parse(str_from(text), &parse_error);
    assert_non_null(doc);
    return mcp_config_read(doc_root(doc), &config, &error);
}

/* The items with a space between, to be compared as one text. */
static const char *joined(const char *const *items)
{
    static char text[1024];
    size_t len = 0;
    text[0] = '\0';
    for (; *items != NULL; items++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "[%s]", *items);
    return text;
}

static void a_server_has_a_command_line_and_variables(void **state)
{
    (void)state;
    assert_true(read_text("[{\"name\":\" fetch \",\"command\":\" uvx\",\"args\":[\"a b\",\"\"],"
                          "\"env\":{\"K\":\"v=1\",\"L\":\"\"},\"other\":1}]"));
    assert_int_equal(config.count, 1);
    assert_true(str_equal(config.servers[0]->name, STR("fetch")));
    assert_string_equal(joined(config.servers[0]->argv), "[uvx][a b][]");
    assert_string_equal(joined(config.servers[0]->env), "[K=v=1][L=]");
}

static void args_and_env_may_be_left_out_or_empty(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[{\"name\":\"a\",\"command\":\"c\"}]",
        "[{\"name\":\"a\",\"command\":\"c\",\"args\":null,\"env\":null}]",
        "[{\"name\":\"a\",\"command\":\"c\",\"args\":\"  \",\"env\":\" \"}]",
        "[{\"name\":\"a\",\"command\":\"c\",\"args\":{},\"env\":[]}]",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        assert_true(read_text(texts[i]));
        assert_string_equal(joined(config.servers[0]->argv), "[c]");
        assert_string_equal(joined(config.servers[0]->env), "");
    }
}

static void args_may_be_one_text(void **state)
{
    (void)state;
    assert_true(read_text("[{\"name\":\"a\",\"command\":\"c\","
                          "\"args\":\"-y  'x y' \\\"q\\\\\\\"r\\\\n\\\" a\\\\ b '' # z\"}]"));
    assert_string_equal(joined(config.servers[0]->argv), "[c][-y][x y][q\"r\\n][a b][][#][z]");
    assert_false(read_text("[{\"name\":\"a\",\"command\":\"c\",\"args\":\"it's\"}]"));
    assert_false(read_text("[{\"name\":\"a\",\"command\":\"c\",\"args\":\"x\\\\\"}]"));
}

static void variables_may_be_one_text(void **state)
{
    (void)state;
    assert_true(read_text("[{\"name\":\"a\",\"command\":\"c\",\"env\":\" A = 1,,B=x=y,A=2 \"}]"));
    assert_string_equal(joined(config.servers[0]->env), "[A=2][B=x=y]");
    assert_false(read_text("[{\"name\":\"a\",\"command\":\"c\",\"env\":\"A\"}]"));
    assert_false(read_text("[{\"name\":\"a\",\"command\":\"c\",\"env\":\"1A=b\"}]"));
    assert_false(read_text("[{\"name\":\"a\",\"command\":\"c\",\"env\":\"=b\"}]"));
}

static void a_name_that_comes_twice_counts_as_it_came_last(void **state)
{
    (void)state;
    assert_true(read_text("[{\"name\":\"a\",\"command\":\"1\"},{\"name\":\"b\",\"command\":\"2\"},"
                          "{\"name\":\"a\",\"command\":\"3\"}]"));
    assert_int_equal(config.count, 2);
    assert_string_equal(config.servers[0]->argv[0], "3");
    assert_string_equal(config.servers[1]->argv[0], "2");
}

static void what_cannot_be_started_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[1]",
        "[{\"command\":\"c\"}]",
        "[{\"name\":\"a\"}]",
        "[{\"name\":1,\"command\":\"c\"}]",
        "[{\"name\":\" \",\"command\":\"c\"}]",
        "[{\"name\":\"a b\",\"command\":\"c\"}]",
        "[{\"name\":\"a.b\",\"command\":\"c\"}]",
        "[{\"name\":\"a\",\"command\":\"c d\"}]",
        "[{\"name\":\"a\",\"command\":\"\"}]",
        "[{\"name\":\"a\",\"command\":\"c\\u0000d\"}]",
        "[{\"name\":\"a\",\"command\":\"c\",\"args\":[1]}]",
        "[{\"name\":\"a\",\"command\":\"c\",\"args\":[\"x\\u0000\"]}]",
        "[{\"name\":\"a\",\"command\":\"c\",\"args\":{\"x\":1}}]",
        "[{\"name\":\"a\",\"command\":\"c\",\"env\":{\"K\":1}}]",
        "[{\"name\":\"a\",\"command\":\"c\",\"env\":{\"K=\":\"v\"}}]",
        "[{\"name\":\"a\",\"command\":\"c\",\"env\":[\"K=v\"]}]",
        "[{\"name\":\"a\",\"command\":\"c\"},{\"name\":\"b\"}]",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (read_text(texts[i]))
            fail_msg("taken: %s", texts[i]);
        assert_int_equal(config.count, 0);
    }
    assert_true(str_starts_with(str_from(error.text), STR("server 1")));
}

static void servers_are_limited(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < MCP_CONFIG_MAX_SERVERS; i++)
        buf_printf(&text, "%c{\"name\":\"s%zu\",\"command\":\"c\"}", i == 0 ? '[' : ',', i);
    buf_append_byte(&text, ']');
    assert_true(read_text(text.data));
    buf_truncate(&text, text.len - 1);
    buf_append(&text, STR(",{\"name\":\"last\",\"command\":\"c\"}]"));
    assert_false(read_text(text.data));
    assert_int_equal(error.code, ERROR_LIMIT);
}

static void the_same_is_the_same_whatever_the_order_of_variables(void **state)
{
    (void)state;
    static const char text[] =
        "[{\"name\":\"a\",\"command\":\"c\",\"args\":[\"x\"],\"env\":{\"A\":\"1\",\"B\":\"2\"}},"
        "{\"name\":\"b\",\"command\":\"c\",\"args\":[\"x\"],\"env\":{\"A\":\"1\",\"B\":\"2\"}}]";
    assert_true(read_text(text));
    struct mcp_config other;
    struct doc_error parse_error;
    struct doc *again = doc_parse(
        STR("[{\"name\":\"a\",\"command\":\"c\",\"args\":\"x\",\"env\":\"B=2,A=1\"},"
            "{\"name\":\"b\",\"command\":\"c\",\"args\":[\"x\",\"y\"],\"env\":\"B=2,A=1\"}]"),
        &parse_error);
    assert_true(mcp_config_read(doc_root(again), &other, &error));
    assert_true(mcp_server_config_is_same(config.servers[0], other.servers[0]));
    assert_false(mcp_server_config_is_same(config.servers[1], other.servers[1]));
    assert_false(mcp_server_config_is_same(config.servers[0], config.servers[1]));
    mcp_config_fini(&other);
    doc_free(again);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_server_has_a_command_line_and_variables),
        TEST(args_and_env_may_be_left_out_or_empty),
        TEST(args_may_be_one_text),
        TEST(variables_may_be_one_text),
        TEST(a_name_that_comes_twice_counts_as_it_came_last),
        TEST(what_cannot_be_started_is_refused),
        TEST(servers_are_limited),
        TEST(the_same_is_the_same_whatever_the_order_of_variables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
