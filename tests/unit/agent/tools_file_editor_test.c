#include "agent/tools/file_editor.h"

#include "tests/support/tool_calls.h"

static int set_up(void **state)
{
    (void)tools_open_loop(state);
    tools_open("[{\"name\":\"file_editor\"},{\"name\":\"planning_file_editor\"}]");
    return 0;
}

static void edit(const char *tool, const char *command, const char *file, const char *more)
{
    scoped_buf struct buf arguments = {0};
    buf_printf(&arguments, "{\"command\":\"%s\",\"path\":\"%s\"%s}", command, folder_path(file),
               more);
    tools_call(tool, arguments.data);
}

static void a_file_is_created_and_changed(void **state)
{
    (void)state;
    edit("file_editor", "create", "f", ",\"file_text\":\"one\\ntwo\\n\"");
    assert_text(tools_string("kind"), "FileEditorObservation");
    assert_true(str_starts_with(tools_text(), STR("File created successfully at: ")));
    assert_text(tools_string("path"), folder_path("f"));
    assert_false(doc_bool(tools_member("prev_exist")));
    assert_text(tools_string("new_content"), "one\ntwo\n");
    edit("file_editor", "str_replace", "f", ",\"old_str\":\"two\",\"new_str\":\"2\"");
    assert_file("f", "one\n2\n");
    assert_text(tools_string("old_content"), "one\ntwo\n");
    assert_true(doc_bool(tools_member("prev_exist")));
    edit("file_editor", "insert", "f", ",\"insert_line\":\"1\",\"new_str\":\"x\"");
    assert_file("f", "one\nx\n2\n");
    edit("file_editor", "undo_edit", "f", "");
    assert_file("f", "one\n2\n");
}

static void some_lines_are_shown(void **state)
{
    scoped_buf struct buf expected = {0};
    (void)state;
    folder_write("f", "a\nb\nc\n");
    edit("file_editor", "view", "f", ",\"view_range\":\"[2, -1]\"");
    buf_printf(&expected, "Here's the result of running `cat -n` on %s:\n     2\tb\n     3\tc\n",
               folder_path("f"));
    assert_text(tools_text(), expected.data);
    assert_text(tools_string("command"), "view");
}

static void an_error_names_the_command_only(void **state)
{
    (void)state;
    edit("file_editor", "view", "none", "");
    assert_true(tools_is_error());
    assert_null(tools_member("path"));
    assert_true(doc_bool(tools_member("prev_exist")));
    assert_true(str_contains(tools_text(), STR("does not exist. Please provide a valid path.")));
}

static void files_can_be_edited_at_once(void **state)
{
    static struct tools_result results[2];
    (void)state;
    memset(results, 0, sizeof(results));
    for (size_t i = 0; i < 2; i++) {
        scoped_buf struct buf arguments = {0};
        buf_printf(&arguments, "{\"path\":\"%s/f%zu\",\"file_text\":\"x\"}", folder.directory, i);
        tools_read("file_editor", arguments.data);
        (void)tools_start_into(&results[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        while (results[i].calls == 0)
            tools_step();
        doc_free(results[i].doc);
        buf_fini(&results[i].text);
    }
    assert_file("f0", "x");
    assert_file("f1", "x");
}

static void a_planner_edits_the_plan_alone(void **state)
{
    scoped_buf struct buf expected = {0};
    (void)state;
    folder_write("f", "a\n");
    edit("planning_file_editor", "view", "f", "");
    assert_false(tools_is_error());
    assert_text(tools_string("kind"), "PlanningFileEditorObservation");
    edit("planning_file_editor", "str_replace", ".agents_tmp/PLAN.md",
         ",\"old_str\":\"# 1. OBJECTIVE\\n\",\"new_str\":\"# 1. OBJECTIVE\\nWin.\\n\"");
    assert_false(tools_is_error());
    edit("planning_file_editor", "create", "g", ",\"file_text\":\"x\"");
    buf_printf(&expected,
               "Operation 'create' is not allowed on file '%s'. Only the following files can be "
               "edited: ['%s']",
               folder_path("g"), folder_path(".agents_tmp/PLAN.md"));
    assert_text(tools_text(), expected.data);
    assert_true(tools_is_error());
    assert_false(folder_has("g"));
    assert_file(".agents_tmp/PLAN.md",
                "# 1. OBJECTIVE\nWin.\n\n# 2. CONTEXT SUMMARY\n\n# 3. APPROACH OVERVIEW\n\n"
                "# 4. IMPLEMENTATION STEPS\n\n# 5. TESTING AND VALIDATION\n");
}

static void a_place_of_the_plan_is_relative_to_the_working_directory(void **state)
{
    (void)state;
    tools_open("[{\"name\":\"planning_file_editor\","
               "\"params\":{\"plan_path\":\"./own/PLAN.md\"}}]");
    edit("planning_file_editor", "str_replace", "own/PLAN.md",
         ",\"old_str\":\"# 1. OBJECTIVE\",\"new_str\":\"# Win.\"");
    assert_false(tools_is_error());
    assert_true(folder_has("own/PLAN.md"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tools_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_created_and_changed),
        TEST(some_lines_are_shown),
        TEST(an_error_names_the_command_only),
        TEST(files_can_be_edited_at_once),
        TEST(a_planner_edits_the_plan_alone),
        cmocka_unit_test_setup_teardown(a_place_of_the_plan_is_relative_to_the_working_directory,
                                        tools_open_loop, tools_close_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
