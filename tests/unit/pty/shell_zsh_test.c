#include "pty/shell_zsh.h"

#include "tests/support/terminal.h"

static int open_zsh(void **state)
{
    terminal_open_loop(state);
    if (access("/usr/bin/zsh", X_OK) == 0)
        terminal_open(.shell = SESSION_ZSH, .restarts = true);
    return 0;
}

static void need_zsh(void)
{
    if (fixture.session == NULL)
        skip();
}

static void texts_run_and_end(void **state)
{
    (void)state;
    need_zsh();
    expect_run("echo hi", "hi\r\n", 0);
    expect_run("(exit 3)", "", 3);
    expect_run("echo $?", "3\r\n", 0);
    expect_run("cat << EOF\n\ttab 'quote'\nEOF\necho \"ä € 漢\"", "\ttab 'quote'\r\nä € 漢\r\n", 0);
    expect_run("return 4", "", 4);
}

static void what_a_text_changes_is_there_for_the_next(void **state)
{
    (void)state;
    need_zsh();
    expect_run("cd /usr/bin; export A=1; B=2; alias hi='echo hello'", "", 0);
    expect_run("echo $PWD $A $B; hi", "/usr/bin 1 2\r\nhello\r\n", 0);
    assert_true(str_equal(session_metadata(fixture.session)->working_dir, STR("/usr/bin")));
}

static void what_is_not_complete_is_an_error(void **state)
{
    (void)state;
    need_zsh();
    run("echo 'open");
    assert_int_equal(fixture.ended.exit_code, 1);
    expect_run("echo fine", "fine\r\n", 0);
}

static void options_of_the_shell_do_no_harm(void **state)
{
    (void)state;
    static const char *const options[] = {"setopt ksh_arrays sh_word_split no_unset",
                                          "setopt no_clobber noglob",
                                          "bindkey -v",
                                          "setopt prompt_subst transient_rprompt; RPROMPT=right",
                                          "PS1='> '; PS2=",
                                          "precmd() { false }; preexec() { false }"};
    need_zsh();
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        expect_run(options[i], "", 0);
        expect_run("echo works; (exit 5)", "works\r\n", 5);
    }
}

static void a_trace_shows_the_text_alone(void **state)
{
    (void)state;
    need_zsh();
    run("set -x");
    run("echo traced");
    assert_true(str_contains(str_from(output()), STR("echo traced\r\ntraced\r\n")));
    assert_false(str_contains(str_from(output()), STR("printf")));
}

static void removed_hooks_end_their_command_all_the_same(void **state)
{
    (void)state;
    need_zsh();
    run("echo a; precmd_functions=(); (exit 3)");
    assert_true(str_starts_with(str_from(output()), STR("a\r\n")));
    assert_int_equal(fixture.ended.exit_code, 3);
    expect_run("echo b", "b\r\n", 0);
}

static void job_notices_are_output(void **state)
{
    (void)state;
    need_zsh();
    run("sleep 1000 & echo $! > file");
    assert_true(str_contains(str_from(output()), STR("] ")));
    assert_true(session_metadata(fixture.session)->pid > 0);
    run("kill $(cat file); wait");
    assert_true(str_contains(str_from(output()), STR("terminated")));
}

static void the_end_of_a_shell_is_the_end_of_its_command(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int exit_code;
    } cases[] = {{"exit 3", 3}, {"kill -9 $$", 137}, {"set -e; false", 1}, {"exec true", 0}};
    need_zsh();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        run("cd /usr/lib");
        run(cases[i].text);
        assert_int_equal(fixture.ended.outcome, SESSION_SHELL_ENDED);
        assert_int_equal(fixture.ended.exit_code, cases[i].exit_code);
        expect_run("pwd", "/usr/lib\r\n", 0);
    }
}

static void an_interrupt_ends_the_text(void **state)
{
    (void)state;
    need_zsh();
    start("sh -c 'echo begun; exec sleep 1000'");
    wait_for_text("begun\r\n");
    type("\x03");
    wait_for_end();
    assert_int_equal(fixture.ended.exit_code, 130);
}

static void the_unfinished_line_of_a_person_comes_back(void **state)
{
    (void)state;
    need_zsh();
    run("true");
    type("echo per'so'n");
    wait_for_text("per'so'n");
    expect_run("echo agent", "agent\r\n", 0);
    type(" line\r");
    wait_for_text("\nperson line\r\n");
}

static void a_person_runs_commands_beside_the_agent(void **state)
{
    (void)state;
    struct error error;
    need_zsh();
    run("true");
    type("read x; cd /usr\r");
    wait_for_state(SESSION_RUNNING);
    assert_false(try_start(STR("true"), &error));
    type("line\r");
    wait_for_state(SESSION_AT_PROMPT);
    expect_run("echo $x $PWD", "line /usr\r\n", 0);
}

static void files_of_the_user_are_read(void **state)
{
    (void)state;
    need_zsh();
    terminal_close();
    terminal_write_home(".zshenv", "A=env\n");
    terminal_write_home(".zshrc", "B=rc\nreturn\n");
    terminal_open(.shell = SESSION_ZSH, .rc_lines = "C=line");
    expect_run("echo $A $B $C ${ZDOTDIR-none}", "env rc line none\r\n", 0);
}

static void a_folder_of_the_user_s_files_is_found_and_kept(void **state)
{
    char folder[80];
    const char *const env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/", folder, "TERM=dumb",
                               NULL};
    (void)state;
    need_zsh();
    terminal_close();
    terminal_write_home(".zshrc", "B=rc\n");
    (void)snprintf(folder, sizeof(folder), "ZDOTDIR=%s", fixture.home);
    terminal_open(.shell = SESSION_ZSH, .env = env);
    run("echo $B $ZDOTDIR; env | grep -c ^TERM=");
    scoped_buf struct buf expected = {0};
    buf_printf(&expected, "rc %s\r\n1\r\n", fixture.home);
    expect(expected.data, 0);
}

static void nothing_of_ours_is_exported_or_remembered(void **state)
{
    (void)state;
    need_zsh();
    run("env; fc -l 2>/dev/null; set -a; true");
    assert_false(str_contains(str_from(output()), STR("__ad")));
    run("env");
    assert_false(str_contains(str_from(output()), STR("__ad_t")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_zsh, terminal_close_loop)
    const struct CMUnitTest tests[] = {
        TEST(texts_run_and_end),
        TEST(what_a_text_changes_is_there_for_the_next),
        TEST(what_is_not_complete_is_an_error),
        TEST(options_of_the_shell_do_no_harm),
        TEST(a_trace_shows_the_text_alone),
        TEST(removed_hooks_end_their_command_all_the_same),
        TEST(job_notices_are_output),
        TEST(the_end_of_a_shell_is_the_end_of_its_command),
        TEST(an_interrupt_ends_the_text),
        TEST(the_unfinished_line_of_a_person_comes_back),
        TEST(a_person_runs_commands_beside_the_agent),
        TEST(files_of_the_user_are_read),
        TEST(a_folder_of_the_user_s_files_is_found_and_kept),
        TEST(nothing_of_ours_is_exported_or_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
