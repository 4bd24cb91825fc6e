#include "pty/session_input.h"

#include "tests/support/terminal.h"

static int open_bash(void **state)
{
    terminal_open_loop(state);
    terminal_open(.shell = SESSION_BASH, .restarts = true);
    return 0;
}

static void keys_reach_the_program(void **state)
{
    (void)state;
    start("read x; echo \"<$x>\"");
    wait_for_start();
    type("typed\r");
    wait_for_end();
    expect("typed\r\n<typed>\r\n", 0);
}

static void lines_that_a_program_has_not_read_are_not_run(void **state)
{
    (void)state;
    scoped_buf struct buf all = {0};
    for (int i = 0; i < 20; i++) {
        start("read x");
        wait_for_start();
        type("one\rtwo\rthree\r");
        wait_for_end();
        expect_run("echo \"<$x>\"", "<one>\r\n", 0);
    }
    read_all(&all);
    assert_false(str_contains(buf_str(&all), STR("not found")));
}

static void an_unread_end_of_input_does_not_end_the_shell(void **state)
{
    (void)state;
    start("read x");
    wait_for_start();
    type("one\r\x04\x04");
    wait_for_end();
    expect_run("echo \"<$x>\"", "<one>\r\n", 0);
    assert_int_equal(session_restarts(fixture.session), 0);
}

static void keys_wait_until_a_text_has_begun(void **state)
{
    (void)state;
    start("read x; echo \"<$x>\"");
    type("early\r");
    wait_for_end();
    assert_true(str_contains(str_from(output()), STR("<early>\r\n")));
}

static void keys_wait_through_the_end_of_a_shell_that_has_not_begun(void **state)
{
    (void)state;
    start("read x; echo \"<$x>\"");
    type("early\r");
    assert_int_equal(kill(session_pid(fixture.session), SIGKILL), 0);
    wait_for_end();
    assert_int_equal(session_restarts(fixture.session), 1);
    assert_true(str_contains(str_from(output()), STR("<early>\r\n")));
}

static void keys_for_a_text_that_never_runs_are_dropped(void **state)
{
    (void)state;
    scoped_buf struct buf all = {0};
    run("for k in 7075 7076 7077 7078; do bind -r '\\e['$k'~'; done");
    start("true");
    type("\x15"
         "echo st''ale\r");
    wait_for_end();
    assert_int_equal(fixture.ended.outcome, SESSION_NOT_STARTED);
    type("\x15"
         "echo mar''ker\r");
    wait_for_text("marker");
    read_all(&all);
    assert_false(str_contains(buf_str(&all), STR("stale")));
}

static void a_signal_waits_until_a_text_has_begun(void **state)
{
    (void)state;
    struct error error;
    expect_run("true", "", 0);
    start("sleep 1000");
    assert_true(session_signal(fixture.session, SIGINT, &error));
    wait_for_end();
    assert_int_equal(fixture.ended.exit_code, 130);
}

static void input_that_nobody_reads_is_bounded(void **state)
{
    (void)state;
    char many[4096];
    memset(many, 'x', sizeof(many));
    start("stty raw -echo; echo ready; sleep 1000");
    wait_for_text("ready");
    for (int i = 0; i < 10000 && !session_write_is_full(fixture.session); i++)
        session_write(fixture.session, str_span(many, sizeof(many)));
    assert_true(session_write_is_full(fixture.session));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bash, terminal_close_loop)
    const struct CMUnitTest tests[] = {
        TEST(keys_reach_the_program),
        TEST(lines_that_a_program_has_not_read_are_not_run),
        TEST(an_unread_end_of_input_does_not_end_the_shell),
        TEST(keys_wait_until_a_text_has_begun),
        TEST(keys_wait_through_the_end_of_a_shell_that_has_not_begun),
        TEST(keys_for_a_text_that_never_runs_are_dropped),
        TEST(a_signal_waits_until_a_text_has_begun),
        TEST(input_that_nobody_reads_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
