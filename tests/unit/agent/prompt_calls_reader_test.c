#include "agent/prompt_calls_reader.h"

#include "agent/llm/answer.h"
#include "agent/llm/request.h"
#include "server/base/error.h"
#include "tests/support/test.h"

static const struct llm_tool tools[] = {
    {.name = STR_INIT("terminal"),
     .parameters = STR_INIT(
         "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\"},\"timeout\":"
         "{\"type\":\"integer\"},\"reset\":{\"type\":\"boolean\"},\"list\":{\"type\":\"array\"},"
         "\"mode\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}},\"required\":[\"command\","
         "\"security_risk\"]}")},
    {.name = STR_INIT("finish"), .parameters = STR_INIT("")},
};

static struct llm_answer answer;

static int begin(void **state)
{
    (void)state;
    llm_answer_init(&answer);
    return 0;
}

static int end(void **state)
{
    (void)state;
    llm_answer_fini(&answer);
    return 0;
}

static bool read_text(const char *text, struct error *error)
{
    buf_append(&answer.text, str_from(text));
    return prompt_calls_read(tools, 2, 3, &answer, error);
}

static void assert_call(const char *text, const char *thought, const char *name,
                        const char *arguments)
{
    struct error error = {0};
    if (!read_text(text, &error))
        fail_msg("%s", error.text);
    assert_int_equal(answer.call_count, 1);
    assert_string_equal(answer.text.len == 0 ? "" : answer.text.data, thought);
    assert_string_equal(answer.calls[0].id.data, "toolu_03");
    assert_string_equal(answer.calls[0].name.data, name);
    assert_string_equal(answer.calls[0].arguments.data, arguments);
}

static void assert_refused(const char *text, const char *expected)
{
    struct error error = {0};
    assert_false(read_text(text, &error));
    assert_int_equal(error.code, ERROR_INVALID);
    assert_string_equal(error.text, expected);
    assert_int_equal(answer.call_count, 0);
}

static void text_without_a_call_stays_text(void **state)
{
    (void)state;
    struct error error;
    assert_true(read_text("Just words with <function in them", &error));
    assert_int_equal(answer.call_count, 0);
    assert_string_equal(answer.text.data, "Just words with <function in them");
}

static void a_call_is_taken_out_of_the_text(void **state)
{
    (void)state;
    assert_call("Let me see.\n\n<function=terminal>\n<parameter=command>ls -a</parameter>\n"
                "<parameter=timeout>5</parameter>\n<parameter=reset>true</parameter>\n"
                "<parameter=list>[1, 2]</parameter>\n</function>\n",
                "Let me see.", "terminal",
                "{\"command\":\"ls -a\",\"timeout\":5,\"reset\":true,\"list\":[1,2]}");
}

static void lines_of_a_value_are_kept(void **state)
{
    (void)state;
    assert_call("<function=terminal>\n<parameter=command>\na\n\n  b <c>\n</parameter>\n</function>",
                "", "terminal", "{\"command\":\"a\\n\\n  b <c>\"}");
}

static void a_closing_tag_that_a_stop_word_cut_is_supplied(void **state)
{
    (void)state;
    assert_call("<function=terminal>\n<parameter=command>ls</parameter>\n</function", "",
                "terminal", "{\"command\":\"ls\"}");
}

static void a_closing_tag_that_is_missing_is_supplied(void **state)
{
    (void)state;
    assert_call("<function=terminal>\n<parameter=command>ls</parameter>\n", "", "terminal",
                "{\"command\":\"ls\"}");
}

static void a_cut_value_is_taken_as_it_is(void **state)
{
    (void)state;
    assert_call("<function=terminal>\n<parameter=command>ls\n</", "", "terminal",
                "{\"command\":\"ls\"}");
}

static void wrappers_around_the_call_are_dropped(void **state)
{
    (void)state;
    assert_call("Hm.</think>\n<tool_call>\n<function=terminal>\n<parameter=command>ls</parameter>\n"
                "</function>\n</tool_call>",
                "Hm.", "terminal", "{\"command\":\"ls\"}");
}

