#include "pty/screen_page.h"

#include "pty/screen_row.h"
#include "server/base/buf.h"
#include "tests/support/text.h"

#define ROWS 4

static void write_row(struct screen_page *page, int row, char letter)
{
    screen_row_put_ascii(screen_page_slot(page, row), 0, str_span(&letter, 1),
                         (struct screen_style){0});
}

/* A page whose rows hold the letters, from the top. */
static void init_page(struct screen_page *page, unsigned max_history, const char *letters)
{
    screen_page_init(page, ROWS, max_history);
    for (int row = 0; letters[row] != '\0'; row++)
        write_row(page, row, letters[row]);
}

static void assert_page(const struct screen_page *page, const char *scrollback, const char *rows)
{
    scoped_buf struct buf text = {0};
    for (int row = -(int)page->history; row < page->rows; row++) {
        if (row == 0)
            buf_append_byte(&text, '|');
        if (screen_row_len(screen_page_row(page, row)) > 0)
            screen_row_text(screen_page_row(page, row), 0, 1, &text);
        else
            buf_append_byte(&text, '.');
    }
    scoped_buf struct buf expected = {0};
    buf_printf(&expected, "%s|%s", scrollback, rows);
    assert_text(buf_str(&text), expected.data);
}

static void a_page_that_was_not_touched_has_no_rows(void **state)
{
    (void)state;
    struct screen_page page;
    screen_page_init(&page, ROWS, 10);
    assert_page(&page, "", "....");
    assert_null(page.slots);
    assert_int_equal(screen_page_used_rows(&page), 0);
    screen_page_fini(&page);
}

static void lines_scroll_away_into_the_scrollback_and_out_of_it(void **state)
{
    (void)state;
    struct screen_page page;
    init_page(&page, 2, "abcd");
    static const char *const scrollbacks[] = {"a", "ab", "bc", "cd", "d."};
    static const char *const screens[] = {"bcd.", "cd..", "d...", "....", "...."};
    for (size_t i = 0; i < ARRAY_SIZE(screens); i++) {
        screen_page_scroll_away(&page, (struct screen_region){0, ROWS}, 1, 0);
        assert_page(&page, scrollbacks[i], screens[i]);
    }
    assert_int_equal(page.dropped_rows, 3);
    screen_page_fini(&page);
}

static void wrapped_rows_that_are_dropped_are_one_line(void **state)
{
    (void)state;
    struct screen_page page;
    init_page(&page, 0, "abcd");
    screen_row_set_wrapped(screen_page_slot(&page, 0), true);
    screen_row_set_wrapped(screen_page_slot(&page, 1), true);
    screen_page_scroll_away(&page, (struct screen_region){0, ROWS}, 4, 0);
    assert_int_equal(page.dropped_rows, 4);
    assert_int_equal(page.dropped_lines, 2);
    screen_page_fini(&page);
}

static void rows_below_a_region_stay(void **state)
{
    (void)state;
    struct screen_page page;
    init_page(&page, 10, "abcd");
    screen_page_scroll_away(&page, (struct screen_region){0, 3}, 2, 0);
    assert_page(&page, "ab", "c..d");
    screen_page_fini(&page);
}

static void a_region_in_the_middle_scrolls_for_itself(void **state)
{
    (void)state;
    static const struct {
        int up; /* or down, when negative */
        const char *rows;
    } cases[] = {{1, "ac.d"}, {2, "a..d"}, {99, "a..d"}, {-1, "a.bd"}, {-2, "a..d"}, {-99, "a..d"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct screen_page page;
        init_page(&page, 10, "abcd");
        const struct screen_region region = {1, 3};
        if (cases[i].up > 0)
            screen_page_scroll_away(&page, region, cases[i].up, 0);
        else
            screen_page_scroll_down(&page, region, -cases[i].up, 0);
        assert_page(&page, "", cases[i].rows);
        screen_page_fini(&page);
    }
}

static void deleted_rows_are_no_scrollback(void **state)
{
    (void)state;
    struct screen_page page;
    init_page(&page, 10, "abcd");
    screen_page_scroll_up(&page, (struct screen_region){0, ROWS}, 2, 0);
    assert_page(&page, "", "cd..");
    screen_page_fini(&page);
}

static void new_rows_have_the_background(void **state)
{
    (void)state;
    const uint32_t red = SCREEN_COLOR_PALETTE + 1;
    struct screen_page page;
    init_page(&page, 10, "abcd");
    screen_page_scroll_away(&page, (struct screen_region){0, ROWS}, 1, red);
    screen_page_scroll_down(&page, (struct screen_region){0, 2}, 1, red);
    screen_page_scroll_up(&page, (struct screen_region){1, 3}, 1, red);
    static const uint32_t expected[] = {1, 0, 1, 1};
    for (int row = 0; row < ROWS; row++)
        assert_int_equal(screen_row_background(screen_page_row(&page, row)) & 0xFF, expected[row]);
    assert_int_equal(screen_page_used_rows(&page), 4);
    screen_page_fini(&page);
}

static void whole_lines_are_printed_on_the_last_row(void **state)
{
    (void)state;
    struct screen_page page;
    init_page(&page, 10, "abc");
    static const struct str lines = STR_INIT("d\r\n\r\nelephant\r\nrest");
    assert_int_equal(screen_page_print_lines(&page, 10, lines), 15);
    assert_page(&page, "abc", "d.e.");
    screen_page_fini(&page);
}

static void what_is_no_simple_line_is_left_to_others(void **state)
{
    (void)state;
    static const struct str others[] = {
        STR_INIT(""),         STR_INIT("abc"),          STR_INIT("abc\r"),
        STR_INIT("abc\n"),    STR_INIT("ab\tc\r\n"),    STR_INIT("12345678901\r\n"),
        STR_INIT("\033[m\n"), STR_INIT("\xC3\xA9\r\n"),
    };
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        struct screen_page page;
        init_page(&page, 10, "abc");
        assert_int_equal(screen_page_print_lines(&page, 10, others[i]), 0);
        write_row(&page, ROWS - 1, 'd');
        assert_int_equal(screen_page_print_lines(&page, 10, STR("x\r\n")), 0);
        assert_page(&page, "", "abcd");
        screen_page_fini(&page);
    }
}

