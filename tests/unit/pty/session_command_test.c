#include "pty/session_command.h"

#include "tests/support/terminal.h"

static int open_bash(void **state)
{
    terminal_open_loop(state);
    terminal_open(.shell = SESSION_BASH);
    return 0;
}

static void texts_arrive_byte_for_byte(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *printed;
    } cases[] = {
        {"cat <<'EOF'\na\tb\n  'q' \"d\" $x `y` \\\nEOF", "a\tb\r\n  'q' \"d\" $x `y` \\\r\n"},
        {"cat <<EOF\n\tq$((1 + 2))\nEOF\necho after", "\tq3\r\nafter\r\n"},
        {"echo 'a\tb'", "a\tb\r\n"},
        {"for i in 1 2; do\n  echo $i\ndone", "1\r\n2\r\n"},
        {"echo 'it'\\''s' \"!\" '!!' !x", "it's ! !! !x\r\n"},
        {"echo 'äöü 漢字 🎉'", "äöü 漢字 🎉\r\n"},
        {"printf '%s' '\x1b[31m\x01\x02\x7f\x9b'", "\x1b[31m\x01\x02\x7f\x9b"},
        {"# only a comment", ""},
        {"", ""},
        {"\n\n", ""},
        {"echo a; echo b &&\necho c", "a\r\nb\r\nc\r\n"},
        {"echo a \\\n  b", "a b\r\n"},
        {"alias zz='echo first'\nzz second", "first second\r\n"},
        {"f() {\n\techo \"<$1>\"\n}\nf x", "<x>\r\n"},
        {"echo \\; 'x;'", "; x;\r\n"},
        {"\r", "bash: $'\\r': command not found\r\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        run(cases[i].text);
        assert_string_equal(output(), cases[i].printed);
    }
}

/* Every byte but NUL, in quotes. */
static void all_bytes_survive(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    scoped_buf struct buf printed = {0};
    buf_append(&text, STR("stty -opost; printf %s '"));
    for (int byte = 1; byte < 256; byte++) {
        if (byte != '\'') {
            buf_append_byte(&text, (char)byte);
            buf_append_byte(&printed, (char)byte);
        }
    }
    buf_append(&text, STR("'; stty opost"));
    start_text(buf_str(&text));
    wait_for_end();
    expect(buf_str(&printed).data, 0);
}

static void a_large_script_runs_whole(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (int i = 0; i < 5000; i++)
        buf_printf(&text, "x=$((x + %d)) # filling\n", i);
    buf_append(&text, STR("echo $x"));
    assert_true(text.len > 100000);
    start_text(buf_str(&text));
    wait_for_end();
    expect("12497500\r\n", 0);
}

static void a_line_of_a_megabyte_runs(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    buf_append(&text, STR("x='"));
    while (text.len < 1 << 20)
        buf_append(&text, STR("0123456789abcdef"));
    buf_append(&text, STR("'; echo ${#x}"));
    start_text(buf_str(&text));
    wait_for_end();
    expect("1048576\r\n", 0);
}

static void a_text_with_nul_is_refused(void **state)
{
    (void)state;
    struct error error;
    assert_false(try_start(STR("echo a\0b"), &error));
    assert_int_equal(error.code, ERROR_INVALID);
    expect_run("echo fine", "fine\r\n", 0);
}

static void a_text_that_is_too_long_is_refused(void **state)
{
    (void)state;
    struct error error;
    const size_t len = SESSION_MAX_TEXT_BYTES + 1;
    scoped_free char *text = mem_alloc(len);
    memset(text, ' ', len);
    assert_false(try_start(str_span(text, len), &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
}

static void what_is_not_complete_is_an_error_and_no_question(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part;
        int exit_code;
    } cases[] = {
        {"echo 'open", "unexpected EOF while looking for matching", 2},
        {"if true; then", "syntax error: unexpected end of file", 2},
        {"echo $(", "unexpected EOF", 1},
        {"cat <<EOF\nbody", "here-document", 0},
        {"return 4", "can only `return' from a function", 2},
        {")", "syntax error near unexpected token", 2},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        run(cases[i].text);
        assert_true(str_contains(str_from(output()), str_from(cases[i].part)));
        assert_int_equal(fixture.ended.exit_code, cases[i].exit_code);
    }
}

static void the_status_is_handed_on(void **state)
{
    (void)state;
    expect_run("(exit 7)", "", 7);
    expect_run("echo $?", "7\r\n", 0);
    run("kill -TERM $BASHPID & wait $!");
    assert_int_equal(fixture.ended.exit_code, 143);
}

static void options_of_the_shell_do_no_harm(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "set -u",           "set -f",    "set -o posix",      "IFS=x",  "IFS=0123456789",
        "IFS=$' \\t\\n'",   "set -o vi", "shopt -s failglob", "set -a", "shopt -u promptvars",
        "set -o noclobber", "set -T"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        expect_run(texts[i], "", 0);
        expect_run("echo works; false", "works\r\n", 1);
    }
}

static void a_trace_shows_the_text_alone(void **state)
{
    (void)state;
    expect_run("set -x", "", 0);
    expect_run("echo hi", "++ echo hi\r\nhi\r\n", 0);
    run("set +x");
    expect_run("echo hi", "hi\r\n", 0);
}

