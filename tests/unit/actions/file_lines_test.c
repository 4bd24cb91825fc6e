#include "actions/file_lines.h"

#include "tests/support/folder.h"
#include "tests/support/text.h"

static struct file_lines lines;
static struct error error;

static void read_lines(const char *name, uint64_t from, uint64_t limit)
{
    const struct file_lines_options options = {
        .path = folder_path(name), .from = from, .limit = limit};
    assert_true(file_lines(&options, &lines, &error));
}

static void assert_lines(uint64_t from, uint64_t limit, const char *text, uint64_t next)
{
    read_lines("f", from, limit);
    assert_text(buf_str(&lines.text), text);
    assert_int_equal(lines.next, next);
    file_lines_fini(&lines);
}

static void lines_are_counted_from_one(void **state)
{
    (void)state;
    folder_write("f", "one\ntwo\n\nfour");
    assert_lines(1, 2, "one\ntwo\n", 3);
    assert_lines(2, 2, "two\n\n", 4);
    assert_lines(4, 2, "four", 0);
    assert_lines(3, 2, "\nfour", 0);
    assert_lines(5, 1, "", 0);
}

static void a_final_line_end_begins_no_line(void **state)
{
    (void)state;
    folder_write("f", "one\n");
    assert_lines(1, 1, "one\n", 0);
    assert_lines(2, 1, "", 0);
    folder_write("f", "");
    assert_lines(1, 1, "", 0);
}

static void write_line_of(size_t len, const char *rest)
{
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < len; i++)
        buf_append_byte(&text, 'x');
    buf_append(&text, str_from(rest));
    folder_write_bytes("f", buf_str(&text));
}

static void an_answer_stops_before_it_is_too_long(void **state)
{
    (void)state;
    write_line_of(FILE_LINES_MAX_BYTES - 3, "\na\nb\n");
    read_lines("f", 1, 10);
    assert_int_equal(lines.text.len, FILE_LINES_MAX_BYTES);
    assert_int_equal(lines.count, 2);
    assert_int_equal(lines.next, 3);
    assert_false(lines.is_cut);
    file_lines_fini(&lines);
    write_line_of(FILE_LINES_MAX_BYTES - 2, "\na\nb\n");
    read_lines("f", 1, 10);
    assert_int_equal(lines.count, 1);
    assert_int_equal(lines.next, 2);
    file_lines_fini(&lines);
}

static void a_line_that_is_too_long_is_cut(void **state)
{
    (void)state;
    write_line_of(FILE_LINES_MAX_BYTES, "");
    read_lines("f", 1, 1);
    assert_false(lines.is_cut);
    file_lines_fini(&lines);
    write_line_of(FILE_LINES_MAX_BYTES + 1, "\nnext\n");
    read_lines("f", 1, 1);
    assert_true(lines.is_cut);
    assert_int_equal(lines.text.len, FILE_LINES_MAX_BYTES);
    assert_int_equal(lines.next, 2);
    file_lines_fini(&lines);
    assert_lines(2, 1, "next\n", 0);
}

static void a_directory_has_no_lines(void **state)
{
    (void)state;
    const struct file_lines_options options = {.path = folder_path(""), .from = 1, .limit = 1};
    assert_false(file_lines(&options, &lines, &error));
    assert_int_equal(error.code, ERROR_INVALID);
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_open, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(lines_are_counted_from_one),
        FOLDER_TEST(a_final_line_end_begins_no_line),
        FOLDER_TEST(an_answer_stops_before_it_is_too_long),
        FOLDER_TEST(a_line_that_is_too_long_is_cut),
        FOLDER_TEST(a_directory_has_no_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
