#include "pty/screen_replay.h"

#include "server/base/jsonw.h"
#include "tests/support/screen.h"

#define COLS 12
#define ROWS 5

static void append_cells(const struct screen *screen, struct buf *out)
{
    struct jsonw writer;
    jsonw_init(&writer, out);
    screen_cells(screen, -100, ROWS, &writer);
}

static struct screen *replayed(const struct screen *screen)
{
    scoped_buf struct buf bytes = {0};
    screen_replay(screen, &bytes);
    return fed_screen(COLS, ROWS, buf_str(&bytes));
}

static void assert_same(const struct screen *screen, const struct screen *copy)
{
    scoped_buf struct buf expected = {0};
    scoped_buf struct buf actual = {0};
    append_cells(screen, &expected);
    append_cells(copy, &actual);
    assert_string_equal(actual.data, expected.data);
}

/* What was printed, and what is printed then to both: it shows what the cells do not. */
static const struct {
    struct str before;
    struct str after;
} cases[] = {
    {STR_INIT(""), STR_INIT("x")},
    {STR_INIT("hello\r\nworld"), STR_INIT("!")},
    {STR_INIT("1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7"), STR_INIT("\r\nx")},
    {STR_INIT("1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\033[2J\033[H"), STR_INIT("x")},
    {STR_INIT("\033[1;31mred\033[0;4:3;48;5;99m two \033[0m three"), STR_INIT("x")},
    {STR_INIT("\033[1;31mpen stays"), STR_INIT("x\033[K")},
    {STR_INIT("a\033[44m\033[K\033[0m\r\nb"), STR_INIT("x")},
    {STR_INIT("\033[41m\033[2J\033[0m"), STR_INIT("x")},
    {STR_INIT("0123456789ab"), STR_INIT("x")},
    {STR_INIT("0123456789\xE6\xBC\xA2"), STR_INIT("x")},
    {STR_INIT("0123456789abcdef\r\nx"), STR_INIT("\033[2;1H\033[K")},
    {STR_INIT("0123456789a\xE6\xBC\xA2"), STR_INIT("x")},
    {STR_INIT("\033[5;1H0123456789abcdef"), STR_INIT("x")},
    {STR_INIT("e\xCC\x81 \xF0\x9F\x98\x80\033[8Gx"), STR_INIT("y")},
    {STR_INIT("\033[2;4r\033[4;1H"), STR_INIT("a\nb\nc\nd")},
    {STR_INIT("\033[2;4r\033[?6h\033[2;3H"), STR_INIT("a\033[1;1Hb")},
    {STR_INIT("\033[3;5H\033[?7l"), STR_INIT("0123456789abcdef")},
    {STR_INIT("abcdef\033[3G\033[4h"), STR_INIT("XY")},
    {STR_INIT("\033[20h\033[?5h\033[?25l\033[?12l"), STR_INIT("a\nb")},
    {STR_INIT("\033[?1;66;1002;1006;1004;2004h"), STR_INIT("x")},
    {STR_INIT("\033[3 q"), STR_INIT("x")},
    {STR_INIT("\033[6 q"), STR_INIT("x")},
    {STR_INIT("\033[3g\033[4G\033H\r"), STR_INIT("\tx\ty")},
    {STR_INIT("\033)0\x0E"), STR_INIT("qqq\x0Fq")},
    {STR_INIT("\033]2;a title\a"), STR_INIT("x")},
    {STR_INIT("main\r\nrow\033[?1049h\033[2;2Halt\033[31m"), STR_INIT("x\033[?1049ly")},
    {STR_INIT("1\r\n2\r\n3\r\n4\r\n5\r\n6\033[?1049h\033[44m\033[J"), STR_INIT("x\033[?1049ly")},
};

static void a_copy_shows_the_same_and_goes_on_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct screen *screen = fed_screen(COLS, ROWS, cases[i].before);
        struct screen *copy = replayed(screen);
        assert_same(screen, copy);
        screen_feed(screen, cases[i].after);
        screen_feed(copy, cases[i].after);
        assert_same(screen, copy);
        screen_free(screen);
        screen_free(copy);
    }
}

static void wrapped_rows_are_wrapped_in_the_copy(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(COLS, ROWS, STR("0123456789abcdef\r\nnext"));
    scoped_buf struct buf bytes = {0};
    screen_replay(screen, &bytes);
    const struct screen_options options = {.cols = COLS, .rows = ROWS, .joins_wrapped = true};
    struct screen *copy = screen_new(&options);
    screen_feed(copy, buf_str(&bytes));
    assert_shows(copy, "0123456789abcdef\nnext\n");
    screen_free(copy);
    screen_free(screen);
}

static void half_a_character_at_the_edge_of_a_narrower_screen_is_no_part_of_it(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(COLS, ROWS, STR("abcd\xE6\xBC\xA2xyzuvwnext"));
    screen_resize(screen, 5, ROWS);
    assert_shows(screen, "abcd\nnext\n");
    scoped_buf struct buf bytes = {0};
    screen_replay(screen, &bytes);
    struct screen *copy = fed_screen(5, ROWS, buf_str(&bytes));
    assert_shows(copy, "abcd\nnext\n");
    screen_free(copy);
    screen_free(screen);
}

static void only_the_newest_rows_of_a_long_scrollback_are_sent(void **state)
{
    (void)state;
    const struct screen_options options = {
        .cols = COLS, .rows = ROWS, .max_scrollback_rows = 10 * SCREEN_REPLAY_ROWS};
    struct screen *screen = screen_new(&options);
    for (int i = 0; i < 5 * SCREEN_REPLAY_ROWS; i++)
        screen_feed(screen, STR("line\r\n"));
    scoped_buf struct buf bytes = {0};
    screen_replay(screen, &bytes);
    struct screen *copy = screen_new(&options);
    screen_feed(copy, buf_str(&bytes));
    assert_int_equal(screen_scrollback_rows(copy), SCREEN_REPLAY_ROWS);
    screen_free(copy);
    screen_free(screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_shows_the_same_and_goes_on_the_same),
        cmocka_unit_test(wrapped_rows_are_wrapped_in_the_copy),
        cmocka_unit_test(half_a_character_at_the_edge_of_a_narrower_screen_is_no_part_of_it),
        cmocka_unit_test(only_the_newest_rows_of_a_long_scrollback_are_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
