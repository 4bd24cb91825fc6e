#include "agent/tools/terminal_tool.h"

#include "agent/message_parts.h"
#include "agent/observation.h"
#include "tests/support/tool_calls.h"

static int set_up(void **state)
{
    (void)tools_open_loop(state);
    tools_open("[{\"name\":\"terminal\",\"params\":{\"env\":{\"GIVEN\":\"yes\"}}}]");
    return 0;
}

static const struct doc_value *metadata(const char *name)
{
    return doc_find(tools_member("metadata"), str_from(name));
}

static void expect_text(const char *text)
{
    assert_text(tools_text(), text);
}

static void expect_exit(int64_t code)
{
    assert_non_null(tools_member("exit_code"));
    assert_int_equal(doc_int(tools_member("exit_code")), code);
    assert_int_equal(doc_int(metadata("exit_code")), code);
}

static void expect_suffix(const char *start)
{
    const struct str suffix = doc_string(metadata("suffix"));
    if (!str_starts_with(suffix, str_from(start)))
        fail_msg("the suffix is: %.*s", STR_ARG(suffix));
}

/* Nothing was asked of a shell. */
static void expect_refusal(const char *start)
{
    if (!str_starts_with(tools_text(), str_from(start)))
        fail_msg("the text is: %.*s", STR_ARG(tools_text()));
    assert_true(tools_is_error());
    assert_null(tools_member("exit_code"));
    assert_text(doc_string(metadata("suffix")), "");
    assert_int_equal(doc_int(metadata("exit_code")), -1);
}

/* Runs a shell command given as it is. */
static void run_with(const char *command, const char *more)
{
    scoped_buf struct buf arguments = {0};
    buf_append(&arguments, STR("{\"command\":"));
    jsonw_quote(&arguments, str_from(command));
    buf_printf(&arguments, "%s}", more);
    tools_call("terminal", arguments.data);
}

static void run(const char *command)
{
    run_with(command, "");
}

/* Calls until the command has shown the text; it goes on then. What is to be interrupted shows it
 * from the process that C-c reaches: a shell about to start one keeps C-c for itself. */
static void run_until_shown(const char *command, const char *text)
{
    run_with(command, ",\"timeout\":0.01");
    while (!str_contains(tools_text(), str_from(text)))
        run_with("", ",\"timeout\":0.01");
}

static void a_command_completes(void **state)
{
    (void)state;
    run("  echo hello; (exit 3)\n");
    expect_text("hello");
    expect_exit(3);
    expect_suffix("\n[The command completed with exit code 3.]");
    assert_text(tools_string("command"), "echo hello; (exit 3)");
    assert_false(tools_is_error());
    assert_false(doc_bool(tools_member("timeout")));
    assert_text(doc_string(metadata("prefix")), "");
    assert_text(doc_string(metadata("working_dir")), folder.directory);
    assert_int_equal(doc_int(metadata("pid")), -1);
    assert_text(tools_string("full_output_save_dir"), folder_path(".kept/observations"));
    assert_text(tools_string("kind"), "TerminalObservation");
}

static void without_output_there_is_nothing_to_save(void **state)
{
    (void)state;
    run("true");
    expect_text("");
    assert_null(tools_member("full_output_save_dir"));
}

static void the_shell_keeps_its_state(void **state)
{
    (void)state;
    run("cd /usr && x=5");
    run("pwd; echo $x $GIVEN $PAGER");
    expect_text("/usr\n5 yes cat");
}

static void the_shell_gives_way_to_the_server(void **state)
{
    (void)state;
    run("nice");
    expect_text("10");
}

static void a_job_in_the_background_is_told(void **state)
{
    (void)state;
    run("sleep 1000 & echo bg");
    assert_true(str_starts_with(tools_text(), STR("[1] ")));
    assert_true(str_ends_with(tools_text(), STR("\nbg")));
    assert_true(doc_int(metadata("pid")) > 0);
}

static void nothing_runs_that_could_be_asked_for(void **state)
{
    (void)state;
    run(" ");
    expect_refusal("No previous running command to retrieve logs from.");
    run_with("y", ",\"is_input\":true");
    expect_refusal("No previous running command to interact with.");
    assert_text(tools_string("command"), "y");
}

