#include "api/v0/shell.h"

#include "tests/support/terminal.h"
#include "tests/support/text.h"

/* The last reply, with copies of its texts. */
static struct {
    unsigned calls;
    bool is_error;
    bool is_hidden;
    int exit_code;
    int pid;
    struct arena arena;
    struct str command;
    struct str content;
    struct str working_dir;
    struct str username;
    struct str prefix;
    struct str suffix;
} replied;

#define LONG_S 600 /* of silence */

static struct v0_shell *shell;

static struct str copy(struct str text)
{
    return str_is_set(text) ? arena_copy(&replied.arena, text) : STR_NULL;
}

static void on_reply(void *owner, const struct v0_shell_reply *reply)
{
    (void)owner;
    replied.calls++;
    replied.is_error = reply->is_error;
    replied.is_hidden = reply->is_hidden;
    replied.exit_code = reply->exit_code;
    replied.pid = reply->pid;
    replied.command = copy(reply->command);
    replied.content = copy(reply->content);
    replied.working_dir = copy(reply->working_dir);
    replied.username = copy(reply->username);
    replied.prefix = copy(reply->prefix);
    replied.suffix = copy(reply->suffix);
}

static void note_ready(void *owner, const struct error *error)
{
    assert_null(error);
    *(bool *)owner = true;
}

static void open_shell_with(struct v0_shell_options options)
{
    const char *const env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", fixture.home_variable,
                               "LANG=C.UTF-8", NULL};
    struct error error;
    options.loop = fixture.loop;
    options.processes = fixture.processes;
    options.env = env;
    options.cwd = options.cwd == NULL ? fixture.home : options.cwd;
    if (!v0_shell_open(&options, &shell, &error))
        fail_msg("%s", error.text);
}

static void open_shell(void)
{
    open_shell_with((struct v0_shell_options){.no_change_timeout_s = LONG_S});
}

static void close_shell(void)
{
    bool is_closed = false;
    v0_shell_close(shell, note_true, &is_closed);
    while (!is_closed)
        step();
    shell = NULL;
}

static int tear_down(void **state)
{
    if (shell != NULL)
        close_shell();
    arena_fini(&replied.arena);
    return terminal_close_loop(state);
}

struct test_call {
    const char *text;
    bool is_input;
    bool is_blocking;
    bool is_hidden;
    double timeout_s;
};

static void begin_call(struct test_call call)
{
    replied.calls = 0;
    v0_shell_execute(shell, &(struct v0_shell_call){.command = str_from(call.text),
                                                    .is_input = call.is_input,
                                                    .is_blocking = call.is_blocking,
                                                    .is_hidden = call.is_hidden,
                                                    .timeout_s = call.timeout_s,
                                                    .on_reply = on_reply});
    assert_int_equal(replied.calls, 0);
}
#define begin(...) begin_call((struct test_call){.text = __VA_ARGS__})

static void wait_for_reply(void)
{
    while (replied.calls == 0)
        step();
    assert_int_equal(replied.calls, 1);
}

#define execute(...)                                                                               \
    do {                                                                                           \
        begin(__VA_ARGS__);                                                                        \
        wait_for_reply();                                                                          \
    } while (0)

static void expect_content(const char *content, int exit_code)
{
    assert_text(replied.content, content);
    assert_int_equal(replied.exit_code, exit_code);
    assert_false(replied.is_error);
}

static void expect_suffix(const char *start)
{
    if (!str_starts_with(replied.suffix, str_from(start)))
        fail_msg("the suffix is: %.*s", STR_ARG(replied.suffix));
}

/* A moment that is enough for nothing in particular: replies may come with or without output. */
#define MOMENT .timeout_s = 0.01

/* Starts a command and calls again until it has shown `text`; true when it was the first reply. */
static void run_until_shown(const char *command, const char *text)
{
    execute(command, MOMENT);
    while (!str_contains(replied.content, str_from(text)))
        execute("", MOMENT);
    assert_int_equal(replied.exit_code, -1);
}

static void a_command_completes(void **state)
{
    (void)state;
    open_shell();
    execute("  echo hello; (exit 3)\n");
    expect_content("hello", 3);
    assert_text(replied.command, "echo hello; (exit 3)");
    assert_text(replied.suffix, "\n[The command completed with exit code 3.]");
    assert_text(replied.prefix, "");
    assert_int_equal(replied.pid, -1);
    assert_text(replied.working_dir, fixture.home);
    assert_true(replied.username.len > 0);
    assert_false(replied.is_hidden);
}

