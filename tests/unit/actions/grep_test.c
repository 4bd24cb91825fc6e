#include "actions/grep.h"

#include "tests/support/folder.h"
#include "tests/support/text.h"

static struct grep result;
static struct error error;

static bool grep_with(struct grep_options options)
{
    options.root = folder_path(options.root == NULL ? "" : options.root);
    if (options.limit == 0)
        options.limit = 100;
    if (options.timeout_ms == 0)
        options.timeout_ms = 60000;
    return grep(&options, &result, &error);
}

/* Each match as path:line:column:text and a line end. */
static void assert_matches(struct grep_options options, const char *expected)
{
    scoped_buf struct buf text = {0};
    assert_true(grep_with(options));
    for (size_t i = 0; i < result.count; i++) {
        const struct grep_match *match = &result.matches[i];
        buf_printf(&text, "%.*s:%llu:%llu:%.*s\n", STR_ARG(grep_text(&result, match->path)),
                   (unsigned long long)match->line, (unsigned long long)match->column,
                   STR_ARG(grep_text(&result, match->text)));
    }
    assert_text(buf_str(&text), expected);
}

static void matches_come_by_path_and_line(void **state)
{
    (void)state;
    folder_write("b", "x one\nnothing\n  one\n");
    folder_write("a/f", "one");
    assert_matches((struct grep_options){.pattern = STR("one")},
                   "a/f:1:1:one\nb:1:3:x one\nb:3:3:  one\n");
    assert_int_equal(result.files, 2);
    grep_fini(&result);
}

static void a_single_file_is_searched_by_its_name(void **state)
{
    (void)state;
    folder_write("d/f", "one\n");
    assert_matches((struct grep_options){.root = "d/f", .pattern = STR("o")}, "f:1:1:one\n");
    grep_fini(&result);
}

static void anchors_mean_the_line(void **state)
{
    (void)state;
    folder_write("f", "ab\r\ncab\nabc\n");
    assert_matches((struct grep_options){.pattern = STR("^ab$")}, "f:1:1:ab\n");
    grep_fini(&result);
    assert_matches((struct grep_options){.pattern = STR("b\\s*c")}, "f:3:2:abc\n");
    grep_fini(&result);
    assert_matches((struct grep_options){.pattern = STR("ab(?!\\s+c)"), .limit = 1}, "f:1:1:ab\n");
    grep_fini(&result);
}

static void case_and_literal_texts_are_options(void **state)
{
    (void)state;
    folder_write("f", "A.B\naxb\n\xc3\x84\n");
    assert_matches((struct grep_options){.pattern = STR("a.b")}, "f:2:1:axb\n");
    grep_fini(&result);
    assert_matches((struct grep_options){.pattern = STR("a.b"), .ignores_case = true},
                   "f:1:1:A.B\nf:2:1:axb\n");
    grep_fini(&result);
    assert_matches(
        (struct grep_options){.pattern = STR("a.b"), .ignores_case = true, .is_literal = true},
        "f:1:1:A.B\n");
    grep_fini(&result);
    assert_matches((struct grep_options){.pattern = STR("\xc3\xa4"), .ignores_case = true},
                   "f:3:1:\xc3\x84\n");
    grep_fini(&result);
}

static void a_column_counts_characters(void **state)
{
    (void)state;
    folder_write("f", "\xc3\xa4\xc3\xb6x\n\xffx\n");
    assert_matches((struct grep_options){.pattern = STR("x")},
                   "f:1:3:\xc3\xa4\xc3\xb6x\nf:2:2:\xffx\n");
    grep_fini(&result);
}

static void binary_files_are_skipped(void **state)
{
    (void)state;
    folder_write_bytes("early", STR("one\0"));
    scoped_buf struct buf late = {0};
    while (late.len < GREP_BINARY_BYTES)
        buf_append(&late, STR("one pad\n"));
    buf_append_byte(&late, '\0');
    folder_write_bytes("late", buf_str(&late));
    assert_true(grep_with((struct grep_options){.pattern = STR("one"), .limit = 1}));
    assert_text(grep_text(&result, result.matches[0].path), "late");
    assert_int_equal(result.skipped, 1);
    grep_fini(&result);
}

