#include "pty/screen_row.h"

#include "server/base/buf.h"
#include "tests/support/text.h"

#define COLS 10

static const struct screen_style plain = {0};
static const struct screen_style red = {.foreground = SCREEN_COLOR_PALETTE + 1};
static const struct screen_row_blank blank = {.cols = COLS};
static const struct screen_row_blank blue = {.cols = COLS, .background = SCREEN_COLOR_PALETTE + 4};

static void assert_row(const struct screen_row *row, const char *expected)
{
    scoped_buf struct buf text = {0};
    screen_row_text(row, 0, COLS, &text);
    assert_text(buf_str(&text), expected);
}

/* The backgrounds of the cells, and behind them, as digits. */
static void assert_backgrounds(const struct screen_row *row, const char *expected)
{
    scoped_buf struct buf digits = {0};
    int col = 0;
    while (col < screen_row_len(row)) {
        const struct screen_row_run run = screen_row_run(row, col);
        for (; col < run.end; col++)
            buf_append_byte(&digits, (char)('0' + (run.style.background & 0xF)));
    }
    for (; col < COLS; col++)
        buf_append_byte(&digits, (char)('0' + (screen_row_background(row) & 0xF)));
    assert_text(buf_str(&digits), expected);
}

static void an_absent_row_is_empty(void **state)
{
    (void)state;
    assert_row(NULL, "");
    assert_int_equal(screen_row_len(NULL), 0);
    assert_int_equal(screen_row_background(NULL), SCREEN_COLOR_DEFAULT);
    assert_false(screen_row_is_wrapped(NULL));
    screen_row_free(NULL);
}

static void text_is_put_anywhere_and_gaps_are_blanks(void **state)
{
    (void)state;
    struct screen_row *row = NULL;
    screen_row_put_ascii(&row, 4, STR("ab"), plain);
    assert_row(row, "    ab");
    screen_row_put_ascii(&row, 0, STR("xyz"), plain);
    assert_row(row, "xyz ab");
    screen_row_put_ascii(&row, 5, STR("cd"), red);
    assert_row(row, "xyz acd");
    screen_row_put(&row, 8, 0x6F22, 2, plain);
    assert_row(row, "xyz acd \xE6\xBC\xA2");
    assert_int_equal(screen_row_len(row), 10);
    screen_row_free(row);
}

static void runs_end_where_the_style_or_the_width_changes(void **state)
{
    (void)state;
    struct screen_row *row = NULL;
    screen_row_put_ascii(&row, 0, STR("ab"), plain);
    screen_row_put_ascii(&row, 2, STR("cd"), red);
    screen_row_put(&row, 4, 0x6F22, 2, red);
    screen_row_put(&row, 6, 0x6F22, 2, red);
    static const int ends[] = {2, 4, 8};
    static const int widths[] = {1, 1, 2};
    int col = 0;
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        const struct screen_row_run run = screen_row_run(row, col);
        assert_int_equal(run.end, ends[i]);
        assert_int_equal(run.width, widths[i]);
        assert_true(screen_style_equal(run.style, i == 0 ? plain : red));
        col = run.end;
    }
    assert_int_equal(col, screen_row_len(row));
    screen_row_free(row);
}

static void half_a_wide_character_becomes_a_blank(void **state)
{
    (void)state;
    for (int col = 1; col <= 3; col++) {
        struct screen_row *row = NULL;
        screen_row_put(&row, 0, 0x6F22, 2, plain);
        screen_row_put(&row, 2, 0x5B57, 2, plain);
        screen_row_put_ascii(&row, col, STR("x"), plain);
        assert_row(row, col == 1   ? " x\xE5\xAD\x97"
                        : col == 2 ? "\xE6\xBC\xA2x "
                                   : "\xE6\xBC\xA2 x");
        screen_row_free(row);
    }
}

static void marks_belong_to_the_character_before_them(void **state)
{
    (void)state;
    struct screen_row *row = NULL;
    screen_row_add_mark(&row, 0, 0x301);
    assert_null(row);
    screen_row_put_ascii(&row, 0, STR("e"), plain);
    screen_row_add_mark(&row, 0, 0x301);
    screen_row_add_mark(&row, 0, 0x308);
    screen_row_add_mark(&row, 1, 0x301);
    screen_row_put(&row, 1, 0x6F22, 2, plain);
    screen_row_add_mark(&row, 2, 0x301);
    assert_row(row, "e\xCC\x81\xCC\x88\xE6\xBC\xA2\xCC\x81");
    assert_int_equal(screen_row_len(row), 3);
    screen_row_free(row);
}

static void erasing_to_the_end_leaves_only_a_background(void **state)
{
    (void)state;
    struct screen_row *row = NULL;
    screen_row_put_ascii(&row, 0, STR("abcdef"), plain);
    screen_row_set_wrapped(&row, true);
    screen_row_erase(&row, 4, COLS, blank);
    assert_row(row, "abcd");
    assert_false(screen_row_is_wrapped(row));
    screen_row_erase(&row, 2, COLS, blue);
    assert_backgrounds(row, "0044444444");
    screen_row_erase(&row, 4, COLS, blank);
    assert_backgrounds(row, "0044000000");
    screen_row_erase(&row, 0, COLS, blank);
    assert_null(row);
}

static void erasing_in_the_middle_leaves_the_rest(void **state)
{
    (void)state;
    struct screen_row *row = NULL;
    screen_row_put_ascii(&row, 0, STR("abcdef"), plain);
    screen_row_erase(&row, 1, 3, blank);
    assert_row(row, "a  def");
    screen_row_erase(&row, 4, 8, blue);
    assert_row(row, "a  d    ");
    assert_backgrounds(row, "0000444400");
    screen_row_free(row);
}