static void the_directory_is_tracked(void **state)
{
    (void)state;
    open_shell();
    assert_text(v0_shell_cwd(shell), fixture.home);
    execute("cd /usr/bin");
    expect_content("", 0);
    assert_text(v0_shell_cwd(shell), "/usr/bin");
}

static void a_background_job_is_told_with_its_pid(void **state)
{
    (void)state;
    open_shell();
    execute("sleep 1000 &");
    assert_int_equal(replied.exit_code, 0);
    assert_true(str_starts_with(replied.content, STR("[1] ")));
    assert_true(replied.pid > 0);
    execute("kill %1; wait");
    assert_true(str_contains(replied.content, STR("Terminated")));
}

static void several_commands_are_refused(void **state)
{
    (void)state;
    open_shell();
    execute("ls\npwd", .is_hidden = true);
    assert_true(replied.is_error);
    assert_true(replied.is_hidden);
    assert_true(str_ends_with(replied.content, STR("Provided commands:\n(1) ls\n(2) pwd")));
}

static void a_text_of_several_lines_runs_as_it_is(void **state)
{
    (void)state;
    open_shell();
    execute("for i in 1 2\ndo\n\techo \"$i\tx\"\ndone; echo \\;;");
    expect_content("1       x\n2       x\n;", 0);
    execute("cat <<EOF && echo done\n  a\n\tb\nEOF");
    expect_content("a\n        b\ndone", 0);
    execute("x=(1 2)\necho ${x[1]}\nfalse");
    expect_content("2", 1);
}

static void a_comment_alone_completes(void **state)
{
    (void)state;
    open_shell();
    execute("# only");
    expect_content("", 0);
}

static void nothing_runs_that_could_be_asked_for(void **state)
{
    (void)state;
    open_shell();
    execute(" \n");
    expect_content("ERROR: No previous running command to retrieve logs from.", -1);
    assert_text(replied.command, "");
    assert_text(replied.suffix, "");
    assert_false(str_is_set(replied.username));
    execute("y", .is_input = true);
    expect_content("ERROR: No previous running command to interact with.", -1);
    assert_text(replied.command, "");
}

static void a_command_may_outlive_its_call(void **state)
{
    (void)state;
    open_shell();
    run_until_shown("echo one; read x; echo got $x; (exit 4)", "one");
    expect_suffix("\n[The command timed out after 0.01 seconds. You may wait longer");
    assert_false(str_is_set(replied.working_dir));
    execute("", MOMENT);
    expect_content("", -1);
    assert_text(replied.prefix, "[Below is the output of the previous command.]\n");
    execute("two", .is_input = true);
    expect_content("got two", 4);
    assert_text(replied.command, "two");
    assert_text(replied.prefix, "");
    assert_text(replied.suffix, "\n[The command completed with exit code 4.]");
}

static void silence_is_an_answer(void **state)
{
    (void)state;
    open_shell_with((struct v0_shell_options){.no_change_timeout_s = 1});
    execute("read x");
    expect_content("", -1);
    expect_suffix("\n[The command has no new output after 1 seconds. You may wait longer");
    assert_text(replied.prefix, "");
    execute("", .is_input = true);
    assert_text(replied.prefix, "[Below is the output of the previous command.]\n");
    execute("C-c", .is_input = true);
    expect_content("^C", 130);
}

static void a_blocking_call_bears_silence(void **state)
{
    (void)state;
    open_shell_with((struct v0_shell_options){.no_change_timeout_s = 0});
    execute("echo begin; sleep 0.05; echo end", .is_blocking = true);
    expect_content("begin\nend", 0);
}

static void another_command_has_to_wait(void **state)
{
    (void)state;
    open_shell();
    run_until_shown("echo one; read x", "one");
    execute("ls", .is_hidden = true);
    expect_content("", -1);
    expect_suffix("\n[Your command \"ls\" is NOT executed. The previous command is still running - "
                  "You CANNOT send new commands");
    assert_text(replied.prefix, "[Below is the output of the previous command.]\n");
    assert_text(replied.command, "ls");
    assert_true(replied.is_hidden);
    execute("C-c");
    expect_suffix("\n[Your command \"C-c\" is NOT executed.");
    execute("C-c", .is_input = true);
    expect_content("^C", 130);
    assert_text(replied.suffix, "\n[The command completed with exit code 130. CTRL+C was sent.]");
    execute("echo free");
    expect_content("free", 0);
}

