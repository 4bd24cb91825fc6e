#include "pty/screen.h"

#include "tests/support/screen.h"

static void a_new_screen_is_empty(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(80, 24, STR(""));
    assert_shows(screen, "");
    assert_cursor(screen, 0, 0);
    assert_int_equal(screen_cols(screen), 80);
    assert_int_equal(screen_rows(screen), 24);
    assert_text(screen_title(screen), "");
    screen_free(screen);
}

static void sizes_are_kept_within_bounds(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(0, 100000, STR(""));
    assert_int_equal(screen_cols(screen), SCREEN_MIN_SIZE);
    assert_int_equal(screen_rows(screen), SCREEN_MAX_SIZE);
    screen_resize(screen, 5000, -3);
    assert_int_equal(screen_cols(screen), SCREEN_MAX_SIZE);
    assert_int_equal(screen_rows(screen), SCREEN_MIN_SIZE);
    screen_free(screen);
}

static void bytes_may_be_split_anywhere(void **state)
{
    (void)state;
    static const struct str text =
        STR_INIT("a\033[1;31mb\xE6\xBC\xA2\033]0;title\033\\c\r\n\033[5Cd");
    for (size_t cut = 0; cut <= text.len; cut++) {
        struct screen *screen = fed_screen(20, 4, str_slice(text, 0, cut));
        screen_feed(screen, str_skip(text, cut));
        assert_shows(screen, "ab\xE6\xBC\xA2"
                             "c\n     d\n");
        assert_text(screen_title(screen), "title");
        screen_free(screen);
    }
}

static void lines_that_scroll_away_are_scrollback(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("1\r\n2\r\n3\r\n4\r\n5"));
    assert_shows(screen, "3\n4\n5\n");
    assert_int_equal(screen_scrollback_rows(screen), 2);
    assert_rows(screen, -2, -1, "1\n2\n");
    assert_rows(screen, -1000, 1000, "1\n2\n3\n4\n5\n");
    screen_free(screen);
}

static void the_scrollback_is_bounded_and_counts_what_it_drops(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 2, STR(""));
    for (int i = 0; i < 150; i++)
        screen_feed(screen, STR("line\r\n"));
    assert_int_equal(screen_scrollback_rows(screen), 100);
    assert_int_equal(screen_dropped_rows(screen), 49);
    screen_clear(screen);
    assert_int_equal(screen_scrollback_rows(screen), 0);
    assert_int_equal(screen_dropped_rows(screen), 0);
    screen_free(screen);
}

static void wrapped_rows_are_joined_on_demand(void **state)
{
    (void)state;
    const struct screen_options options = {.cols = 5, .rows = 4, .joins_wrapped = true};
    struct screen *screen = screen_new(&options);
    screen_feed(screen, STR("abcdefg\r\nhi   jk"));
    assert_shows(screen, "abcdefg\nhi   jk\n");
    screen_free(screen);
    screen = fed_screen(5, 4, STR("abcdefg\r\nhi   jk"));
    assert_shows(screen, "abcde\nfg\nhi\njk\n");
    screen_free(screen);
}

static void a_row_that_was_only_filled_is_not_joined(void **state)
{
    (void)state;
    const struct screen_options options = {.cols = 5, .rows = 4, .joins_wrapped = true};
    struct screen *screen = screen_new(&options);
    screen_feed(screen, STR("abcde\r\nfg"));
    assert_shows(screen, "abcde\nfg\n");
    screen_free(screen);
}

static void modes_are_told(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("\033[?1;1004;2004;1002;1006h\033=\033[?25l"));
    struct screen_modes modes = screen_modes(screen);
    assert_true(modes.has_application_cursor && modes.has_application_keypad);
    assert_true(modes.has_bracketed_paste && modes.has_focus_events);
    assert_false(modes.has_cursor);
    assert_int_equal(modes.mouse, SCREEN_MOUSE_DRAG);
    screen_feed(screen, STR("\033[?1;1004;2004;1002l\033>\033[?25h"));
    modes = screen_modes(screen);
    assert_false(modes.has_application_cursor || modes.has_application_keypad);
    assert_false(modes.has_bracketed_paste || modes.has_focus_events);
    assert_true(modes.has_cursor);
    assert_int_equal(modes.mouse, SCREEN_MOUSE_OFF);
    screen_free(screen);
}

static void a_program_that_died_in_the_alternate_screen_is_recovered_from(void **state)
{
    (void)state;
    struct screen *screen =
        fed_screen(20, 3, STR("main\033[?1049h\033[?25l\033[?1000h\033[31mvim"));
    screen_feed(screen, STR("\033]0;unfinished"));
    screen_recover(screen);
    const struct screen_modes modes = screen_modes(screen);
    assert_false(modes.is_alternate);
    assert_true(modes.has_cursor);
    assert_int_equal(modes.mouse, SCREEN_MOUSE_OFF);
    assert_cursor(screen, 0, 4);
    screen_feed(screen, STR(" text"));
    assert_shows(screen, "main text\n");
    screen_free(screen);
}