static void a_glob_chooses_the_files(void **state)
{
    (void)state;
    folder_write("a.c", "one");
    folder_write("d/b.c", "one");
    folder_write("d/e/c.h", "one");
    assert_matches((struct grep_options){.pattern = STR("one"), .glob = STR("*.c")},
                   "a.c:1:1:one\nd/b.c:1:1:one\n");
    grep_fini(&result);
    assert_matches((struct grep_options){.pattern = STR("one"), .glob = STR("d/*/*")},
                   "d/e/c.h:1:1:one\n");
    grep_fini(&result);
}

static void hidden_files_and_links_are_skipped(void **state)
{
    (void)state;
    folder_write(".git/config", "one");
    folder_write(".env", "one");
    folder_link(".env", "link");
    folder_link(".git", "dirlink");
    assert_matches((struct grep_options){.pattern = STR("one")}, "");
    grep_fini(&result);
    assert_matches((struct grep_options){.pattern = STR("one"), .includes_hidden = true},
                   ".env:1:1:one\n.git/config:1:1:one\n");
    grep_fini(&result);
    assert_matches((struct grep_options){.pattern = STR("one"), .glob = STR(".env")},
                   ".env:1:1:one\n");
    grep_fini(&result);
}

static void assert_context(const struct grep_match *match, const char *before, const char *after)
{
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < match->before; i++)
        buf_printf(&text, "%.*s ", STR_ARG(grep_text(&result, result.context[match->context + i])));
    assert_text(buf_str(&text), before);
    buf_clear(&text);
    for (size_t i = 0; i < match->after; i++)
        buf_printf(&text, "%.*s ",
                   STR_ARG(grep_text(&result, result.context[match->context + match->before + i])));
    assert_text(buf_str(&text), after);
}

static void context_ends_with_the_file(void **state)
{
    (void)state;
    folder_write("f", "x1\n2\n3\nx4\n5\n6");
    assert_true(grep_with((struct grep_options){.pattern = STR("x"), .context = 2}));
    assert_int_equal(result.count, 2);
    assert_context(&result.matches[0], "", "2 3 ");
    assert_context(&result.matches[1], "2 3 ", "5 6 ");
    grep_fini(&result);
}

/* Lines "0\n", "1\n", … up to beyond two windows. */
static void write_numbers(void)
{
    scoped_buf struct buf text = {0};
    for (size_t i = 0; text.len < GREP_WINDOW_BYTES * 5 / 2; i++)
        buf_printf(&text, "%zu\n", i);
    folder_write_bytes("f", buf_str(&text));
}

static void lines_and_context_are_right_across_windows(void **state)
{
    (void)state;
    write_numbers();
    assert_true(grep_with((struct grep_options){
        .pattern = STR("77$"), .context = GREP_MAX_CONTEXT, .limit = GREP_MAX_MATCHES}));
    assert_true(result.count > 1000);
    for (size_t i = 0; i < result.count; i++) {
        const struct grep_match *match = &result.matches[i];
        uint64_t number;
        assert_true(str_to_u64(grep_text(&result, match->text), 0, UINT64_MAX, &number));
        assert_int_equal(match->line, number + 1);
        assert_int_equal(match->before, GREP_MAX_CONTEXT);
        assert_int_equal(match->after, GREP_MAX_CONTEXT);
        uint64_t first;
        const struct grep_text context = result.context[match->context];
        assert_true(str_to_u64(grep_text(&result, context), 0, UINT64_MAX, &first));
        assert_int_equal(first, number - GREP_MAX_CONTEXT);
    }
    grep_fini(&result);
}

static void a_line_longer_than_the_window_is_one_line(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    buf_append(&text, STR("first\n"));
    while (text.len < GREP_WINDOW_BYTES * 3)
        buf_append(&text, STR("needle "));
    buf_append(&text, STR("end\nneedle\n"));
    folder_write_bytes("f", buf_str(&text));
    for (size_t context = 0; context < 3; context++) {
        assert_true(grep_with((struct grep_options){.pattern = STR("needle"), .context = context}));
        assert_int_equal(result.count, 2);
        assert_int_equal(result.matches[0].line, 2);
        assert_int_equal(result.matches[1].line, 3);
        assert_text(grep_text(&result, result.matches[1].text), "needle");
        grep_fini(&result);
    }
}

