#include "agent/tools/client_tool.h"

#include "agent/llm/request.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "tests/support/tool_calls.h"

#define SCHEMA                                                                                     \
    "{\"type\":\"object\",\"properties\":{\"tab\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}},"  \
    "\"required\":[\"tab\"]}"
#define TOOL                                                                                       \
    "[{\"name\":\"open_tab\",\"params\":{\"spec\":{\"name\":\"open_tab\",\"description\":"         \
    "\"Opens it.\",\"parameters\":" SCHEMA ",\"annotations\":null}}}]"

static void a_call_is_left_to_the_client(void **state)
{
    (void)state;
    tools_open(TOOL);
    tools_call("open_tab", "{\"tab\":\"b\"}");
    assert_text(tools_text(), "Tool call dispatched to client.");
    assert_false(tools_is_error());
    assert_text(tools_string("kind"), "ClientToolObservation");
}

static void the_action_carries_the_arguments(void **state)
{
    (void)state;
    tools_open(TOOL);
    tools_read("open_tab", "{\"tab\":\"b\",\"security_risk\":\"LOW\"}");
    assert_text(buf_str(&tools.proposal.action),
                "{\"tab\":\"b\",\"kind\":\"ClientAction_open_tab\"}");
}

static void a_call_that_does_not_fit_the_schema_is_refused(void **state)
{
    (void)state;
    tools_open(TOOL);
    tools_read("open_tab", "{}");
    assert_null(tools.proposal.tool);
    assert_true(
        str_starts_with(buf_str(&tools.proposal.error), STR("Error validating tool 'open_tab': ")));
}

static void clients_see_the_schema_as_it_was_given(void **state)
{
    scoped_buf struct buf dumps = {0};
    (void)state;
    tools_open(TOOL);
    tool_set_write_dumps(tools.set, &dumps);
    assert_true(str_starts_with(
        buf_str(&dumps),
        STR("[{\"description\":\"Opens it.\",\"action_type\":\"ClientAction_open_tab\","
            "\"observation_type\":\"ClientToolObservation\",\"client_tool_name\":\"open_tab\","
            "\"input_schema\":" SCHEMA ",\"kind\":\"ClientTool\",\"title\":\"open_tab\"},")));
}

static void the_model_is_asked_for_a_risk_unless_the_tool_only_reads(void **state)
{
    struct arena arena = {0};
    const struct llm_tool *told;
    (void)state;
    tools_open("[{\"name\":\"a\",\"params\":{\"spec\":{\"name\":\"a\",\"description\":\"\"}}},"
               "{\"name\":\"b\",\"params\":{\"spec\":{\"name\":\"b\",\"description\":\"\","
               "\"annotations\":{\"title\":\"B\",\"readOnlyHint\":true}}}}]");
    assert_true(tool_set_for_model(tools.set, false, &arena, &told) > 2);
    assert_true(str_contains(told[0].parameters, STR("security_risk")));
    assert_false(str_contains(told[1].parameters, STR("security_risk")));
    assert_text(tool_set_find(tools.set, STR("b"))->title, "B");
    arena_fini(&arena);
}

static void params_of_another_name_make_no_tool(void **state)
{
    struct error error;
    (void)state;
    assert_false(
        tools_try_open("[{\"name\":\"a\",\"params\":{\"spec\":{\"name\":\"b\"}}}]", "[]", &error));
    assert_string_equal(error.text, "ToolDefinition 'a' is not registered");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tools_open_loop, tools_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_is_left_to_the_client),
        TEST(the_action_carries_the_arguments),
        TEST(a_call_that_does_not_fit_the_schema_is_refused),
        TEST(clients_see_the_schema_as_it_was_given),
        TEST(the_model_is_asked_for_a_risk_unless_the_tool_only_reads),
        TEST(params_of_another_name_make_no_tool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
