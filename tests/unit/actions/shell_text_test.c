#include "actions/shell_text.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "tests/support/test.h"
#include "tests/support/text.h"

static void a_key_has_three_characters(void **state)
{
    (void)state;
    assert_true(shell_text_is_key(STR("C-c")));
    assert_true(shell_text_is_key(STR("C-\\")));
    assert_false(shell_text_is_key(STR("C-")));
    assert_false(shell_text_is_key(STR("C-cc")));
    assert_false(shell_text_is_key(STR("c-c")));
}

static void the_echo_of_what_was_sent_is_dropped(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *sent;
        const char *rest;
    } cases[] = {
        {" John\nHello John", "John", "\nHello John"},
        {"\nJohn", "John", ""},
        {"a\nb\na\nb", "a\nb", "\na\nb"},
        {"a       b\nx", "a\tb", "\nx"},
        {"a^Ab\nx",
         "a\x01"
         "b",
         "\nx"},
        {"Hello", "John", "Hello"},
        {"Joh", "John", "Joh"},
        {" Jo hn", "John", " Jo hn"},
        {"2", "12", "2"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_text(shell_text_drop_echo(str_from(cases[i].text), str_from(cases[i].sent)),
                    cases[i].rest);
}

static void expect_completed(int exit_code, const char *command, const char *suffix)
{
    scoped_buf struct buf out = {0};
    shell_text_completed(&out, exit_code, str_from(command));
    assert_string_equal(out.data, suffix);
}

static void a_completed_command_tells_its_exit_code_and_key(void **state)
{
    (void)state;
    expect_completed(0, "ls", "\n[The command completed with exit code 0.]");
    expect_completed(-1, "", "\n[The command completed with exit code -1.]");
    expect_completed(130, "C-c", "\n[The command completed with exit code 130. CTRL+C was sent.]");
}

static void expect_timed_out(double seconds, const char *start)
{
    scoped_buf struct buf out = {0};
    shell_text_timed_out(&out, seconds, "terminal");
    assert_true(str_starts_with(buf_str(&out), str_from(start)));
}

static void seconds_are_printed_as_python_prints_them(void **state)
{
    (void)state;
    expect_timed_out(1, "\n[The command timed out after 1.0 seconds. You may wait longer");
    expect_timed_out(2.5, "\n[The command timed out after 2.5 seconds. ");
    expect_timed_out(120, "\n[The command timed out after 120.0 seconds. ");
    expect_timed_out(1e-7, "\n[The command timed out after 1e-07 seconds. ");
}

static void silence_is_told_in_whole_seconds(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    shell_text_no_change(&out, 10, "execute_bash");
    assert_true(str_starts_with(buf_str(&out), STR("\n[The command has no new output after 10 "
                                                   "seconds. You may wait longer to see")));
    assert_true(str_ends_with(buf_str(&out), STR("execute_bash for future commands.]")));
}

static void a_truncated_output_tells_how_many_lines_are_left(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    shell_text_truncated(&out, STR("a\nb\n\nc"));
    assert_string_equal(out.data, "[Previous command outputs are truncated. Showing the last 4 "
                                  "lines of the output below.]\n");
}

static void several_commands_are_numbered(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    const struct str units[] = {STR("ls # x"), STR("pwd")};
    shell_text_several(&out, units, 2);
    assert_string_equal(out.data,
                        "Cannot execute multiple commands at once.\nPlease run each command "
                        "separately OR chain them into a single command via && or ;\nProvided "
                        "commands:\n(1) ls # x\n(2) pwd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_has_three_characters),
        cmocka_unit_test(the_echo_of_what_was_sent_is_dropped),
        cmocka_unit_test(a_completed_command_tells_its_exit_code_and_key),
        cmocka_unit_test(seconds_are_printed_as_python_prints_them),
        cmocka_unit_test(silence_is_told_in_whole_seconds),
        cmocka_unit_test(a_truncated_output_tells_how_many_lines_are_left),
        cmocka_unit_test(several_commands_are_numbered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
