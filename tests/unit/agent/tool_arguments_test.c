#include "agent/tool_arguments.h"

#include "tests/support/tool_calls.h"

#define ALL                                                                                        \
    "[{\"name\":\"terminal\",\"params\":{}},{\"name\":\"file_editor\"},{\"name\":\"task_"          \
    "tracker\"}]"

static int set_up(void **state)
{
    (void)tools_open_loop(state);
    tools_open(ALL);
    return 0;
}

static void expect_action(const char *json)
{
    if (tools.proposal.tool == NULL)
        fail_msg("%s", tools.proposal.error.data);
    assert_text(buf_str(&tools.proposal.action), json);
}

static void expect_error(const char *text)
{
    assert_null(tools.proposal.tool);
    assert_text(buf_str(&tools.proposal.error), text);
    assert_int_equal(tools.proposal.action.len, 0);
}

static void a_plain_call_becomes_an_action(void **state)
{
    (void)state;
    tools_read("terminal", "{\"command\":\"echo ä\"}");
    expect_action("{\"command\":\"echo ä\",\"is_input\":false,\"reset\":false,"
                  "\"kind\":\"TerminalAction\"}");
    assert_text(buf_str(&tools.proposal.arguments), "{\"command\": \"echo \\u00e4\"}");
    assert_text(buf_str(&tools.proposal.summary), "terminal: {\"command\": \"echo \\u00e4\"}");
    assert_text(buf_str(&tools.proposal.name), "terminal");
    assert_int_equal(tools.proposal.risk, TOOL_RISK_UNKNOWN);
}

static void risk_and_summary_are_no_arguments_of_the_tool(void **state)
{
    (void)state;
    tools_read("terminal", "{\"security_riks\":\"HIGH\",\"summary\":\"Lists\",\"command\":\"ls\"}");
    expect_action("{\"command\":\"ls\",\"is_input\":false,\"reset\":false,"
                  "\"kind\":\"TerminalAction\"}");
    assert_text(buf_str(&tools.proposal.summary), "Lists");
    assert_int_equal(tools.proposal.risk, TOOL_RISK_HIGH);
    assert_text(buf_str(&tools.proposal.arguments),
                "{\"summary\": \"Lists\", \"command\": \"ls\", \"security_risk\": \"HIGH\"}");
}

static void a_tool_that_only_reads_has_no_risk(void **state)
{
    (void)state;
    tools_read("think", "{\"thought\":\"hm\",\"security_risk\":\"HIGH\"}");
    expect_action("{\"thought\":\"hm\",\"kind\":\"ThinkAction\"}");
    assert_int_equal(tools.proposal.risk, TOOL_RISK_UNKNOWN);
}

static void members_that_are_null_are_not_there(void **state)
{
    (void)state;
    tools_read("terminal", "{\"command\":\"ls\",\"timeout\":null}");
    expect_action("{\"command\":\"ls\",\"is_input\":false,\"reset\":false,"
                  "\"kind\":\"TerminalAction\"}");
}

static void raw_control_characters_are_understood(void **state)
{
    (void)state;
    tools_read("terminal", "{\n\"command\":\"a\nb\"\n}");
    expect_action("{\"command\":\"a\\nb\",\"is_input\":false,\"reset\":false,"
                  "\"kind\":\"TerminalAction\"}");
    assert_text(buf_str(&tools.proposal.arguments), "{\"command\": \"a\\nb\"}");
}

static void what_is_no_json_is_stored_as_malformed(void **state)
{
    (void)state;
    tools_read("terminal", "{\"command\": \"ls");
    expect_error("Error validating tool 'terminal': Unterminated string starting at: "
                 "line 1 column 13 (char 12). Arguments: unparseable JSON");
    assert_text(buf_str(&tools.proposal.arguments),
                "{\"_openhands_malformed_tool_call\": true, \"error\": \"Error validating tool "
                "'terminal': Unterminated string starting at: line 1 column 13 (char 12). "
                "Arguments: unparseable JSON\"}");
    assert_text(buf_str(&tools.proposal.call_name), "terminal");
}

static void an_unknown_tool_is_answered_with_the_known_ones(void **state)
{
    (void)state;
    tools_read("frobnicate", "{\"a\":1}");
    expect_error("Tool 'frobnicate' not found. Available: ['terminal', 'file_editor', "
                 "'task_tracker', 'finish', 'think']");
    assert_text(buf_str(&tools.proposal.arguments), "{\"a\":1}");
}

static void what_does_not_fit_is_named(void **state)
{
    (void)state;
    tools_read("terminal", "{\"cmd\":\"x\"}");
    expect_error("Error validating tool 'terminal': 2 validation errors for TerminalAction\n"
                 "command\n  Field required\ncmd\n  Extra inputs are not permitted "
                 "[input_value=\"x\"]. Parameters provided: ['cmd']");
    tools_read("terminal", "{\"command\":\"x\",\"timeout\":-1}");
    assert_true(str_contains(buf_str(&tools.proposal.error),
                             STR("timeout\n  Input should be at least 0 [input_value=-1]")));
    tools_read("file_editor", "{\"command\":\"move\",\"path\":\"/a\"}");
    assert_true(str_contains(buf_str(&tools.proposal.error),
                             STR("command\n  Input should be one of: \"view\" \"create\"")));
    tools_read("task_tracker", "{\"command\":\"plan\",\"task_list\":[{\"notes\":\"n\"}]}");
    assert_true(
        str_contains(buf_str(&tools.proposal.error), STR("task_list.0.title\n  Field required")));
}

