#include "pty/session_watch.h"

#include "tests/support/terminal.h"

static int open_bash(void **state)
{
    terminal_open_loop(state);
    terminal_open(.shell = SESSION_BASH, .restarts = true);
    return 0;
}

static void keys_that_swallow_the_run_key_do_not_swallow_the_text(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "\x1b",       /* an escape that is not complete */
        "\x16",       /* C-v */
        "\x18",       /* C-x */
        "\x1b[200~x", /* a paste that is open */
        "\x12\x12se", /* a search */
        "\x1b\x33",   /* a count */
    };
    run("set search");
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        type(keys[i]);
        expect_run("echo works", "works\r\n", 0);
    }
}

static void vi_command_mode_takes_texts(void **state)
{
    (void)state;
    run("set -o vi");
    type("abc\x1b");
    expect_run("echo works", "works\r\n", 0);
}

static void an_open_quote_of_a_person_does_not_become_part_of_a_text(void **state)
{
    (void)state;
    type("echo 'open\r");
    wait_for_text("> ");
    expect_run("echo works", "works\r\n", 0);
}

static void removed_hooks_end_their_command_all_the_same(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "echo a; unset PROMPT_COMMAND; (exit 3)",
        "echo a; PROMPT_COMMAND=(); (exit 3)",
        "echo a; unset -f __ad_p __ad_b; (exit 3)",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        expect_run(texts[i], "a\r\n", 3);
        expect_run("echo b", "b\r\n", 0);
    }
}

static void overwritten_prompts_are_healed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "PS1='> '",
        "PS1='(x) '$PS1",
        "PS0=; PS2=",
        "PROMPT_COMMAND='true'",
        "PROMPT_COMMAND=\"true; $PROMPT_COMMAND\"",
        "unset PS1 PS0 PS2",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        expect_run(texts[i], "", 0);
        expect_run("echo works; false", "works\r\n", 1);
    }
}

static void read_with_an_editor_is_no_prompt(void **state)
{
    (void)state;
    start("read -e -p 'name? ' x; echo \"<$x>\"");
    wait_for_text("name? ");
    type("someone\r");
    wait_for_end();
    assert_true(str_contains(str_from(output()), STR("<someone>")));
    assert_int_equal(fixture.ended.exit_code, 0);
}

static void a_stopped_shell_is_continued(void **state)
{
    (void)state;
    expect_run("suspend -f; echo on", "on\r\n", 0);
    expect_run("sleep 0.5; kill -STOP $$; echo on", "on\r\n", 0);
}

static void a_shell_without_an_editor_takes_texts(void **state)
{
    (void)state;
    run("set +o emacs +o vi");
    expect_run("echo works", "works\r\n", 0);
    expect_run("cd /usr; (exit 3)", "", 3);
    run("set -o emacs");
    expect_run("echo works", "works\r\n", 0);
}

static void a_raw_mode_that_was_left_is_repaired(void **state)
{
    (void)state;
    run("stty raw -echo");
    expect_run("echo a; echo b", "a\r\nb\r\n", 0);
}

static void redirections_of_the_shell_do_not_hide_the_end(void **state)
{
    (void)state;
    expect_run("exec 2>/dev/null; echo a", "a\r\n", 0);
    expect_run("echo b; nonsense", "b\r\n", 127);
    expect_run("exec >~/file 2>&1; echo c; echo d", "", 0);
    expect_run("echo e; (exit 3)", "", 3);
    expect_run("exec >/dev/tty 2>&1; grep -cx '[cd]' ~/file", "2\r\n", 0);
}

static void a_slow_prompt_delays_nobody_for_ever(void **state)
{
    (void)state;
    expect_run("mkfifo ~/file; PS1='$(cat ~/file)> '; echo a", "a\r\n", 0);
    terminal_write_home("file", "slow");
    expect_run("PS1='> '", "", 0);
}

static void another_shell_in_its_place_is_noticed(void **state)
{
    (void)state;
    struct error error;
    run("exec dash -i -c 'exec python3 -ic 0' || true");
    assert_int_equal(fixture.ended.outcome, SESSION_SHELL_REPLACED);
    assert_int_equal(fixture.ended.exit_code, -1);
    assert_int_equal(session_state(fixture.session), SESSION_FOREIGN);
    assert_false(try_start(STR("true"), &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    type("exit()\r");
    wait_for_state(SESSION_STARTING);
    expect_run("echo works", "works\r\n", 0);
}

static void a_bash_in_its_place_takes_texts_again(void **state)
{
    (void)state;
    run("X=1 exec bash");
    assert_int_equal(fixture.ended.outcome, SESSION_SHELL_REPLACED);
    expect_run("echo \"<$X>\"", "<1>\r\n", 0);
}

static void a_nested_shell_is_a_running_program(void **state)
{
    (void)state;
    start("bash --norc");
    wait_for_text("bash-5");
    type("echo $((20 + 3)); exit 5\r");
    wait_for_end();
    assert_true(str_contains(str_from(output()), STR("\r23\r\n")));
    assert_int_equal(fixture.ended.exit_code, 5);
}

static void forged_marks_are_text(void **state)
{
    (void)state;
    expect_run("printf '\\e]7077;00000000000000000000000000000000;D;1;9;;u;h;/;\\a'",
               "\x1b]7077;00000000000000000000000000000000;D;1;9;;u;h;/;\a", 0);
    run("printf '\\e]7077;;A\\a\\e]0;unfinished'; (exit 4)");
    assert_int_equal(fixture.ended.exit_code, 4);
}

static void a_person_runs_commands_beside_the_agent(void **state)
{
    (void)state;
    struct error error;
    expect_run("true", "", 0);
    type("read x; cd /usr\r");
    wait_for_state(SESSION_RUNNING);
    assert_false(try_start(STR("true"), &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    type("line\r");
    wait_for_state(SESSION_AT_PROMPT);
    expect_run("echo $x $PWD", "line /usr\r\n", 0);
}

static void the_unfinished_line_of_a_person_comes_back(void **state)
{
    (void)state;
    type("echo per'so'n");
    wait_for_text("echo per'so'n");
    expect_run("echo agent", "agent\r\n", 0);
    type(" line\r");
    wait_for_text("\rperson line\r\n");
    wait_for_state(SESSION_AT_PROMPT);
    expect_run("true", "", 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bash, terminal_close_loop)
    const struct CMUnitTest tests[] = {
        TEST(keys_that_swallow_the_run_key_do_not_swallow_the_text),
        TEST(vi_command_mode_takes_texts),
        TEST(an_open_quote_of_a_person_does_not_become_part_of_a_text),
        TEST(removed_hooks_end_their_command_all_the_same),
        TEST(overwritten_prompts_are_healed),
        TEST(read_with_an_editor_is_no_prompt),
        TEST(a_stopped_shell_is_continued),
        TEST(a_shell_without_an_editor_takes_texts),
        TEST(a_raw_mode_that_was_left_is_repaired),
        TEST(redirections_of_the_shell_do_not_hide_the_end),
        TEST(a_slow_prompt_delays_nobody_for_ever),
        TEST(another_shell_in_its_place_is_noticed),
        TEST(a_bash_in_its_place_takes_texts_again),
        TEST(a_nested_shell_is_a_running_program),
        TEST(forged_marks_are_text),
        TEST(a_person_runs_commands_beside_the_agent),
        TEST(the_unfinished_line_of_a_person_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
