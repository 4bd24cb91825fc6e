#include "pty/screen_svg.h"

#include "tests/support/screen.h"

static struct buf picture_of(struct str bytes)
{
    struct screen *screen = fed_screen(10, 2, bytes);
    struct buf picture = {0};
    screen_svg(screen, &picture);
    screen_free(screen);
    return picture;
}

static void assert_draws(struct str bytes, const char *expected)
{
    struct buf picture = picture_of(bytes);
    assert_non_null(strstr(picture.data, expected));
    buf_fini(&picture);
}

static void a_picture_stands_for_itself(void **state)
{
    (void)state;
    struct buf picture = picture_of(STR("hello"));
    const struct str svg = buf_str(&picture);
    assert_true(str_starts_with(svg, STR("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"102\" "
                                         "height=\"48\"")));
    assert_true(str_ends_with(svg, STR("</svg>\n")));
    assert_false(str_contains(svg, STR("href")));
    buf_fini(&picture);
}

static void runs_are_drawn_where_their_cells_are(void **state)
{
    (void)state;
    assert_draws(STR("\033[2;3Hhello"),
                 "<text x=\"6\" y=\"38\" textLength=\"63\" fill=\"#e5e5e5\">  hello</text>");
    assert_draws(STR("ab\033[1;3;31mcd"), "<text x=\"24\" y=\"20\" textLength=\"18\" "
                                          "fill=\"#cd0000\" font-weight=\"bold\" "
                                          "font-style=\"italic\">cd</text>");
    assert_draws(STR("\033[4;9mx"), "text-decoration=\" line-through underline\">x</text>");
    assert_draws(STR("\033[4:3mx"), "text-decoration=\" underline wavy\">x</text>");
    assert_draws(STR("\033[2mx"), "fill-opacity=\"0.6\">x</text>");
}

static void backgrounds_are_rectangles(void **state)
{
    (void)state;
    assert_draws(STR("a\033[41mb"),
                 "<rect x=\"15\" y=\"6\" width=\"9\" height=\"18\" fill=\"#cd0000\"/>");
    assert_draws(STR("a\033[41m\033[K"),
                 "<rect x=\"15\" y=\"6\" width=\"81\" height=\"18\" fill=\"#cd0000\"/>");
    assert_draws(STR("\033[7mx"),
                 "<rect x=\"6\" y=\"6\" width=\"9\" height=\"18\" fill=\"#e5e5e5\"/>");
    assert_draws(STR("\033[?5h"), "<rect width=\"102\" height=\"48\" fill=\"#e5e5e5\"/>");
}

static void what_means_something_in_xml_is_escaped(void **state)
{
    (void)state;
    assert_draws(STR("<&>\xEF\xBF\xBE\xEF\xBF\xBF"), ">&lt;&amp;&gt;\xEF\xBF\xBD\xEF\xBF\xBD<");
    assert_draws(STR("\033]2;</title>\a"), "<title>&lt;/title&gt;</title>");
}

static void hidden_text_and_a_hidden_cursor_are_not_drawn(void **state)
{
    (void)state;
    struct buf picture = picture_of(STR("\033[8msecret\033[?25l"));
    assert_null(strstr(picture.data, "secret"));
    assert_null(strstr(picture.data, "class=\"cursor\""));
    buf_fini(&picture);
    assert_draws(STR("abc"), "<rect class=\"cursor\" x=\"33\" y=\"6\" width=\"9\" height=\"18\"");
    assert_draws(STR("abc\033[6 q"),
                 "<rect class=\"cursor\" x=\"33\" y=\"6\" width=\"2\" height=\"18\"");
    assert_draws(STR("abc\033[4 q"),
                 "<rect class=\"cursor\" x=\"33\" y=\"22\" width=\"9\" height=\"2\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_stands_for_itself),
        cmocka_unit_test(runs_are_drawn_where_their_cells_are),
        cmocka_unit_test(backgrounds_are_rectangles),
        cmocka_unit_test(what_means_something_in_xml_is_escaped),
        cmocka_unit_test(hidden_text_and_a_hidden_cursor_are_not_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