static void pushing_keeps_all_that_is_used(void **state)
{
    (void)state;
    struct screen_page page;
    init_page(&page, 10, "ab");
    (void)screen_page_slot(&page, 3); /* touched, but empty */
    screen_page_push(&page);
    assert_page(&page, "ab", "....");
    screen_page_clear_history(&page);
    assert_page(&page, "", "....");
    screen_page_fini(&page);
}

static void shrinking_and_growing_keep_the_cursor_on_its_row(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        int cursor;
        int rows;
        const char *scrollback;
        const char *after;
        int cursor_after;
    } cases[] = {
        {"abcd", 3, 2, "ab", "cd", 1},   {"abcd", 1, 2, "a", "bc", 0},  {"abcd", 0, 2, "", "ab", 0},
        {"ab", 1, 2, "", "ab", 1},       {"a", 0, 1, "", "a", 0},       {"ab", 3, 2, "ab", "..", 1},
        {"abcd", 3, 6, "", "abcd..", 3}, {"ab", 1, 6, "", "ab....", 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct screen_page page;
        init_page(&page, 10, cases[i].before);
        int cursor = cases[i].cursor;
        screen_page_resize(&page, cases[i].rows, &cursor);
        assert_page(&page, cases[i].scrollback, cases[i].after);
        assert_int_equal(cursor, cases[i].cursor_after);
        screen_page_fini(&page);
    }
}

static void growing_brings_the_scrollback_back_to_a_full_screen(void **state)
{
    (void)state;
    struct screen_page page;
    init_page(&page, 10, "abcd");
    screen_page_scroll_away(&page, (struct screen_region){0, ROWS}, 1, 0);
    write_row(&page, 3, 'e');
    int cursor = 3;
    screen_page_resize(&page, 6, &cursor);
    assert_page(&page, "", "abcde.");
    assert_int_equal(cursor, 4);
    screen_page_fini(&page);
}

static void the_ring_turns_many_times(void **state)
{
    (void)state;
    struct screen_page page;
    init_page(&page, 5, "");
    for (int i = 0; i < 1000; i++) {
        write_row(&page, ROWS - 1, (char)('a' + i % 26));
        screen_page_scroll_away(&page, (struct screen_region){0, ROWS}, 1, 0);
    }
    assert_page(&page, "efghi", "jkl.");
    screen_page_fini(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_that_was_not_touched_has_no_rows),
        cmocka_unit_test(lines_scroll_away_into_the_scrollback_and_out_of_it),
        cmocka_unit_test(wrapped_rows_that_are_dropped_are_one_line),
        cmocka_unit_test(rows_below_a_region_stay),
        cmocka_unit_test(a_region_in_the_middle_scrolls_for_itself),
        cmocka_unit_test(deleted_rows_are_no_scrollback),
        cmocka_unit_test(new_rows_have_the_background),
        cmocka_unit_test(whole_lines_are_printed_on_the_last_row),
        cmocka_unit_test(what_is_no_simple_line_is_left_to_others),
        cmocka_unit_test(pushing_keeps_all_that_is_used),
        cmocka_unit_test(shrinking_and_growing_keep_the_cursor_on_its_row),
        cmocka_unit_test(growing_brings_the_scrollback_back_to_a_full_screen),
        cmocka_unit_test(the_ring_turns_many_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
