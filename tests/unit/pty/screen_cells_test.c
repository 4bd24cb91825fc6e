#include "pty/screen_cells.h"

#include "server/base/jsonw.h"
#include "tests/support/screen.h"

static void write_cells(const struct screen *screen, int first, int last, struct buf *out)
{
    struct jsonw writer;
    jsonw_init(&writer, out);
    screen_cells(screen, first, last, &writer);
}

static void assert_lines(struct str bytes, const char *expected)
{
    struct screen *screen = fed_screen(10, 2, bytes);
    scoped_buf struct buf cells = {0};
    write_cells(screen, 0, 1, &cells);
    const size_t at = str_find(buf_str(&cells), STR("\"lines\":"));
    assert_text(str_skip(buf_str(&cells), at), expected);
    screen_free(screen);
}

static void a_screen_is_one_object(void **state)
{
    (void)state;
    struct screen *screen = fed_screen(10, 2, STR("a\r\nb\r\nc\033]2;t\"i\a\033[4 q\033[?1;1003h"));
    scoped_buf struct buf cells = {0};
    write_cells(screen, -5, 5, &cells);
    assert_text(
        buf_str(&cells),
        "{\"cols\":10,\"rows\":2,\"first_row\":-1,\"scrollback_rows\":1,\"title\":\"t\\\"i\","
        "\"cursor\":{\"row\":1,\"col\":1,\"is_visible\":true,\"shape\":\"underline\","
        "\"is_blinking\":false},"
        "\"modes\":{\"is_alternate\":false,\"application_cursor\":true,"
        "\"application_keypad\":false,\"bracketed_paste\":false,\"focus_events\":false,"
        "\"is_reversed\":false,\"mouse\":\"move\"},"
        "\"lines\":[[{\"text\":\"a\",\"width\":1}],[{\"text\":\"b\",\"width\":1}],"
        "[{\"text\":\"c\",\"width\":1}]]}");
    screen_free(screen);
}

static void runs_have_only_what_is_not_the_default(void **state)
{
    (void)state;
    assert_lines(STR("ab\033[1;31mcd\033[0;4:3;38;2;1;2;255me\033[0;2;3;5;7;8;9;53;48;5;200mf"),
                 "\"lines\":[[{\"text\":\"ab\",\"width\":2},"
                 "{\"text\":\"cd\",\"width\":2,\"foreground\":1,\"bold\":true},"
                 "{\"text\":\"e\",\"width\":1,\"foreground\":\"#0102ff\",\"underline\":\"curly\"},"
                 "{\"text\":\"f\",\"width\":1,\"background\":200,\"dim\":true,\"italic\":true,"
                 "\"blink\":true,\"reverse\":true,\"hidden\":true,\"strike\":true,"
                 "\"overline\":true}],[]]}");
}

static void wide_characters_are_runs_of_their_own(void **state)
{
    (void)state;
    assert_lines(STR("a\xE6\xBC\xA2\xE5\xAD\x97"
                     "e\xCC\x81"),
                 "\"lines\":[[{\"text\":\"a\",\"width\":1},"
                 "{\"text\":\"\xE6\xBC\xA2\xE5\xAD\x97\",\"width\":4,\"cell_width\":2},"
                 "{\"text\":\"e\xCC\x81\",\"width\":1}],[]]}");
}

static void a_background_reaches_to_the_edge(void **state)
{
    (void)state;
    assert_lines(STR("ab\033[44m\033[K"), "\"lines\":[[{\"text\":\"ab\",\"width\":2},"
                                          "{\"text\":\"        \",\"width\":8,\"background\":4}],"
                                          "[]]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_screen_is_one_object),
        cmocka_unit_test(runs_have_only_what_is_not_the_default),
        cmocka_unit_test(wide_characters_are_runs_of_their_own),
        cmocka_unit_test(a_background_reaches_to_the_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
