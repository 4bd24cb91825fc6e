#include "agent/prompt_calls.h"

#include "agent/llm/request.h"
#include "server/base/buf.h"
#include "tests/support/test.h"

static const struct llm_tool tools[] = {
    {.name = STR_INIT("terminal"),
     .description = STR_INIT("Runs a command."),
     .parameters = STR_INIT(
         "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\",\"description\":"
         "\"What to run\"},\"mode\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"]},\"list\":"
         "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}},\"required\":[\"command\"]}")},
    {.name = STR_INIT("finish"), .description = STR_INIT("Ends."), .parameters = STR_INIT("")},
};

static void tools_are_described_one_by_one(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    prompt_calls_describe(tools, 2, &text);
    const struct str all = buf_str(&text);
    assert_true(str_contains(
        all, STR("---- BEGIN FUNCTION #1: terminal ----\nDescription: Runs a command.\n"
                 "Parameters:\n  (1) command (string, required): What to run\n"
                 "  (2) mode (string, optional): No description provided\n"
                 "Allowed values: [`a`, `b`]\n  (3) list (array, optional): ")));
    assert_true(str_contains(all, STR("---- END FUNCTION #1 ----\n\n---- BEGIN FUNCTION #2: finish "
                                      "----\nDescription: Ends.\nNo parameters are required for "
                                      "this function.\n---- END FUNCTION #2 ----\n")));
    assert_true(str_contains(all, STR("<parameter=security_risk>")));
    assert_true(str_contains(all, STR("<parameter=summary>")));
}

static void no_tools_need_no_words(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    prompt_calls_describe(tools, 0, &text);
    assert_int_equal(text.len, 0);
}

static void the_example_uses_the_tools_that_are_there(void **state)
{
    (void)state;
    scoped_buf struct buf prefix = {0};
    scoped_buf struct buf suffix = {0};
    prompt_calls_example(STR("some-model"), tools, 2, &prefix, &suffix);
    assert_true(str_contains(buf_str(&prefix), STR("<function=terminal>")));
    assert_true(str_contains(buf_str(&prefix), STR("<function=finish>")));
    assert_false(str_contains(buf_str(&prefix), STR("<function=file_editor>")));
    assert_true(suffix.len > 0);
}

static void some_models_get_no_example(void **state)
{
    (void)state;
    scoped_buf struct buf prefix = {0};
    scoped_buf struct buf suffix = {0};
    prompt_calls_example(STR("mistral/Devstral-small"), tools, 2, &prefix, &suffix);
    assert_int_equal(prefix.len + suffix.len, 0);
}

static void a_call_is_written_as_the_model_would(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    prompt_calls_write(STR("f"), STR("{\"a\":\"x\",\"b\":\"1\\n2\",\"c\":[1],\"d\":true}"), &text);
    assert_string_equal(text.data, "<function=f>\n<parameter=a>x</parameter>\n"
                                   "<parameter=b>\n1\n2\n</parameter>\n"
                                   "<parameter=c>[1]</parameter>\n<parameter=d>true</parameter>\n"
                                   "</function>");
}

static void a_result_names_its_tool(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    prompt_calls_write_result(STR("terminal"), &text);
    assert_string_equal(text.data, "EXECUTION RESULT of [terminal]:\n");
}

int main(void)
{
    const struct CMUnitTest tests_of_calls[] = {
        cmocka_unit_test(tools_are_described_one_by_one),
        cmocka_unit_test(no_tools_need_no_words),
        cmocka_unit_test(the_example_uses_the_tools_that_are_there),
        cmocka_unit_test(some_models_get_no_example),
        cmocka_unit_test(a_call_is_written_as_the_model_would),
        cmocka_unit_test(a_result_names_its_tool),
    };
    return cmocka_run_group_tests(tests_of_calls, NULL, NULL);
}