static void nothing_of_ours_is_exported(void **state)
{
    (void)state;
    expect_run("env | grep -c -e __ad -e 7077", "0\r\n", 1);
    expect_run("set -a; x=1", "", 0);
    expect_run("env | grep -c -e __ad -e 7077", "0\r\n", 1);
    run("env > ~/file; env | diff ~/file - | grep -v _=");
    assert_false(str_contains(str_from(output()), STR("<")));
}

static void a_command_is_in_the_history(void **state)
{
    (void)state;
    run("echo one  two");
    run("history 1");
    assert_true(str_contains(str_from(output()), STR("history 1")));
    run("history 2");
    assert_false(str_contains(str_from(output()), STR("__ad")));
}

static void what_a_viewer_sees_is_the_text(void **state)
{
    (void)state;
    scoped_buf struct buf all = {0};
    run("echo a 'viewer'\necho reads");
    read_all(&all);
    assert_true(str_contains(buf_str(&all), STR("echo a 'viewer'\r\necho reads")));
    assert_false(str_contains(buf_str(&all), STR("__ad")));
    assert_false(str_contains(buf_str(&all), STR("7077")));
}

static void job_notices_are_output(void **state)
{
    (void)state;
    run("(exit 3) &");
    assert_true(str_starts_with(str_from(output()), STR("[1] ")));
    assert_true(session_metadata(fixture.session)->pid > 1);
    run("wait; true");
    run("true");
    run("sleep 100 &");
    run("kill %%; wait");
    assert_true(str_contains(str_from(output()), STR("Terminated")));
}

static void a_background_child_does_not_hold_the_end(void **state)
{
    (void)state;
    run("sleep 1000 & echo started");
    assert_true(str_contains(str_from(output()), STR("started\r\n")));
    assert_int_equal(fixture.ended.exit_code, 0);
    run("kill %1; wait");
}

static void a_second_command_is_refused_while_one_runs(void **state)
{
    (void)state;
    struct error error;
    start("read x; echo got $x");
    wait_for_start();
    assert_false(
        session_run(fixture.session, &(struct session_command){.text = STR("true")}, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    type("line\r");
    wait_for_end();
    expect("line\r\ngot line\r\n", 0);
}

static void a_forgotten_command_goes_on_unheard(void **state)
{
    (void)state;
    start("echo unheard > ~/file; echo over");
    session_forget_command(fixture.session);
    wait_for_text("over\r\n");
    wait_for_state(SESSION_AT_PROMPT);
    assert_int_equal(fixture.ended.calls, 0);
    expect_run("cat ~/file", "unheard\r\n", 0);
}

static void nul_bytes_and_cut_characters_are_output(void **state)
{
    (void)state;
    run("printf 'a\\0b\\xc3'");
    assert_int_equal(fixture.output.len, 4);
    assert_memory_equal(fixture.output.data, "a\0b\xc3", 4);
}

static void a_directory_of_any_name_is_reported(void **state)
{
    (void)state;
    run("mkdir $'d\\n;\\'\\e x' && cd $'d\\n;\\'\\e x'");
    assert_true(str_ends_with(session_metadata(fixture.session)->working_dir, STR("/d\n;'\x1b x")));
    run("cd; rmdir d*; mkdir -p 'a b/*'; cd 'a b/*'");
    assert_true(str_ends_with(session_metadata(fixture.session)->working_dir, STR("/a b/*")));
    run("cd; rm -r a*");
}

static void a_prompt_reports_who_and_where(void **state)
{
    (void)state;
    run("cd /usr/lib/..; whoami; hostname");
    const struct session_metadata *metadata = session_metadata(fixture.session);
    assert_true(str_equal(metadata->working_dir, STR("/usr")));
    assert_true(str_starts_with(str_from(output()), metadata->username));
    assert_true(str_contains(str_from(output()), metadata->hostname));
    assert_int_equal(metadata->pid, -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bash, terminal_close_loop)
    const struct CMUnitTest tests[] = {
        TEST(texts_arrive_byte_for_byte),
        TEST(all_bytes_survive),
        TEST(a_large_script_runs_whole),
        TEST(a_line_of_a_megabyte_runs),
        TEST(a_text_with_nul_is_refused),
        TEST(a_text_that_is_too_long_is_refused),
        TEST(what_is_not_complete_is_an_error_and_no_question),
        TEST(the_status_is_handed_on),
        TEST(options_of_the_shell_do_no_harm),
        TEST(a_trace_shows_the_text_alone),
        TEST(nothing_of_ours_is_exported),
        TEST(a_command_is_in_the_history),
        TEST(what_a_viewer_sees_is_the_text),
        TEST(job_notices_are_output),
        TEST(a_background_child_does_not_hold_the_end),
        TEST(a_second_command_is_refused_while_one_runs),
        TEST(a_forgotten_command_goes_on_unheard),
        TEST(nul_bytes_and_cut_characters_are_output),
        TEST(a_directory_of_any_name_is_reported),
        TEST(a_prompt_reports_who_and_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
