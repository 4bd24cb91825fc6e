#include "pty/session_start.h"

#include "tests/support/terminal.h"

static void open_bash(void)
{
    terminal_open(.shell = SESSION_BASH, .restarts = true);
}

static void expect_shell_ended(int exit_code, const char *part)
{
    assert_int_equal(fixture.ended.outcome, SESSION_SHELL_ENDED);
    assert_int_equal(fixture.ended.exit_code, exit_code);
    assert_true(str_contains(str_from(fixture.ended.message), str_from(part)));
}

static void the_end_of_a_shell_is_the_end_of_its_command(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *printed;
        int exit_code;
        const char *part;
    } cases[] = {
        {"exit 3", "exit\r\n", 3, "ended with exit code 3"},
        {"trap 'echo bye' EXIT; echo a; exit 5", "a\r\nexit\r\nbye\r\n", 5, "exit code 5"},
        {"kill -9 $$", "", 137, "signal 9 (Killed)"},
        {"set -e; false", "", 1, "exit code 1"},
        {"exec sh -c 'echo last; exit 6'", "last\r\n", 6, "exit code 6"},
        {"exec true", "", 0, "exit code 0"},
        {"kill -HUP $$", "", 129, "signal 1 (Hangup)"},
    };
    open_bash();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        run("cd /usr/lib");
        run(cases[i].text);
        expect_shell_ended(cases[i].exit_code, cases[i].part);
        if (cases[i].printed[0] != '\0')
            assert_string_equal(output(), cases[i].printed);
        assert_true(str_contains(str_from(fixture.ended.message), STR("'/usr/lib'")));
        expect_run("pwd; cd /", "/usr/lib\r\n", 0);
        assert_int_equal(session_restarts(fixture.session), i + 1);
    }
}

static void without_restarts_an_ended_shell_stays_ended(void **state)
{
    (void)state;
    struct error error;
    terminal_open(.shell = SESSION_BASH);
    run("exit 4");
    expect_shell_ended(4, "exit code 4");
    assert_int_equal(session_state(fixture.session), SESSION_DEAD);
    assert_int_equal(session_pid(fixture.session), 0);
    assert_true(byte_log_has_ended(session_log(fixture.session)));
    assert_false(try_start(STR("true"), &error));
    assert_int_equal(error.code, ERROR_GONE);
}

static void a_directory_that_is_gone_is_replaced_by_the_first(void **state)
{
    (void)state;
    open_bash();
    run("mkdir gone; cd gone; rmdir ../gone; exit");
    expect_run("[ $PWD = $HOME ] && echo home", "home\r\n", 0);
}

static void keys_end_a_shell_as_well(void **state)
{
    (void)state;
    open_bash();
    run("cd /usr");
    type("\x04");
    wait_for_state(SESSION_STARTING);
    expect_run("pwd", "/usr\r\n", 0);
}

static void a_shell_that_dies_in_its_rc_starts_again_without_it(void **state)
{
    (void)state;
    static const char *const rcs[] = {"exit 3\n", "set -e\nfalse\n", "kill -9 $$\n"};
    for (size_t i = 0; i < ARRAY_SIZE(rcs); i++) {
        terminal_write_home(".bashrc", rcs[i]);
        open_bash();
        expect_run("echo works", "works\r\n", 0);
        terminal_close();
    }
}

static void lines_run_before_the_first_prompt(void **state)
{
    (void)state;
    terminal_write_home(".bashrc", "A=1\n");
    terminal_open(.shell = SESSION_BASH, .rc_lines = "B=$A$A; alias x='echo alias'\nreturn\nB=2");
    expect_run("echo $B; x", "11\r\nalias\r\n", 0);
}

static void lines_that_end_the_shell_are_left_out_at_last(void **state)
{
    (void)state;
    terminal_write_home(".bashrc", "A=1\n");
    terminal_open(.shell = SESSION_BASH, .rc_lines = "exit 1", .restarts = true);
    expect_run("echo works", "works\r\n", 0);
}

static void odd_rc_files_do_no_harm(void **state)
{
    (void)state;
    static const char *const rcs[] = {
        "return\n",
        "echo printed; printf '\\033[31m'\n",
        "set -u\n",
        "set -o vi\n",
        "PROMPT_COMMAND='false; x=1'\n",
        "PROMPT_COMMAND=(true true)\n",
        "PS1='> '\nPS2=\n",
        "if [ x\n", /* a syntax error */
        "readonly PS1\n",
        "unset PS1\n",
        "readonly PROMPT_COMMAND\n",
        "trap 'x=$?' DEBUG\n",
        "PS1='$(true)\\n> '\n",
        "bind 'set enable-bracketed-paste off'\n",
        "builtin() { false; }; eval() { false; }; printf() { false; }\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(rcs); i++) {
        terminal_write_home(".bashrc", rcs[i]);
        open_bash();
        expect_run("echo works", "works\r\n", 0);
        expect_run("(exit 3)", "", 3);
        terminal_close();
    }
}

