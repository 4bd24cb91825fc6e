#include "pty/session.h"

#include "tests/support/terminal.h"

static void output_is_neither_echo_nor_prompt(void **state)
{
    (void)state;
    terminal_open(.shell = SESSION_BASH);
    expect_run("echo hi", "hi\r\n", 0);
    expect_run("printf x", "x", 0);
    expect_run("true", "", 0);
}

static void an_exit_code_is_the_status_of_the_text(void **state)
{
    (void)state;
    terminal_open(.shell = SESSION_BASH);
    expect_run("false", "", 1);
    expect_run("(exit 42)", "", 42);
    expect_run("echo $?", "42\r\n", 0);
}

static void what_a_text_changes_is_there_for_the_next(void **state)
{
    (void)state;
    terminal_open(.shell = SESSION_BASH);
    expect_run("cd /usr/bin; export A=1; B=2; alias hi='echo hello'; f() { echo f \"$1\"; }", "",
               0);
    expect_run("echo $PWD $A $B; hi; f 3", "/usr/bin 1 2\r\nhello\r\nf 3\r\n", 0);
    assert_true(str_equal(session_metadata(fixture.session)->working_dir, STR("/usr/bin")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, terminal_open_loop, terminal_close_loop)
    const struct CMUnitTest tests[] = {
        TEST(output_is_neither_echo_nor_prompt),
        TEST(an_exit_code_is_the_status_of_the_text),
        TEST(what_a_text_changes_is_there_for_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