static void erasing_where_nothing_is_costs_nothing(void **state)
{
    (void)state;
    struct screen_row *row = NULL;
    screen_row_erase(&row, 0, COLS, blank);
    screen_row_erase(&row, 3, 5, blank);
    screen_row_insert(&row, 3, 2, blank);
    screen_row_delete(&row, 3, 2, blank);
    assert_null(row);
    screen_row_erase(&row, 5, COLS, blue);
    assert_backgrounds(row, "0000044444");
    screen_row_free(row);
}

static void inserting_moves_the_rest_out_at_the_edge(void **state)
{
    (void)state;
    struct screen_row *row = NULL;
    screen_row_put_ascii(&row, 0, STR("abcdefgh"), plain);
    screen_row_insert(&row, 2, 3, blank);
    assert_row(row, "ab   cdefg");
    screen_row_insert(&row, 1, 99, blue);
    assert_row(row, "a         ");
    assert_backgrounds(row, "0444444444");
    screen_row_free(row);
}

static void deleting_moves_the_rest_in(void **state)
{
    (void)state;
    struct screen_row *row = NULL;
    screen_row_put_ascii(&row, 0, STR("abcdefgh"), plain);
    screen_row_delete(&row, 1, 2, blank);
    assert_row(row, "adefgh");
    screen_row_delete(&row, 1, 2, blue);
    assert_row(row, "afgh      ");
    assert_backgrounds(row, "0000000044");
    screen_row_delete(&row, 1, 99, blank);
    assert_row(row, "a");
    screen_row_free(row);
}

static void a_wide_character_that_is_cut_by_moving_is_gone(void **state)
{
    (void)state;
    struct screen_row *row = NULL;
    screen_row_put(&row, 8, 0x6F22, 2, plain);
    screen_row_insert(&row, 0, 1, blank);
    assert_row(row, "          ");
    screen_row_put(&row, 0, 0x6F22, 2, plain);
    screen_row_delete(&row, 1, 1, blank);
    assert_row(row, "         ");
    screen_row_free(row);
}

/* A status line is written again and again in ever new colours. */
static void a_row_may_see_any_number_of_styles_and_marks(void **state)
{
    (void)state;
    struct screen_row *row = NULL;
    for (unsigned i = 0; i < 20000; i++) {
        const struct screen_style style = {.foreground = SCREEN_COLOR_RGB + i};
        const int col = (int)(i % COLS);
        screen_row_put_ascii(&row, col, STR("e"), style);
        screen_row_add_mark(&row, col, 0x301);
    }
    for (int col = 0; col < COLS; col++) {
        const struct screen_row_run run = screen_row_run(row, col);
        assert_int_equal(run.style.foreground, SCREEN_COLOR_RGB + 19990 + (unsigned)col);
        scoped_buf struct buf text = {0};
        screen_row_text(row, col, col + 1, &text);
        assert_text(buf_str(&text), "e\xCC\x81");
    }
    screen_row_free(row);
}

static void every_cell_of_the_longest_row_may_have_a_style_of_its_own(void **state)
{
    (void)state;
    struct screen_row *row = NULL;
    for (int round = 0; round < 3; round++) {
        for (int col = 0; col < 1000; col++) {
            const uint32_t color = SCREEN_COLOR_RGB + (uint32_t)(round * 1000 + col);
            screen_row_put_ascii(&row, col, STR("x"), (struct screen_style){.background = color});
        }
    }
    for (int col = 0; col < 1000; col++)
        assert_int_equal(screen_row_run(row, col).style.background,
                         SCREEN_COLOR_RGB + 2000 + (unsigned)col);
    screen_row_free(row);
}

static void a_recycled_row_is_empty(void **state)
{
    (void)state;
    struct screen_row *row = NULL;
    screen_row_put_ascii(&row, 0, STR("abc"), plain);
    screen_row_set_wrapped(&row, true);
    row = screen_row_recycle(row);
    assert_int_equal(screen_row_len(row), 0);
    assert_false(screen_row_is_wrapped(row));
    screen_row_put_ascii(&row, 2, STR("x"), plain);
    assert_row(row, "  x");
    screen_row_put_ascii(&row, 0, STR("r"), red);
    assert_null(screen_row_recycle(row));
    assert_null(screen_row_recycle(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_absent_row_is_empty),
        cmocka_unit_test(text_is_put_anywhere_and_gaps_are_blanks),
        cmocka_unit_test(runs_end_where_the_style_or_the_width_changes),
        cmocka_unit_test(half_a_wide_character_becomes_a_blank),
        cmocka_unit_test(marks_belong_to_the_character_before_them),
        cmocka_unit_test(erasing_to_the_end_leaves_only_a_background),
        cmocka_unit_test(erasing_in_the_middle_leaves_the_rest),
        cmocka_unit_test(erasing_where_nothing_is_costs_nothing),
        cmocka_unit_test(inserting_moves_the_rest_out_at_the_edge),
        cmocka_unit_test(deleting_moves_the_rest_in),
        cmocka_unit_test(a_wide_character_that_is_cut_by_moving_is_gone),
        cmocka_unit_test(a_row_may_see_any_number_of_styles_and_marks),
        cmocka_unit_test(every_cell_of_the_longest_row_may_have_a_style_of_its_own),
        cmocka_unit_test(a_recycled_row_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