static void several_lines_are_refused_as_input_too(void **state)
{
    (void)state;
    open_shell();
    run_until_shown("echo one; cat", "one");
    execute("a\nb", .is_input = true);
    assert_true(replied.is_error);
    execute("C-d", .is_input = true);
    expect_content("", 0);
    expect_suffix("\n[The command completed with exit code 0. CTRL+D was sent.]");
}

static void an_open_document_is_fed_by_input(void **state)
{
    (void)state;
    open_shell();
    execute("cat << EOF; (exit 3)", MOMENT);
    expect_content("", -1);
    expect_suffix("\n[The command timed out after 0.01 seconds.");
    assert_text(replied.prefix, "");
    execute("it's first", .is_input = true, MOMENT);
    expect_content("", -1);
    assert_text(replied.prefix, "[Below is the output of the previous command.]\n");
    execute("", MOMENT);
    expect_content("", -1);
    execute("echo other");
    expect_suffix("\n[Your command \"echo other\" is NOT executed.");
    execute("Up", .is_input = true, MOMENT);
    execute("second", .is_input = true, MOMENT);
    execute("EOF", .is_input = true);
    expect_content("it's first\nsecond", 3);
    assert_text(replied.command, "EOF");
    assert_text(replied.prefix, "");
    execute("echo free");
    expect_content("free", 0);
}

static void an_interrupt_drops_an_open_quote(void **state)
{
    (void)state;
    open_shell();
    execute("echo before");
    execute("echo 'abc\"", MOMENT);
    expect_content("", -1);
    execute("C-c", .is_input = true);
    expect_content("^C", 130);
    assert_text(replied.suffix, "\n[The command completed with exit code 130. CTRL+C was sent.]");
    assert_true(str_is_set(replied.working_dir));
    execute("echo fine");
    expect_content("fine", 0);
}

static void the_end_of_input_ends_an_open_text(void **state)
{
    (void)state;
    open_shell();
    execute("cat << EOF", MOMENT);
    execute("body", .is_input = true, MOMENT);
    execute("C-d", .is_input = true);
    assert_true(str_ends_with(replied.content, STR("(wanted `EOF')\nbody")));
    assert_int_equal(replied.exit_code, 0);
    execute("echo 'abc", MOMENT);
    execute("C-d", .is_input = true);
    assert_true(str_contains(replied.content, STR("unexpected EOF while looking for matching")));
    assert_int_equal(replied.exit_code, 2);
}

static void an_open_text_that_goes_on_as_a_command_outlives_its_call(void **state)
{
    (void)state;
    open_shell();
    execute("while true; do", MOMENT);
    execute("read x; echo \"got $x\"", .is_input = true, MOMENT);
    execute("done", .is_input = true, MOMENT);
    expect_content("", -1);
    assert_text(replied.prefix, "[Below is the output of the previous command.]\n");
    execute("one", .is_input = true, MOMENT);
    while (!str_contains(replied.content, STR("got one")))
        execute("", MOMENT);
    execute("C-c", .is_input = true);
    assert_int_equal(replied.exit_code, 130);
}

static void the_end_is_told_to_whom_asks_for_it(void **state)
{
    (void)state;
    open_shell();
    run_until_shown("echo one; until [ -e file ]; do sleep 0.01; done; echo two; (exit 5)", "one");
    terminal_write_home("file", "");
    while (session_state(v0_shell_session(shell)) != SESSION_AT_PROMPT)
        step();
    execute("");
    expect_content("two", 5);
    execute("");
    expect_content("ERROR: No previous running command to retrieve logs from.", -1);
}

static void the_end_of_an_old_command_stands_before_a_new_one(void **state)
{
    (void)state;
    open_shell();
    run_until_shown("echo one; until [ -e file ]; do sleep 0.01; done; echo two", "one");
    terminal_write_home("file", "");
    while (session_state(v0_shell_session(shell)) != SESSION_AT_PROMPT)
        step();
    execute("echo new");
    expect_content("two\nnew", 0);
    assert_text(replied.prefix, "");
}

static void input_to_a_command_that_has_ended_is_a_command(void **state)
{
    (void)state;
    open_shell();
    run_until_shown("echo one; until [ -e file ]; do sleep 0.01; done", "one");
    terminal_write_home("file", "");
    while (session_state(v0_shell_session(shell)) != SESSION_AT_PROMPT)
        step();
    execute("echo two", .is_input = true);
    expect_content("two", 0);
}