static void a_cursor_that_waited_to_wrap_is_restored_in_the_last_column(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(5, 4, STR("abcde\0337\033[?7l\0338X"));
    assert_shows(screen, "abcdX\n");
    assert_cursor(screen, 0, 4);
    screen_free(screen);
}

static void recovering_leaves_what_is_shown(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("one\r\ntwo\033[1;2r\033[2;2H"));
    screen_recover(screen);
    assert_shows(screen, "one\ntwo\n");
    assert_cursor(screen, 1, 1);
    screen_free(screen);
}

static void titles_can_be_put_aside_and_taken_back(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("\033]2;shell\a\033[22;0t\033]2;vim\a"));
    assert_text(screen_title(screen), "vim");
    screen_feed(screen, STR("\033[23;0t"));
    assert_text(screen_title(screen), "shell");
    screen_feed(screen, STR("\033[23;0t"));
    assert_text(screen_title(screen), "shell");
    screen_free(screen);
}

static void putting_titles_aside_has_a_limit(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("\033]2;title\a"));
    for (int i = 0; i < 1000; i++)
        screen_feed(screen, STR("\033[22t"));
    for (int i = 0; i < 2000; i++)
        screen_feed(screen, STR("\033[23t"));
    assert_text(screen_title(screen), "title");
    screen_free(screen);
}

static void a_title_is_cut_and_cleaned(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3,
                                       STR("\033]2;a\nb\xC2\x9C"
                                           "c\xFF\a"));
    assert_text(screen_title(screen), "abc\xEF\xBF\xBD");
    screen_feed(screen, STR("\033]2;"));
    for (int i = 0; i < 900; i++)
        screen_feed(screen, STR("x"));
    screen_feed(screen, STR("\a"));
    assert_int_equal(screen_title(screen).len, 256);
    screen_free(screen);
}

static void a_string_without_end_costs_nothing_and_is_left_by_cancel(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("a\033]0;"));
    for (int i = 0; i < 10000; i++)
        screen_feed(screen, STR("0123456789012345678901234567890123456789"));
    screen_feed(screen, STR("\030b"));
    assert_shows(screen, "ab\n");
    assert_text(screen_title(screen), "");
    screen_free(screen);
}

static void clearing_empties_screen_and_scrollback(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 2, STR("1\r\n2\r\n3\r\n4"));
    const uint64_t version = screen_version(screen);
    screen_clear(screen);
    assert_rows(screen, -100, 100, "");
    assert_cursor(screen, 0, 0);
    assert_true(screen_version(screen) > version);
    screen_free(screen);
}

static void each_feed_makes_a_new_version(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 2, STR(""));
    const uint64_t version = screen_version(screen);
    screen_feed(screen, STR(""));
    assert_int_equal(screen_version(screen), version);
    screen_feed(screen, STR("x"));
    assert_true(screen_version(screen) > version);
    screen_free(screen);
}

static void the_bell_rings_once_a_feed(void **state)
{
    (void)state;
    struct screen_owner owner = {0};
    struct screen *screen = owned_screen(&owner, 20, 2, STR("\a\a\a"));
    assert_int_equal(owner.bell_count, 1);
    screen_feed(screen, STR("x"));
    assert_int_equal(owner.bell_count, 1);
    screen_free(screen);
}

static void fewer_rows_push_the_top_into_the_scrollback(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 4, STR("1\r\n2\r\n3\r\n4"));
    screen_resize(screen, 20, 2);
    assert_shows(screen, "3\n4\n");
    assert_cursor(screen, 1, 1);
    assert_rows(screen, -2, -1, "1\n2\n");
    screen_resize(screen, 20, 4);
    assert_shows(screen, "1\n2\n3\n4\n");
    assert_cursor(screen, 3, 1);
    screen_free(screen);
}

static void empty_rows_below_the_cursor_go_first(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 6, STR("1\r\n2"));
    screen_resize(screen, 20, 2);
    assert_shows(screen, "1\n2\n");
    assert_int_equal(screen_scrollback_rows(screen), 0);
    screen_free(screen);
}

static void what_a_narrower_screen_hides_comes_back(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("0123456789"));
    screen_resize(screen, 4, 3);
    assert_shows(screen, "0123\n");
    assert_cursor(screen, 0, 3);
    screen_resize(screen, 20, 3);
    assert_shows(screen, "0123456789\n");
    screen_free(screen);
}

static void a_resize_in_the_alternate_screen_keeps_the_main_one(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 4, STR("1\r\n2\r\n3\r\n4\033[?1049halt"));
    screen_resize(screen, 20, 2);
    screen_feed(screen, STR("\033[?1049l!"));
    assert_shows(screen, "3\n4!\n");
    assert_rows(screen, -2, -1, "1\n2\n");
    screen_free(screen);
}

