#include "agent/tools/task_tracker.h"

#include "tests/support/tool_calls.h"

static int set_up(void **state)
{
    (void)tools_open_loop(state);
    tools_open("[{\"name\":\"task_tracker\"}]");
    return 0;
}

static void an_empty_list_says_how_to_make_one(void **state)
{
    (void)state;
    tools_call("task_tracker", "");
    assert_text(tools_text(), "No task list found. Use the \"plan\" command to create one.");
    assert_text(tools_string("command"), "view");
    assert_int_equal(doc_count(tools_member("task_list")), 0);
    assert_text(tools_string("kind"), "TaskTrackerObservation");
}

static void a_plan_is_kept_for_the_next_conversation(void **state)
{
    static const char view[] = "# Task List\n\n1. ✅ ä\n   well\n\n2. 🔄 b\n\n3. ⏳ c";
    (void)state;
    tools_call("task_tracker", "{\"command\":\"plan\",\"task_list\":[{\"title\":\"ä\",\"notes\":"
                               "\"well\",\"status\":\"done\"},{\"title\":\"b\",\"status\":"
                               "\"in progress\"},{\"title\":\"c\"}]}");
    assert_text(tools_text(), "Task list has been updated with 3 item(s).");
    assert_int_equal(doc_count(tools_member("task_list")), 3);
    tools_call("task_tracker", "{\"command\":\"view\"}");
    assert_text(tools_text(), view);
    assert_true(str_starts_with(folder_read(".kept/TASKS.json"),
                                STR("[\n  {\n    \"title\": \"\\u00e4\",\n    \"notes\": "
                                    "\"well\",\n    \"status\": \"done\"\n  },\n  {\n")));
    tools_close_set();
    tools_open("[{\"name\":\"task_tracker\"}]");
    tools_call("task_tracker", "{}");
    assert_text(tools_text(), view);
}

static void a_damaged_list_is_an_empty_one(void **state)
{
    (void)state;
    folder_write(".kept/TASKS.json", "{\"a\":");
    tools_call("task_tracker", "{}");
    assert_true(str_starts_with(tools_text(), STR("No task list found.")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tools_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_list_says_how_to_make_one),
        TEST(a_plan_is_kept_for_the_next_conversation),
        TEST(a_damaged_list_is_an_empty_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