static void a_stopped_command_has_completed(void **state)
{
    (void)state;
    open_shell();
    run_until_shown("sh -c 'echo one; exec cat'", "one");
    execute("C-z", .is_input = true);
    assert_int_equal(replied.exit_code, 148);
    assert_true(str_starts_with(replied.content, STR("^Z\n[1]+  Stopped")));
    execute("kill -9 %1; wait");
}

static void keys_have_names(void **state)
{
    (void)state;
    open_shell();
    run_until_shown("echo one; IFS= read -rsn3 key; printf %q \"$key\"", "one");
    execute("up", .is_input = true);
    expect_content("$'\\E[A'", 0);
}

static void a_word_is_no_key(void **state)
{
    (void)state;
    open_shell();
    run_until_shown("echo one; read x; echo got $x", "one");
    execute("Delete", .is_input = true);
    expect_content("got Delete", 0);
}

static void an_interrupt_at_the_prompt_completes(void **state)
{
    (void)state;
    open_shell();
    execute("true");
    execute("C-c");
    expect_content("^C", 130);
    assert_text(replied.suffix, "\n[The command completed with exit code 130. CTRL+C was sent.]");
    execute("echo $?");
    expect_content("130", 0);
}

static void other_keys_at_the_prompt_do_nothing(void **state)
{
    (void)state;
    open_shell();
    execute("(exit 7)");
    execute("C-a");
    expect_content("", 7);
    execute("C-z");
    expect_content("", 7);
    execute("echo on");
    expect_content("on", 0);
}

static void a_shell_that_exits_is_followed_by_another(void **state)
{
    (void)state;
    open_shell_with((struct v0_shell_options){.no_change_timeout_s = LONG_S,
                                              .rc_lines = "hello() { echo hello; }\n"});
    execute("cd /usr/bin");
    execute("exit 3");
    assert_int_equal(replied.exit_code, 3);
    expect_suffix("\n[The command completed with exit code 3.]\n[");
    execute("pwd; hello");
    expect_content("/usr/bin\nhello", 0);
}

static void an_end_of_input_at_the_prompt_ends_the_shell(void **state)
{
    (void)state;
    open_shell();
    execute("(exit 4)");
    execute("C-d");
    assert_int_equal(replied.exit_code, 4);
    expect_suffix("\n[The command completed with exit code 4. CTRL+D was sent.]\n[");
    execute("echo new");
    expect_content("new", 0);
}

static void a_killed_shell_is_followed_by_another(void **state)
{
    (void)state;
    open_shell();
    execute("kill -9 $$");
    assert_int_equal(replied.exit_code, 137);
    execute("echo new");
    expect_content("new", 0);
}

static void what_takes_the_place_of_the_shell_is_a_command(void **state)
{
    (void)state;
    open_shell();
    run_until_shown("echo one; exec cat", "one");
    execute("C-d", .is_input = true);
    expect_content("", 0);
    expect_suffix("\n[The command completed with exit code 0. CTRL+D was sent.]\n[");
    execute("echo new");
    expect_content("new", 0);
}

static void a_shell_in_the_place_of_the_shell_takes_commands(void **state)
{
    (void)state;
    open_shell();
    execute("exec bash");
    assert_int_equal(replied.exit_code, -1);
    expect_suffix("\n[The shell was replaced by 'bash'");
    execute("echo new");
    assert_int_equal(replied.exit_code, 0);
    assert_true(str_ends_with(replied.content, STR("new")));
}

static void a_shell_in_the_place_of_the_shell_can_be_left(void **state)
{
    (void)state;
    open_shell();
    execute("exec bash");
    execute("C-u", .is_input = true, MOMENT);
    execute("exit 3", .is_input = true);
    assert_int_equal(replied.exit_code, -1);
    expect_suffix("\n[The command completed with exit code -1.]\n[");
    execute("echo new");
    expect_content("new", 0);
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    open_shell();
    replied.calls = 0;
    v0_shell_execute(shell,
                     &(struct v0_shell_call){.command = STR("echo \0a"), .on_reply = on_reply});
    wait_for_reply();
    assert_true(replied.is_error);
    execute("echo on");
    expect_content("on", 0);
}

static void a_long_output_loses_its_start(void **state)
{
    (void)state;
    open_shell();
    execute("seq -f 'Line %.0f' 50000");
    assert_true(str_starts_with(
        replied.prefix, STR("[Previous command outputs are truncated. Showing the last 10")));
    assert_true(str_contains(replied.content, STR("Line 40000\n")));
    assert_true(str_ends_with(replied.content, STR("\nLine 50000")));
    assert_true(str_contains(replied.content, STR("Observation truncated due to length")));
}

