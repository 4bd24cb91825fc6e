#include "pty/screen_text.h"

#include "tests/support/screen.h"

static void blanks_and_empty_lines_at_the_end_are_left_out(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 6, STR("\r\n  a  \r\n\r\nb\r\n   \r\n"));
    assert_shows(screen, "\n  a\n\nb\n");
    screen_free(screen);
}

static void any_range_of_rows_may_be_asked_for(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("1\r\n2\r\n3\r\n4\r\n5"));
    assert_rows(screen, 0, 0, "3\n");
    assert_rows(screen, -1, 1, "2\n3\n4\n");
    assert_rows(screen, 1, 0, "");
    assert_rows(screen, 7, 9, "");
    assert_rows(screen, -99, -3, "");
    assert_rows(screen, -99, -2, "1\n");
    screen_free(screen);
}

static void tabs_and_movements_leave_blanks(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(40, 3, STR("a\tb\033[3Cc"));
    assert_shows(screen, "a       b   c\n");
    screen_free(screen);
}

static void text_is_added_behind_what_is_there(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("a"));
    scoped_buf struct buf text = {0};
    buf_append(&text, STR("before   \n\n"));
    screen_text(screen, 0, 2, &text);
    assert_text(buf_str(&text), "before   \n\na\n");
    screen_free(screen);
}

static void the_alternate_screen_is_what_is_shown(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("main\033[?1049h\033[Halt"));
    assert_shows(screen, "alt\n");
    assert_rows(screen, -10, 10, "alt\n");
    screen_free(screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_and_empty_lines_at_the_end_are_left_out),
        cmocka_unit_test(any_range_of_rows_may_be_asked_for),
        cmocka_unit_test(tabs_and_movements_leave_blanks),
        cmocka_unit_test(text_is_added_behind_what_is_there),
        cmocka_unit_test(the_alternate_screen_is_what_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