static void a_region_and_a_saved_cursor_survive_no_smaller_screen(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 10, STR("\033[8;10r\033[10;20H\0337\033[1;1H"));
    screen_resize(screen, 4, 3);
    screen_feed(screen, STR("\0338x\r\ny\r\nz\r\n\033#6"));
    assert_shows(screen, "y\nz\n");
    screen_free(screen);
}

static void one_column_and_one_row_are_a_screen(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(1, 1, STR("ab\xE6\xBC\xA2\r\nc\033[2;1r\033[99X\033[4@d"));
    assert_shows(screen, "d\n");
    assert_cursor(screen, 0, 0);
    screen_free(screen);
}

static void too_many_parameters_change_nothing(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("a\033["));
    for (int i = 0; i < 1000; i++)
        screen_feed(screen, STR("1;"));
    screen_feed(screen, STR("Hb"));
    assert_shows(screen, "ab\n");
    screen_free(screen);
}

static void repeating_before_any_text_is_harmless(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("\033[99999b\033[bx\033[99999b"));
    assert_shows(screen, "xxxxxxxxxxxxxxxxxxxx\n");
    screen_free(screen);
}

static void controls_beyond_ascii_are_left_out(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3,
                                       STR("a\xC2\x80\xC2\x9B"
                                           "31m\xC2\x85z"));
    assert_shows(screen, "a31mz\n");
    screen_free(screen);
}

static void marks_on_a_character_have_a_limit(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("e"));
    for (int i = 0; i < 10000; i++)
        screen_feed(screen, STR("\xCC\x81"));
    scoped_buf struct buf text = {0};
    screen_text(screen, 0, 0, &text);
    assert_int_equal(text.len, 1 + 8 * 2 + 1);
    screen_free(screen);
}

static void emoji_sequences_keep_their_parts(void **state)
{
    (void)state;
    /* man, joiner, woman, and a heart with its variation selector */
    static const char family[] =
        "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x9D\xA4\xEF\xB8\x8F";
    struct screen *screen = fed_screen(20, 3, str_from(family));
    scoped_buf struct buf text = {0};
    screen_text(screen, 0, 0, &text);
    buf_truncate(&text, text.len - 1);
    assert_text(buf_str(&text), family);
    assert_cursor(screen, 0, 5);
    screen_free(screen);
}

static void nothing_is_answered_without_an_owner(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(20, 3, STR("\033[6n\033[c\a\005ok"));
    assert_shows(screen, "ok\n");
    screen_free(screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_screen_is_empty),
        cmocka_unit_test(sizes_are_kept_within_bounds),
        cmocka_unit_test(bytes_may_be_split_anywhere),
        cmocka_unit_test(lines_that_scroll_away_are_scrollback),
        cmocka_unit_test(the_scrollback_is_bounded_and_counts_what_it_drops),
        cmocka_unit_test(wrapped_rows_are_joined_on_demand),
        cmocka_unit_test(a_row_that_was_only_filled_is_not_joined),
        cmocka_unit_test(modes_are_told),
        cmocka_unit_test(a_program_that_died_in_the_alternate_screen_is_recovered_from),
        cmocka_unit_test(a_cursor_that_waited_to_wrap_is_restored_in_the_last_column),
        cmocka_unit_test(recovering_leaves_what_is_shown),
        cmocka_unit_test(titles_can_be_put_aside_and_taken_back),
        cmocka_unit_test(putting_titles_aside_has_a_limit),
        cmocka_unit_test(a_title_is_cut_and_cleaned),
        cmocka_unit_test(a_string_without_end_costs_nothing_and_is_left_by_cancel),
        cmocka_unit_test(clearing_empties_screen_and_scrollback),
        cmocka_unit_test(each_feed_makes_a_new_version),
        cmocka_unit_test(the_bell_rings_once_a_feed),
        cmocka_unit_test(fewer_rows_push_the_top_into_the_scrollback),
        cmocka_unit_test(empty_rows_below_the_cursor_go_first),
        cmocka_unit_test(what_a_narrower_screen_hides_comes_back),
        cmocka_unit_test(a_resize_in_the_alternate_screen_keeps_the_main_one),
        cmocka_unit_test(a_region_and_a_saved_cursor_survive_no_smaller_screen),
        cmocka_unit_test(one_column_and_one_row_are_a_screen),
        cmocka_unit_test(too_many_parameters_change_nothing),
        cmocka_unit_test(repeating_before_any_text_is_harmless),
        cmocka_unit_test(controls_beyond_ascii_are_left_out),
        cmocka_unit_test(marks_on_a_character_have_a_limit),
        cmocka_unit_test(emoji_sequences_keep_their_parts),
        cmocka_unit_test(nothing_is_answered_without_an_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