static void a_hidden_output_is_whole(void **state)
{
    (void)state;
    open_shell();
    execute("head -c 2000000 /dev/zero | tr '\\0' x", .is_hidden = true);
    assert_true(replied.is_hidden);
    assert_int_equal(replied.content.len, 2000000);
    execute("head -c 40000 /dev/zero | tr '\\0' x");
    assert_int_equal(replied.content.len, 30047);
}

static void nothing_of_ours_is_in_the_environment(void **state)
{
    (void)state;
    open_shell();
    execute("env");
    struct arena kept = replied.arena;
    const struct str before = replied.content;
    replied.arena = (struct arena){0};
    execute("env");
    assert_true(str_equal(replied.content, before));
    assert_false(str_contains(before, STR("PROMPT_COMMAND")));
    arena_fini(&kept);
}

static void a_call_may_be_made_before_the_first_prompt(void **state)
{
    (void)state;
    bool is_ready = false;
    terminal_write_home(".bashrc", "export FROM_RC=1\n");
    open_shell_with((struct v0_shell_options){
        .no_change_timeout_s = LONG_S, .on_ready = note_ready, .owner = &is_ready});
    execute("echo $FROM_RC");
    expect_content("1", 0);
    assert_true(is_ready);
}

static void a_call_under_way_is_answered_when_the_shell_is_closed(void **state)
{
    (void)state;
    open_shell();
    begin("sleep 1000");
    close_shell();
    assert_int_equal(replied.calls, 1);
    assert_true(replied.is_error);
}

static void a_shell_closes_those_it_is_the_parent_of(void **state)
{
    (void)state;
    open_shell();
    struct v0_shell *parent = shell;
    open_shell_with(
        (struct v0_shell_options){.no_change_timeout_s = LONG_S, .parent = parent, .cwd = "/"});
    execute("pwd");
    expect_content("/", 0);
    begin("sleep 1000");
    shell = parent;
    close_shell();
    assert_int_equal(replied.calls, 1);
}

static void a_missing_directory_fails(void **state)
{
    (void)state;
    const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
    struct error error;
    const struct v0_shell_options options = {
        .loop = fixture.loop, .processes = fixture.processes, .env = env, .cwd = "/nowhere"};
    assert_false(v0_shell_open(&options, &shell, &error));
    assert_true(str_contains(str_from(error.text), STR("/nowhere")));
    shell = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, terminal_open_loop, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_command_completes),
        TEST(the_directory_is_tracked),
        TEST(a_background_job_is_told_with_its_pid),
        TEST(several_commands_are_refused),
        TEST(a_text_of_several_lines_runs_as_it_is),
        TEST(a_comment_alone_completes),
        TEST(nothing_runs_that_could_be_asked_for),
        TEST(a_command_may_outlive_its_call),
        TEST(silence_is_an_answer),
        TEST(a_blocking_call_bears_silence),
        TEST(another_command_has_to_wait),
        TEST(several_lines_are_refused_as_input_too),
        TEST(an_open_document_is_fed_by_input),
        TEST(an_interrupt_drops_an_open_quote),
        TEST(the_end_of_input_ends_an_open_text),
        TEST(an_open_text_that_goes_on_as_a_command_outlives_its_call),
        TEST(the_end_is_told_to_whom_asks_for_it),
        TEST(the_end_of_an_old_command_stands_before_a_new_one),
        TEST(input_to_a_command_that_has_ended_is_a_command),
        TEST(a_stopped_command_has_completed),
        TEST(keys_have_names),
        TEST(a_word_is_no_key),
        TEST(an_interrupt_at_the_prompt_completes),
        TEST(other_keys_at_the_prompt_do_nothing),
        TEST(a_shell_that_exits_is_followed_by_another),
        TEST(an_end_of_input_at_the_prompt_ends_the_shell),
        TEST(a_killed_shell_is_followed_by_another),
        TEST(what_takes_the_place_of_the_shell_is_a_command),
        TEST(a_shell_in_the_place_of_the_shell_takes_commands),
        TEST(a_shell_in_the_place_of_the_shell_can_be_left),
        TEST(a_nul_byte_is_refused),
        TEST(a_long_output_loses_its_start),
        TEST(a_hidden_output_is_whole),
        TEST(nothing_of_ours_is_in_the_environment),
        TEST(a_call_may_be_made_before_the_first_prompt),
        TEST(a_call_under_way_is_answered_when_the_shell_is_closed),
        TEST(a_shell_closes_those_it_is_the_parent_of),
        TEST(a_missing_directory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
