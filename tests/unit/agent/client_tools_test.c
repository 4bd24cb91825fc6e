#include "agent/client_tools.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "tests/support/test.h"

#define SPEC(name, parameters)                                                                     \
    "{\"name\":\"" name "\",\"description\":\"d\",\"parameters\":" parameters "}"
#define ANYTHING    "{\"type\":\"object\",\"properties\":{}}"
#define TEXT        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"const\":1}}}"
#define TEXT_TURNED "{\"properties\":{\"a\":{\"const\":1,\"type\":\"string\"}},\"type\":\"object\"}"

static struct client_tools *tools;
static struct error error;

static int open_tools(void **state)
{
    (void)state;
    tools = client_tools_new();
    return 0;
}

static int close_tools(void **state)
{
    (void)state;
    client_tools_free(tools);
    return 0;
}

static bool add(const char *specs)
{
    return client_tools_add(tools, str_from(specs), &error);
}

static void a_name_comes_again_with_the_same_schema(void **state)
{
    (void)state;
    assert_true(add("[" SPEC("ask", TEXT) "]"));
    assert_true(add("[" SPEC("ask", TEXT) "]"));
    assert_true(add("[" SPEC("ask", TEXT_TURNED) "]"));
}

static void a_name_with_another_schema_is_refused(void **state)
{
    (void)state;
    assert_true(add("[" SPEC("ask", TEXT) "]"));
    assert_false(add("[" SPEC("ask", ANYTHING) "]"));
    assert_int_equal(error.code, ERROR_UNPROCESSABLE);
    assert_string_equal(error.text,
                        "Client tool 'ask' is already registered with a different parameters "
                        "schema. Client tool names must map to a single, stable schema within a "
                        "process.");
}

static void what_is_refused_leaves_no_name_behind(void **state)
{
    (void)state;
    assert_true(add("[" SPEC("ask", TEXT) "]"));
    assert_false(add("[" SPEC("show", TEXT) "," SPEC("ask", ANYTHING) "]"));
    assert_true(add("[" SPEC("show", ANYTHING) "]"));
}

static void a_stored_name_counts_but_does_not_win(void **state)
{
    (void)state;
    assert_true(add("[" SPEC("ask", TEXT) "]"));
    client_tools_remember(tools, STR("[" SPEC("ask", ANYTHING) "," SPEC("show", TEXT) "]"));
    assert_true(add("[" SPEC("ask", TEXT) "]"));
    assert_false(add("[" SPEC("show", ANYTHING) "]"));
}

static void stored_names_that_are_damaged_are_passed_over(void **state)
{
    (void)state;
    static const char *const damaged[] = {"", "{}", "[1]", "[{\"name\":\"ask\"}]",
                                          "[{\"name\":1,\"parameters\":{}}]"};
    for (size_t i = 0; i < ARRAY_SIZE(damaged); i++)
        client_tools_remember(tools, str_from(damaged[i]));
    assert_true(add("[" SPEC("ask", TEXT) "]"));
}

static void add_many(size_t count)
{
    scoped_buf struct buf specs = {0};
    for (size_t i = 0; i < count; i++)
        buf_printf(&specs, "%s{\"name\":\"tool%zu\",\"parameters\":{}}", i == 0 ? "[" : ",", i);
    buf_append_byte(&specs, ']');
    assert_true(add(specs.data));
}

static void as_many_names_as_fit_are_known(void **state)
{
    (void)state;
    add_many(CLIENT_TOOLS_MAX);
    assert_false(add("[" SPEC("tool0", TEXT) "]"));
}

static void of_more_names_the_oldest_is_forgotten(void **state)
{
    (void)state;
    add_many(CLIENT_TOOLS_MAX + 1);
    assert_false(add("[" SPEC("tool1", TEXT) "]"));
    assert_true(add("[" SPEC("tool0", TEXT) "]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_tools, close_tools)
        TEST(a_name_comes_again_with_the_same_schema),
        TEST(a_name_with_another_schema_is_refused),
        TEST(what_is_refused_leaves_no_name_behind),
        TEST(a_stored_name_counts_but_does_not_win),
        TEST(stored_names_that_are_damaged_are_passed_over),
        TEST(as_many_names_as_fit_are_known),
        TEST(of_more_names_the_oldest_is_forgotten),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
