#include "pty/session_end.h"

#include "tests/support/terminal.h"

static int open_bash(void **state)
{
    terminal_open_loop(state);
    terminal_open(.shell = SESSION_BASH, .restarts = true);
    return 0;
}

static pid_t number_of(const char *name)
{
    char path[256], text[32];
    terminal_home_path(name, path);
    scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t count = fd < 0 ? 0 : read(fd, text, sizeof(text));
    uint64_t number;
    assert_true(count > 1);
    assert_true(str_to_u64(str_span(text, (size_t)count - 1), 2, INT32_MAX, &number));
    return (pid_t)number;
}

static void a_running_command_is_told_of_the_close(void **state)
{
    (void)state;
    start("echo begun; sleep 1000");
    wait_for_text("begun\r\n");
    bool is_closed = false;
    session_close(fixture.session, note_true, &is_closed);
    assert_int_equal(fixture.ended.calls, 0);
    wait_for_end();
    assert_int_equal(fixture.ended.outcome, SESSION_CLOSED);
    assert_int_equal(fixture.ended.exit_code, -1);
    while (!is_closed)
        step();
    fixture.session = NULL;
}

static void what_does_not_hear_is_killed(void **state)
{
    (void)state;
    start("sh -c 'trap \"\" HUP TERM INT; echo $$ > file; echo deaf; while :; do sleep 1; done'");
    wait_for_text("deaf\r\n");
    const pid_t pid = number_of("file");
    terminal_close();
    assert_false(process_group_is_alive(pid));
}

static void jobs_in_the_background_end_with_their_terminal(void **state)
{
    (void)state;
    run("(trap \"\" HUP; exec sleep 1000) & echo $! > file");
    const pid_t pid = number_of("file");
    assert_true(process_group_is_alive(pid));
    terminal_close();
    assert_false(process_group_is_alive(pid));
}

static void a_stopped_job_ends_with_its_terminal(void **state)
{
    (void)state;
    run("sh -c 'echo $$ > file; kill -STOP $$'");
    assert_int_equal(fixture.ended.exit_code, 147);
    const pid_t pid = number_of("file");
    terminal_close();
    assert_false(process_group_is_alive(pid));
}

static void a_daemon_of_its_own_session_goes_on(void **state)
{
    (void)state;
    run("setsid sh -c 'echo $$ > file; exec sleep 1000' & while [ ! -s file ]; do :; done");
    const pid_t pid = number_of("file");
    terminal_close();
    assert_true(process_group_is_alive(pid));
}

static void a_text_that_waits_is_told_of_the_close(void **state)
{
    (void)state;
    start("echo never");
    terminal_close();
    assert_int_equal(fixture.ended.calls, 1);
    assert_int_equal(fixture.ended.outcome, SESSION_CLOSED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bash, terminal_close_loop)
    const struct CMUnitTest tests[] = {
        TEST(a_running_command_is_told_of_the_close),
        TEST(what_does_not_hear_is_killed),
        TEST(jobs_in_the_background_end_with_their_terminal),
        TEST(a_stopped_job_ends_with_its_terminal),
        TEST(a_daemon_of_its_own_session_goes_on),
        TEST(a_text_that_waits_is_told_of_the_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