static void values_are_read_as_what_they_mean(void **state)
{
    (void)state;
    tools_read("terminal", "{\"command\":\"x\",\"timeout\":\"2\",\"is_input\":\"yes\"}");
    expect_action("{\"command\":\"x\",\"is_input\":true,\"timeout\":2.0,\"reset\":false,"
                  "\"kind\":\"TerminalAction\"}");
    tools_read("file_editor",
               "{\"command\":\"view\",\"path\":\"/a\",\"view_range\":\"[1, 5]</x>\"}");
    expect_action("{\"command\":\"view\",\"path\":\"/a\",\"view_range\":[1,5],"
                  "\"kind\":\"FileEditorAction\"}");
    tools_read("file_editor", "{\"command\":\"create\",\"path\":\"/a\",\"file_text\":[\"a\","
                              "\"b\"]}");
    expect_action("{\"command\":\"create\",\"path\":\"/a\",\"file_text\":\"ab\","
                  "\"kind\":\"FileEditorAction\"}");
    assert_text(buf_str(&tools.proposal.arguments),
                "{\"command\": \"create\", \"path\": \"/a\", \"file_text\": \"ab\"}");
}

static void a_tool_is_known_by_its_other_names(void **state)
{
    static const struct {
        const char *name;
        const char *arguments;
        const char *tool;
        const char *stored;
    } cases[] = {
        {"bash", "{\"command\":\"ls\"}", "terminal", "{\"command\": \"ls\"}"},
        {"execute_bash", "{\"command\":\"ls\"}", "terminal", "{\"command\": \"ls\"}"},
        {"git", "{\"command\":\"status\",\"x\":1}", "terminal", "{\"command\": \"git status\"}"},
        {"git", "{\"command\":\"git log\"}", "terminal", "{\"command\": \"git log\"}"},
        {"reset", "", "terminal", "{\"command\": \"reset\"}"},
        {"pwd", "{}", "terminal", "{\"command\": \"pwd\"}"},
        {"str_replace</function>", "{\"path\":\"/a\",\"old_str\":\"x\",\"new_str\":\"y\"}",
         "file_editor",
         "{\"command\": \"str_replace\", \"path\": \"/a\", \"old_str\": \"x\", "
         "\"new_str\": \"y\"}"},
        {"str_replace_editor", "{\"path\":\"/a\"}", "file_editor",
         "{\"command\": \"view\", \"path\": \"/a\"}"},
        {"terminal </parameter", "{\"command\":\"ls\"}", "terminal", "{\"command\": \"ls\"}"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tools_read(cases[i].name, cases[i].arguments);
        if (tools.proposal.tool == NULL)
            fail_msg("%s: %s", cases[i].name, tools.proposal.error.data);
        assert_text(buf_str(&tools.proposal.name), cases[i].tool);
        assert_text(buf_str(&tools.proposal.call_name), cases[i].tool);
        assert_text(buf_str(&tools.proposal.arguments), cases[i].stored);
    }
}

static void a_search_becomes_a_command(void **state)
{
    (void)state;
    tools.env[0] = "PATH=/nonexistent";
    tools_read("grep", "{\"pattern\":\"a b\",\"include\":\"*.c\",\"summary\":\"s\"}");
    assert_text(buf_str(&tools.proposal.arguments),
                "{\"command\": \"grep -R -I -n -i 'a b' . '--include=*.c'\", \"summary\": "
                "\"s\"}");
}

static void an_editor_call_that_says_nothing_is_refused(void **state)
{
    (void)state;
    tools_read("str_replace", "{}");
    expect_error("Error validating tool 'file_editor': Cannot infer 'command' for tool "
                 "'file_editor' from empty arguments {}. Expected one of: str_replace, insert, "
                 "create, view with appropriate arguments (e.g., old_str for str_replace, path "
                 "for view).. Parameters provided: []");
    assert_text(buf_str(&tools.proposal.call_name), "str_replace");
}

static void the_status_of_a_task_has_many_names(void **state)
{
    (void)state;
    tools_read("task_tracker", "{\"command\":\"plan\",\"task_list\":[{\"title\":\"a\","
                               "\"status\":\"In-Progress\"},{\"title\":\"b\",\"status\":"
                               "\"completed\"},{\"title\":\"c\"}]}");
    expect_action("{\"command\":\"plan\",\"task_list\":["
                  "{\"title\":\"a\",\"notes\":\"\",\"status\":\"in_progress\"},"
                  "{\"title\":\"b\",\"notes\":\"\",\"status\":\"done\"},"
                  "{\"title\":\"c\",\"notes\":\"\",\"status\":\"todo\"}],"
                  "\"kind\":\"TaskTrackerAction\"}");
    assert_true(str_contains(buf_str(&tools.proposal.arguments), STR("\"In-Progress\"")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tools_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_plain_call_becomes_an_action),
        TEST(risk_and_summary_are_no_arguments_of_the_tool),
        TEST(a_tool_that_only_reads_has_no_risk),
        TEST(members_that_are_null_are_not_there),
        TEST(raw_control_characters_are_understood),
        TEST(what_is_no_json_is_stored_as_malformed),
        TEST(an_unknown_tool_is_answered_with_the_known_ones),
        TEST(what_does_not_fit_is_named),
        TEST(values_are_read_as_what_they_mean),
        TEST(a_tool_is_known_by_its_other_names),
        TEST(a_search_becomes_a_command),
        TEST(an_editor_call_that_says_nothing_is_refused),
        TEST(the_status_of_a_task_has_many_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
