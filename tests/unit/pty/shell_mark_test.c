#include "pty/shell_mark.h"

#include "server/base/buf.h"
#include "tests/support/test.h"

static struct shell_mark parse(const char *payload)
{
    struct shell_mark mark;
    assert_true(shell_mark_parse(str_from(payload), &mark));
    return mark;
}

static void a_start_has_a_number_and_the_length_of_a_line(void **state)
{
    (void)state;
    const struct shell_mark mark = parse("C;12;5");
    assert_int_equal(mark.kind, SHELL_MARK_START);
    assert_int_equal(mark.number, 12);
    assert_int_equal(mark.unfinished, 5);
}

static void an_end_without_number_is_that_of_a_person(void **state)
{
    (void)state;
    const struct shell_mark mark = parse("D;;130;;u;h;/;");
    assert_int_equal(mark.kind, SHELL_MARK_END);
    assert_int_equal(mark.number, 0);
    assert_int_equal(mark.status, 130);
}

static void an_answer_says_whether_the_hooks_were_lost(void **state)
{
    (void)state;
    assert_true(parse("Q;lost;3;1;;u;h;/;").is_lost);
    const struct shell_mark mark = parse("Q;ok;3;1;;u;h;/;");
    assert_false(mark.is_lost);
    assert_int_equal(mark.kind, SHELL_MARK_ANSWER);
    assert_int_equal(mark.number, 3);
    assert_int_equal(mark.status, 1);
}

static void single_letters_are_marks(void **state)
{
    (void)state;
    assert_int_equal(parse("A").kind, SHELL_MARK_PROMPT);
    assert_int_equal(parse("B").kind, SHELL_MARK_READING);
    assert_int_equal(parse("E").kind, SHELL_MARK_ACCEPTED);
    assert_int_equal(parse("P").kind, SHELL_MARK_CONTINUING);
}

static void what_no_shell_sends_is_refused(void **state)
{
    (void)state;
    static const char *const payloads[] = {"",
                                           "Z",
                                           "A;1",
                                           "C",
                                           "C;x;0",
                                           "D",
                                           "D;1",
                                           "D;1;x;",
                                           "D;1;-1;",
                                           "Q",
                                           "Q;ok",
                                           "CC;1;0",
                                           "D;99999999999999999999;0;",
                                           "C;1;0;2"};
    for (size_t i = 0; i < ARRAY_SIZE(payloads); i++) {
        struct shell_mark mark;
        assert_false(shell_mark_parse(str_from(payloads[i]), &mark));
    }
}

static void a_report_has_all_that_a_prompt_shows(void **state)
{
    (void)state;
    scoped_buf struct buf decoded = {0};
    struct shell_report report;
    const struct shell_mark mark = parse("D;1;0;77;me;box;/a b;/usr/bin/python");
    assert_true(shell_report_parse(mark.report, &decoded, &report));
    assert_int_equal(report.pid, 77);
    assert_true(str_equal(report.user, STR("me")));
    assert_true(str_equal(report.host, STR("box")));
    assert_true(str_equal(report.cwd, STR("/a b")));
    assert_true(str_equal(report.python, STR("/usr/bin/python")));
}

static void what_is_missing_is_minus_one_or_empty(void **state)
{
    (void)state;
    scoped_buf struct buf decoded = {0};
    struct shell_report report;
    assert_true(shell_report_parse(STR(";me;box;;"), &decoded, &report));
    assert_int_equal(report.pid, -1);
    assert_true(str_is_empty(report.cwd));
    assert_true(str_is_empty(report.python));
    assert_false(shell_report_parse(STR(";me;box"), &decoded, &report));
    assert_false(shell_report_parse(STR(";me;box;x"), &decoded, &report));
}

static void a_quoted_directory_is_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *quoted;
        const char *path;
    } cases[] = {
        {"'/a;b'", "/a;b"},
        {"'/it'\\''s;'", "/it's;"},
        {"$'/a\\nb\\tc'", "/a\nb\tc"},
        {"$'/\\E[1m;\\001\\177\\\\\\''", "/\x1b[1m;\x01\x7f\\'"},
        {"$'/\\303\\244;\\n'", "/\xc3\xa4;\n"},
        {"/plain'quote", "/plain'quote"},
        {"$'", ""},
        {"$'\\'", ""},
        {"'", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf decoded = {0};
        scoped_buf struct buf text = {0};
        struct shell_report report;
        buf_printf(&text, ";u;h;%s;/p", cases[i].quoted);
        assert_true(shell_report_parse(buf_str(&text), &decoded, &report));
        assert_true(str_equal(report.cwd, str_from(cases[i].path)));
        assert_true(str_equal(report.python, STR("/p")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_has_a_number_and_the_length_of_a_line),
        cmocka_unit_test(an_end_without_number_is_that_of_a_person),
        cmocka_unit_test(an_answer_says_whether_the_hooks_were_lost),
        cmocka_unit_test(single_letters_are_marks),
        cmocka_unit_test(what_no_shell_sends_is_refused),
        cmocka_unit_test(a_report_has_all_that_a_prompt_shows),
        cmocka_unit_test(what_is_missing_is_minus_one_or_empty),
        cmocka_unit_test(a_quoted_directory_is_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