static void an_equals_sign_may_stand_for_the_bracket(void **state)
{
    (void)state;
    assert_call("<function=terminal><parameter=command=ls</parameter></function>", "", "terminal",
                "{\"command\":\"ls\"}");
}

static void names_from_elsewhere_are_understood(void **state)
{
    (void)state;
    assert_call("<function=execute_bash><parameter=command>ls</parameter></function>", "",
                "terminal", "{\"command\":\"ls\"}");
}

static void the_risk_may_be_given_for_any_tool(void **state)
{
    (void)state;
    assert_call("<function=terminal><parameter=command>ls</parameter>"
                "<parameter=security_risk>LOW</parameter></function>",
                "", "terminal", "{\"command\":\"ls\",\"security_risk\":\"LOW\"}");
}

static void a_tool_without_a_schema_takes_everything(void **state)
{
    (void)state;
    assert_call("<function=finish>\n<parameter=message>done</parameter>\n</function>", "", "finish",
                "{\"message\":\"done\"}");
}

static void only_the_first_call_counts(void **state)
{
    (void)state;
    assert_call("<function=terminal><parameter=command>ls</parameter></function>\n"
                "<function=finish></function>",
                "", "terminal", "{\"command\":\"ls\"}");
}

static void an_unknown_function_is_refused(void **state)
{
    (void)state;
    assert_refused("<function=dance></function>",
                   "Function 'dance' not found in available tools: ['terminal', 'finish']");
}

static void an_unknown_parameter_is_refused(void **state)
{
    (void)state;
    assert_refused("<function=terminal><parameter=cmd>ls</parameter></function>",
                   "Parameter 'cmd' is not allowed for function 'terminal'. Allowed parameters: "
                   "{'command', 'timeout', 'reset', 'list', 'mode'}");
}

static void a_word_is_no_number(void **state)
{
    (void)state;
    assert_refused("<function=terminal><parameter=command>ls</parameter>"
                   "<parameter=timeout>soon</parameter></function>",
                   "Parameter 'timeout' is expected to be an integer.");
}

static void a_word_is_no_list(void **state)
{
    (void)state;
    assert_refused("<function=terminal><parameter=command>ls</parameter>"
                   "<parameter=list>x</parameter></function>",
                   "Parameter 'list' is expected to be an array.");
}

static void a_choice_has_its_values(void **state)
{
    (void)state;
    assert_refused("<function=terminal><parameter=command>ls</parameter>"
                   "<parameter=mode>c</parameter></function>",
                   "Parameter 'mode' is expected to be one of ['a', 'b'].");
}

static void a_required_parameter_must_be_there(void **state)
{
    (void)state;
    assert_refused("<function=terminal></function>",
                   "Missing required parameters for function 'terminal': {'command'}");
}

int main(void)
{
    const struct CMUnitTest tests_of_reading[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
        TEST(text_without_a_call_stays_text),
        TEST(a_call_is_taken_out_of_the_text),
        TEST(lines_of_a_value_are_kept),
        TEST(a_closing_tag_that_a_stop_word_cut_is_supplied),
        TEST(a_closing_tag_that_is_missing_is_supplied),
        TEST(a_cut_value_is_taken_as_it_is),
        TEST(wrappers_around_the_call_are_dropped),
        TEST(an_equals_sign_may_stand_for_the_bracket),
        TEST(names_from_elsewhere_are_understood),
        TEST(the_risk_may_be_given_for_any_tool),
        TEST(a_tool_without_a_schema_takes_everything),
        TEST(only_the_first_call_counts),
        TEST(an_unknown_function_is_refused),
        TEST(an_unknown_parameter_is_refused),
        TEST(a_word_is_no_number),
        TEST(a_word_is_no_list),
        TEST(a_choice_has_its_values),
        TEST(a_required_parameter_must_be_there),
    };
    return cmocka_run_group_tests(tests_of_reading, NULL, NULL);
}