static void a_literal_is_no_command(void **state)
{
    static const struct {
        const char *command;
        const char *kind;
    } cases[] = {
        {"[{'a': 1}]", "list literal"},
        {"[\"a\"]", "list literal"},
        {"[[1, 2]]", "nested list literal"},
        {"{\"a\": 1}", "dict literal"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf expected = {0};
        buf_printf(&expected,
                   "[Tool-argument error] The `command` argument looks like a Python/JSON %s, not "
                   "a shell command. It starts with: '%s",
                   cases[i].kind, i == 0 ? "" : cases[i].command);
        run(cases[i].command);
        expect_refusal(i == 0 ? "[Tool-argument error]" : expected.data);
    }
    run("[ \"a\" = a ] && [[ -n b ]] && echo yes");
    expect_text("yes");
}

static void several_commands_are_refused(void **state)
{
    (void)state;
    run("ls\npwd");
    expect_refusal("Cannot execute multiple commands at once.\nPlease run each command separately "
                   "OR chain them into a single command via && or ;\nProvided commands:\n(1) ls\n"
                   "(2) pwd");
}

static void what_follows_a_here_document_belongs_to_it(void **state)
{
    (void)state;
    run("cat <<EOF\nx\n\ty\nEOF\necho after");
    expect_text("x\n        y\nafter");
    expect_exit(0);
}

static void input_and_reset_exclude_each_other(void **state)
{
    (void)state;
    tools_call("terminal", "{\"command\":\"\",\"is_input\":true,\"reset\":true}");
    assert_int_equal(tools.result.outcome, TOOL_REFUSED);
    assert_text(buf_str(&tools.result.text), "Error executing tool 'terminal': Cannot use "
                                             "reset=True with is_input=True");
}

static void a_command_may_outlive_its_call(void **state)
{
    (void)state;
    run_until_shown("echo one; read x; echo got $x; (exit 4)", "one");
    expect_suffix("\n[The command timed out after 0.01 seconds. You may wait longer to see "
                  "additional output by sending empty command '', send other commands to interact "
                  "with the current process, send keys (\"C-c\", \"C-z\", \"C-d\") to "
                  "interrupt/kill the previous command before sending your new command, or use "
                  "the timeout parameter in terminal for future commands.]");
    expect_exit(-1);
    assert_false(tools_is_error());
    assert_null(metadata("working_dir"));
    run_with("", ",\"timeout\":0.01");
    assert_text(doc_string(metadata("prefix")), "[Below is the output of the previous command.]\n");
    run_with("two words", ",\"is_input\":true");
    expect_text("got two words");
    expect_exit(4);
    assert_text(doc_string(metadata("prefix")), "");
}

static void silence_is_reported(void **state)
{
    (void)state;
    tools_close_set();
    tools_open("[{\"name\":\"terminal\",\"params\":{\"no_change_timeout_seconds\":1}}]");
    run("echo one; read x");
    expect_text("one");
    expect_exit(-1);
    expect_suffix("\n[The command has no new output after 1 seconds. You may wait longer");
}

static void a_new_command_waits_for_the_old_one(void **state)
{
    (void)state;
    run_until_shown("echo one; read x; echo two", "one");
    run("ls");
    assert_true(tools_is_error());
    expect_exit(-1);
    expect_suffix("\n[Your command \"ls\" is NOT executed. The previous command is still running - "
                  "You CANNOT send new commands until the previous command is completed. By "
                  "setting `is_input` to `true`, you can interact with the current process: You "
                  "may wait longer");
    assert_text(doc_string(metadata("prefix")), "[Below is the output of the previous command.]\n");
    run_with("ENTER", ",\"is_input\":true");
    expect_text("two");
    run("echo three");
    expect_text("three");
}

static void a_key_ends_a_command(void **state)
{
    (void)state;
    run_until_shown("sh -c 'echo one; exec sleep 1000'", "one");
    run_with("C-c", ",\"is_input\":true");
    expect_exit(130);
    expect_suffix("\n[The command completed with exit code 130. CTRL+C was sent.]");
    run_until_shown("sh -c 'echo two; exec sleep 1000'", "two");
    run_with("ctrl+c", ",\"is_input\":true");
    expect_exit(130);
}

static void a_command_that_has_ended_gets_no_input(void **state)
{
    (void)state;
    folder_write("go", "");
    run_until_shown("echo one; until [ ! -e go ]; do sleep 0.01; done; touch done", "one");
    assert_int_equal(unlink(folder_path("go")), 0);
    while (!folder_has("done"))
        tools_step();
    run_with("echo never", ",\"is_input\":true");
    expect_exit(0);
    assert_false(str_contains(tools_text(), STR("never")));
}

static void a_reset_gives_a_new_shell(void **state)
{
    (void)state;
    run("cd /; x=1");
    tools_call("terminal", "{\"command\":\"\",\"reset\":true}");
    expect_text("Terminal session has been reset. All previous environment variables and session "
                "state have been cleared.");
    assert_text(tools_string("command"), "[RESET]");
    assert_int_equal(doc_int(tools_member("exit_code")), 0);
    run_with("pwd; echo x$x", ",\"reset\":true");
    assert_text(tools_string("command"), "[RESET] pwd; echo x$x");
    assert_true(str_starts_with(tools_text(), STR("Terminal session has been reset.")));
    assert_true(str_ends_with(tools_text(), STR("\nx")));
    assert_true(str_contains(tools_text(), str_from(folder.directory)));
    expect_exit(0);
}

static void a_reset_ends_what_hangs(void **state)
{
    (void)state;
    run_until_shown("trap '' INT; echo one; while :; do sleep 1000; done", "one");
    run_with("echo new", ",\"reset\":true");
    assert_true(str_ends_with(tools_text(), STR("\n\nnew")));
}

static void the_end_of_the_shell_is_told_at_once(void **state)
{
    (void)state;
    run("echo bye; exit 3");
    expect_text("bye\nexit\n\nTerminal session has been reset. All previous environment variables "
                "and session state have been cleared.");
    expect_exit(3);
    run("echo again");
    expect_text("again");
}

static void a_cancelled_command_is_interrupted(void **state)
{
    (void)state;
    struct tool_run *started = tools_start("terminal", "{\"command\":\"sleep 1000\"}");
    tool_run_cancel(started);
    tools_wait();
    expect_exit(130);
    run("echo fine");
    expect_text("fine");
}

static void an_interrupt_ends_what_was_left_running(void **state)
{
    (void)state;
    run_until_shown("sh -c 'echo one; exec sleep 1000'", "one");
    tool_set_interrupt(tools.set);
    run("");
    expect_exit(130);
}

static void a_secret_is_exported_and_never_shown(void **state)
{
    static const struct tool_secret secrets[] = {{STR_INIT("KEY"), STR_INIT("top'\n\\se")},
                                                 {STR_INIT("no-name"), STR_INIT("abc")}};
    (void)state;
    tools.secrets = secrets;
    tools.secret_count = 2;
    secret_mask_add(tools.mask, STR("top'"));
    run("printf '%s' \"$KEY\" | od -c | head -1; echo \"$KEY\"; echo \"top'\"");
    assert_true(str_starts_with(tools_text(), STR("0000000   t   o   p   '  \\n")));
    assert_true(str_ends_with(tools_text(), STR("<secret-hidden>\n\\se\n<secret-hidden>")));
    assert_true(str_contains(tools_string("command"), STR("echo \"<secret-hidden>\"")));
}

static void calls_at_the_same_time_have_a_shell_each(void **state)
{
    static struct tools_result results[TERMINAL_MAX_SHELLS + 1];
    (void)state;
    memset(results, 0, sizeof(results));
    assert_int_equal(mkdir(folder_path("told"), 0700), 0);
    tools_read("terminal", "{\"command\":\"echo $$; : >told/$$; echo; read x\"}");
    for (size_t i = 0; i < TERMINAL_MAX_SHELLS; i++)
        (void)tools_start_into(&results[i]);
    tool_run_cancel(tools_start_into(&results[TERMINAL_MAX_SHELLS]));
    while (results[TERMINAL_MAX_SHELLS].calls == 0)
        tools_step();
    assert_int_equal(results[TERMINAL_MAX_SHELLS].outcome, TOOL_REFUSED);
    while (folder_count("told") < TERMINAL_MAX_SHELLS)
        tools_step();
    tool_set_interrupt(tools.set);
    for (size_t i = 0; i < TERMINAL_MAX_SHELLS; i++) {
        while (results[i].calls == 0)
            tools_step();
        assert_int_equal(results[i].outcome, TOOL_OBSERVED);
    }
    for (size_t i = 1; i < TERMINAL_MAX_SHELLS; i++)
        assert_string_not_equal(results[i].text.data, results[i - 1].text.data);
    for (size_t i = 0; i <= TERMINAL_MAX_SHELLS; i++) {
        doc_free(results[i].doc);
        buf_fini(&results[i].text);
    }
}

static void a_long_foreground_timeout_is_refused_where_the_sandbox_may_be_cleaned_up(void **state)
{
    (void)state;
    tools_close_set();
    tools.env[3] = "OH_RUNTIME_IDLE_TIMEOUT_SECONDS=100";
    tools_open("[{\"name\":\"terminal\"}]");
    run_with("sleep 1", ",\"timeout\":95.5");
    expect_refusal("Refusing to run foreground terminal command with timeout=95.5s.\n\nThis "
                   "runtime is subject to idle cleanup after 100s. Foreground terminal commands "
                   "are capped at 90% of that threshold, currently 90s, so commands can return "
                   "control before the runtime is considered idle.");
    run_with("echo fine", ",\"timeout\":90");
    expect_text("fine");
}

static void long_output_is_cut_and_told_to_the_model(void **state)
{
    struct message_parts parts = {0};
    (void)state;
    run("seq 20000");
    assert_int_equal(tools_text().len, 30000);
    assert_true(str_contains(tools_text(), STR("<response clipped>")));
    observation_parts(doc_root(tools.result.doc), str_from(folder_path(".kept/observations")),
                      &parts);
    assert_int_equal(parts.count, 1);
    assert_int_equal(parts.items[0].text.len, 30000);
    assert_true(str_contains(parts.items[0].text, str_from(folder_path(".kept/observations/"))));
    assert_int_equal(folder_count(".kept/observations"), 1);
    message_parts_fini(&parts);
}

static void the_model_is_told_where_it_is(void **state)
{
    struct message_parts parts = {0};
    scoped_buf struct buf expected = {0};
    (void)state;
    run("echo hi; (exit 2)");
    buf_printf(&expected,
               "hi\n[The command completed with exit code 2.]\n[Current working "
               "directory: %s]",
               folder.directory);
    observation_parts(doc_root(tools.result.doc), STR_NULL, &parts);
    assert_int_equal(parts.count, 1);
    assert_true(str_starts_with(parts.items[0].text, buf_str(&expected)));
    assert_true(str_ends_with(parts.items[0].text, STR("\n[Command finished with exit code 2]")));
    message_parts_fini(&parts);
    run("");
    observation_parts(doc_root(tools.result.doc), STR_NULL, &parts);
    assert_int_equal(parts.count, 2);
    assert_text(parts.items[0].text, "[An error occurred during execution.]\n");
    message_parts_fini(&parts);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tools_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_command_completes),
        TEST(without_output_there_is_nothing_to_save),
        TEST(the_shell_keeps_its_state),
        TEST(the_shell_gives_way_to_the_server),
        TEST(a_job_in_the_background_is_told),
        TEST(nothing_runs_that_could_be_asked_for),
        TEST(a_literal_is_no_command),
        TEST(several_commands_are_refused),
        TEST(what_follows_a_here_document_belongs_to_it),
        TEST(input_and_reset_exclude_each_other),
        TEST(a_command_may_outlive_its_call),
        TEST(silence_is_reported),
        TEST(a_new_command_waits_for_the_old_one),
        TEST(a_key_ends_a_command),
        TEST(a_command_that_has_ended_gets_no_input),
        TEST(a_reset_gives_a_new_shell),
        TEST(a_reset_ends_what_hangs),
        TEST(the_end_of_the_shell_is_told_at_once),
        TEST(a_cancelled_command_is_interrupted),
        TEST(an_interrupt_ends_what_was_left_running),
        TEST(a_secret_is_exported_and_never_shown),
        TEST(calls_at_the_same_time_have_a_shell_each),
        TEST(a_long_foreground_timeout_is_refused_where_the_sandbox_may_be_cleaned_up),
        TEST(long_output_is_cut_and_told_to_the_model),
        TEST(the_model_is_told_where_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