static void a_shell_that_another_replaces_at_once_is_started_without_rc(void **state)
{
    (void)state;
    terminal_write_home(".bashrc", "exec cat\n");
    open_bash();
    type("\x04");
    expect_run("echo works", "works\r\n", 0);
}

static void a_text_waits_for_the_next_shell_when_the_first_dies_before_it(void **state)
{
    (void)state;
    open_bash();
    start("echo waited");
    assert_int_equal(kill(session_pid(fixture.session), SIGKILL), 0);
    wait_for_end();
    expect("waited\r\n", 0);
    assert_int_equal(session_restarts(fixture.session), 1);
}

static void files_that_were_removed_are_written_again(void **state)
{
    (void)state;
    open_bash();
    run("rm -rf $__ad_d");
    expect_run("echo works", "works\r\n", 0);
    run("rm -f $__ad_d/k");
    expect_run("echo again", "again\r\n", 0);
}

static void a_program_has_no_commands(void **state)
{
    (void)state;
    struct error error;
    static const char *const argv[] = {"sh", "-c", "read x; echo got $x; exit 3", NULL};
    terminal_open(.shell = SESSION_PROGRAM, .argv = argv);
    assert_int_equal(session_state(fixture.session), SESSION_RUNNING);
    assert_false(try_start(STR("true"), &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    type("line\r");
    wait_for_text("got line\r\n");
    wait_for_state(SESSION_DEAD);
}

static void what_cannot_start_is_an_error(void **state)
{
    (void)state;
    static const char *const missing[] = {"/no/such/program", NULL};
    const struct session_options cases[] = {
        {.shell = SESSION_BASH, .shell_path = "/no/such/bash"},
        {.shell = SESSION_BASH, .cwd = "/no/such/directory"},
        {.shell = SESSION_BASH, .user = "no-such-user"},
        {.shell = SESSION_PROGRAM, .argv = missing},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error error;
        assert_false(terminal_try_open(cases[i], &error));
        assert_int_equal(error.code, ERROR_NOT_FOUND);
    }
}

static void a_size_out_of_range_is_refused(void **state)
{
    (void)state;
    struct error error;
    assert_false(
        terminal_try_open((struct session_options){.shell = SESSION_BASH, .cols = -1}, &error));
    assert_int_equal(error.code, ERROR_INVALID);
}

static void a_shell_runs_as_another_user(void **state)
{
    (void)state;
    if (geteuid() != 0 || access("/usr/bin/su", X_OK) != 0)
        skip();
    terminal_open(.shell = SESSION_BASH, .user = "nobody", .cwd = "/", .restarts = true);
    expect_run("whoami; pwd; echo $-", "nobody\r\n/\r\nhimBHs\r\n", 0);
    assert_true(str_equal(session_metadata(fixture.session)->username, STR("nobody")));
    run("exit 3");
    expect_shell_ended(3, "exit code 3");
    run("kill -9 $$");
    assert_int_equal(fixture.ended.exit_code, 137);
    expect_run("cat $__ad_d/k >/dev/null && echo read; ls $__ad_d 2>/dev/null", "read\r\n", 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, terminal_open_loop, terminal_close_loop)
    const struct CMUnitTest tests[] = {
        TEST(the_end_of_a_shell_is_the_end_of_its_command),
        TEST(without_restarts_an_ended_shell_stays_ended),
        TEST(a_directory_that_is_gone_is_replaced_by_the_first),
        TEST(keys_end_a_shell_as_well),
        TEST(a_shell_that_dies_in_its_rc_starts_again_without_it),
        TEST(lines_run_before_the_first_prompt),
        TEST(lines_that_end_the_shell_are_left_out_at_last),
        TEST(odd_rc_files_do_no_harm),
        TEST(a_shell_that_another_replaces_at_once_is_started_without_rc),
        TEST(a_text_waits_for_the_next_shell_when_the_first_dies_before_it),
        TEST(files_that_were_removed_are_written_again),
        TEST(a_program_has_no_commands),
        TEST(what_cannot_start_is_an_error),
        TEST(a_size_out_of_range_is_refused),
        TEST(a_shell_runs_as_another_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
