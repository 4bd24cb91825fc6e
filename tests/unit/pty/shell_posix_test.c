#include "pty/shell_posix.h"

#include "tests/support/terminal.h"

static bool run_in(const char *shell, void (*body)(void))
{
    if (access(shell, X_OK) != 0)
        return false;
    terminal_open(.shell = SESSION_POSIX, .shell_path = shell, .restarts = true);
    body();
    terminal_close();
    return true;
}

/* Each test runs in each shell that is there. busybox is ash by its name. */
static void in_each_shell(void (*body)(void))
{
    char ash[256];
    terminal_home_path("ash", ash);
    assert_int_equal(symlink("/bin/busybox", ash), 0);
    const bool has_dash = run_in("/bin/dash", body);
    const bool has_mksh = run_in("/bin/mksh", body);
    const bool has_ash = run_in(ash, body);
    assert_int_equal(unlink(ash), 0);
    if (!has_dash && !has_mksh && !has_ash)
        skip();
}

static void run_texts(void)
{
    expect_run("echo hi", "hi\r\n", 0);
    expect_run("(exit 3)", "", 3);
    expect_run("echo $?", "3\r\n", 0);
    expect_run("cat << EOF\n\ttab 'quote'\nEOF\necho \"ä € 漢\"", "\ttab 'quote'\r\nä € 漢\r\n", 0);
    expect_run("true; true", "", 0);
}

static void texts_run_and_end(void **state)
{
    (void)state;
    in_each_shell(run_texts);
}

static void change_and_look(void)
{
    expect_run("cd /usr/bin; export A=1; B=2; f() { echo f \"$1\"; }", "", 0);
    expect_run("echo $PWD $A $B; f 3", "/usr/bin 1 2\r\nf 3\r\n", 0);
    assert_true(str_equal(session_metadata(fixture.session)->working_dir, STR("/usr/bin")));
}

static void what_a_text_changes_is_there_for_the_next(void **state)
{
    (void)state;
    in_each_shell(change_and_look);
}

static void make_errors(void)
{
    run("echo 'open");
    assert_int_not_equal(fixture.ended.exit_code, 0);
    run("if then");
    assert_int_not_equal(fixture.ended.exit_code, 0);
    expect_run("echo fine", "fine\r\n", 0);
}

static void a_syntax_error_is_the_end_of_its_text(void **state)
{
    (void)state;
    in_each_shell(make_errors);
}

static void overwrite_prompts(void)
{
    expect_run("PS1='> '; PS2=", "", 0);
    expect_run("echo works; (exit 5)", "works\r\n", 5);
    expect_run("set -u; set -f", "", 0);
    expect_run("echo works; (exit 5)", "works\r\n", 5);
}

static void prompts_and_options_do_no_harm(void **state)
{
    (void)state;
    in_each_shell(overwrite_prompts);
}

static void end_shells(void)
{
    static const struct {
        const char *text;
        int exit_code;
    } cases[] = {{"exit 3", 3}, {"kill -9 $$", 137}, {"set -e; false", 1}, {"exec true", 0}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        run("cd /usr/lib");
        run(cases[i].text);
        assert_int_equal(fixture.ended.outcome, SESSION_SHELL_ENDED);
        assert_int_equal(fixture.ended.exit_code, cases[i].exit_code);
        expect_run("pwd", "/usr/lib\r\n", 0);
    }
}

static void the_end_of_a_shell_is_the_end_of_its_command(void **state)
{
    (void)state;
    in_each_shell(end_shells);
}

static void interrupt(void)
{
    start("sh -c 'echo begun; exec sleep 1000'");
    wait_for_text("begun\r\n");
    type("\x03");
    wait_for_end();
    assert_int_equal(fixture.ended.exit_code, 130);
    expect_run("echo works", "works\r\n", 0);
}

static void an_interrupt_ends_the_text(void **state)
{
    (void)state;
    in_each_shell(interrupt);
}

static void run_beside(void)
{
    struct error error;
    run("true");
    type("sh -c 'echo be\"gun\"; exec cat'; echo do\"ne\"\r");
    wait_for_text("begun\r\n");
    assert_false(try_start(STR("true"), &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    type("\x04");
    wait_for_text("done\r\n");
    expect_run("echo works", "works\r\n", 0);
}

static void a_text_is_refused_beside_a_persons_program(void **state)
{
    (void)state;
    in_each_shell(run_beside);
}

static void leave_raw(void)
{
    run("stty raw -echo");
    expect_run("echo a; echo b", "a\r\nb\r\n", 0);
}

static void a_raw_mode_that_was_left_is_repaired(void **state)
{
    (void)state;
    in_each_shell(leave_raw);
}

static void what_a_viewer_sees_is_the_text(void **state)
{
    (void)state;
    scoped_buf struct buf all = {0};
    terminal_open(.shell = SESSION_POSIX);
    run("echo seen");
    read_all(&all);
    assert_true(str_contains(buf_str(&all), STR("echo seen\r\nseen\r\n")));
    assert_false(str_contains(buf_str(&all), STR("__ad_b")));
    assert_false(str_contains(buf_str(&all), STR("/k;")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, terminal_open_loop, terminal_close_loop)
    const struct CMUnitTest tests[] = {
        TEST(texts_run_and_end),
        TEST(what_a_text_changes_is_there_for_the_next),
        TEST(a_syntax_error_is_the_end_of_its_text),
        TEST(prompts_and_options_do_no_harm),
        TEST(the_end_of_a_shell_is_the_end_of_its_command),
        TEST(an_interrupt_ends_the_text),
        TEST(a_text_is_refused_beside_a_persons_program),
        TEST(a_raw_mode_that_was_left_is_repaired),
        TEST(what_a_viewer_sees_is_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