static void a_long_text_is_cut_around_the_match(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < 5000; i++)
        buf_append(&text, STR("\xc3\xa4"));
    buf_append(&text, STR("needle"));
    for (size_t i = 0; i < 5000; i++)
        buf_append(&text, STR("\xc3\xa4"));
    folder_write_bytes("f", buf_str(&text));
    assert_true(grep_with((struct grep_options){.pattern = STR("needle")}));
    const struct grep_match *match = &result.matches[0];
    const struct str shown = grep_text(&result, match->text);
    assert_true(match->text.is_cut);
    assert_true(shown.len <= GREP_MAX_TEXT_BYTES && shown.len > GREP_MAX_TEXT_BYTES - 4);
    assert_true(str_contains(shown, STR("needle")));
    assert_int_equal((unsigned char)shown.data[0], 0xc3);
    assert_int_equal(match->column, 5001);
    grep_fini(&result);
}

static void the_search_stops_at_the_limit_and_says_so(void **state)
{
    (void)state;
    folder_write("f", "x\nx\nx\n");
    assert_true(grep_with((struct grep_options){.pattern = STR("x"), .limit = 3}));
    assert_int_equal(result.stop, FILE_SEARCH_COMPLETE);
    grep_fini(&result);
    assert_true(grep_with((struct grep_options){.pattern = STR("x"), .limit = 2}));
    assert_int_equal(result.count, 2);
    assert_int_equal(result.stop, FILE_SEARCH_AT_LIMIT);
    grep_fini(&result);
}

static void a_cancelled_search_ends(void **state)
{
    (void)state;
    const atomic_bool is_cancelled = true;
    write_numbers();
    assert_true(
        grep_with((struct grep_options){.pattern = STR("x"), .is_cancelled = &is_cancelled}));
    assert_int_equal(result.stop, FILE_SEARCH_IS_CANCELLED);
    grep_fini(&result);
}

static void a_pattern_that_takes_too_many_steps_ends_the_search(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < 200; i++)
        buf_append_byte(&text, 'a');
    folder_write_bytes("f", buf_str(&text));
    assert_true(grep_with((struct grep_options){.pattern = STR("(a|a|aa)+$b")}));
    assert_int_equal(result.count, 0);
    grep_fini(&result);
    assert_true(grep_with((struct grep_options){.pattern = STR("^(([a-z])+.)+[A-Z]([a-z])+$")}));
    assert_int_equal(result.stop, FILE_SEARCH_TOO_COMPLEX);
    grep_fini(&result);
}

static void a_bad_pattern_is_explained(void **state)
{
    (void)state;
    assert_false(grep_with((struct grep_options){.pattern = STR("a(")}));
    assert_int_equal(error.code, ERROR_INVALID);
    assert_string_equal(error.text, "the pattern is not valid, at 2: missing closing parenthesis");
    assert_false(grep_with((struct grep_options){.pattern = STR("")}));
    assert_false(grep_with((struct grep_options){.pattern = STR("a"), .glob = STR("../x")}));
}

static void a_missing_root_is_not_found(void **state)
{
    (void)state;
    assert_false(grep_with((struct grep_options){.root = "x", .pattern = STR("a")}));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_open, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(matches_come_by_path_and_line),
        FOLDER_TEST(a_single_file_is_searched_by_its_name),
        FOLDER_TEST(anchors_mean_the_line),
        FOLDER_TEST(case_and_literal_texts_are_options),
        FOLDER_TEST(a_column_counts_characters),
        FOLDER_TEST(binary_files_are_skipped),
        FOLDER_TEST(a_glob_chooses_the_files),
        FOLDER_TEST(hidden_files_and_links_are_skipped),
        FOLDER_TEST(context_ends_with_the_file),
        FOLDER_TEST(lines_and_context_are_right_across_windows),
        FOLDER_TEST(a_line_longer_than_the_window_is_one_line),
        FOLDER_TEST(a_long_text_is_cut_around_the_match),
        FOLDER_TEST(the_search_stops_at_the_limit_and_says_so),
        FOLDER_TEST(a_cancelled_search_ends),
        FOLDER_TEST(a_pattern_that_takes_too_many_steps_ends_the_search),
        FOLDER_TEST(a_bad_pattern_is_explained),
        FOLDER_TEST(a_missing_root_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
