#include "pty/screen_style.h"

#include "pty/screen_parser.h"
#include "server/base/buf.h"
#include "tests/support/text.h"

static size_t skip_text(void *owner, struct str bytes)
{
    (void)owner;
    return bytes.len;
}

static void apply(void *owner, const struct screen_sequence *sequence)
{
    screen_style_apply(owner, sequence);
}

/* The style after "CSI params m", from the default one. */
static struct screen_style styled(struct str params)
{
    const struct screen_parser_handlers handlers = {.on_text = skip_text, .on_csi = apply};
    struct screen_parser parser = {0};
    struct screen_style style = {0};
    screen_parser_feed(&parser, STR("\033["), &handlers, &style);
    screen_parser_feed(&parser, params, &handlers, &style);
    screen_parser_feed(&parser, STR("m"), &handlers, &style);
    screen_parser_fini(&parser);
    return style;
}

static const struct {
    struct str params;
    const char *printed;
} cases[] = {
    {STR_INIT(""), "0"},
    {STR_INIT("0"), "0"},
    {STR_INIT("1"), "0;1"},
    {STR_INIT("1;2;3;5;7;8;9;53"), "0;1;2;3;5;7;8;9;53"},
    {STR_INIT("1;2;22"), "0"},
    {STR_INIT("3;5;7;8;9;53;23;25;27;28;29;55"), "0"},
    {STR_INIT("4"), "0;4"},
    {STR_INIT("21"), "0;4:2"},
    {STR_INIT("4:3"), "0;4:3"},
    {STR_INIT("4:3;24"), "0"},
    {STR_INIT("4:9"), "0"},
    {STR_INIT("31;42"), "0;31;42"},
    {STR_INIT("91;107"), "0;91;107"},
    {STR_INIT("31;42;39;49"), "0"},
    {STR_INIT("38;5;208"), "0;38;5;208"},
    {STR_INIT("38:5:208;1"), "0;1;38;5;208"},
    {STR_INIT("38;5;3"), "0;33"},
    {STR_INIT("48;2;1;2;3"), "0;48;2;1;2;3"},
    {STR_INIT("48:2:1:2:3"), "0;48;2;1;2;3"},
    {STR_INIT("48:2::1:2:3;4"), "0;4;48;2;1;2;3"},
    {STR_INIT("38;2;300;-;999"), "0"},
    {STR_INIT("38;2;300;1;999"), "0;38;2;255;1;255"},
    {STR_INIT("38;7;1"), "0"},
    {STR_INIT("38"), "0"},
    {STR_INIT("38;5"), "0"},
    {STR_INIT("58;5;1;1"), "0;1"},
    {STR_INIT("58;2;1;1;1;3"), "0;3"},
    {STR_INIT("58:2::1:1:1;3;59"), "0;3"},
    {STR_INIT("1;0;3"), "0;3"},
    {STR_INIT("1;;3"), "0;3"},
    {STR_INIT("77;99;1000;65535;10"), "0"},
};

static void parameters_become_a_style_and_a_style_parameters(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf printed = {0};
        const struct screen_style style = styled(cases[i].params);
        screen_style_print(style, &printed);
        assert_text(buf_str(&printed), cases[i].printed);
        assert_true(screen_style_equal(styled(buf_str(&printed)), style));
        assert_int_equal(screen_style_is_default(style), strcmp(cases[i].printed, "0") == 0);
    }
}

static void colours_have_a_red_a_green_and_a_blue(void **state)
{
    (void)state;
    assert_int_equal(screen_color_rgb(SCREEN_COLOR_DEFAULT, 0x123456), 0x123456);
    assert_int_equal(screen_color_rgb(SCREEN_COLOR_PALETTE + 1, 0), 0xCD0000);
    assert_int_equal(screen_color_rgb(SCREEN_COLOR_PALETTE + 15, 0), 0xFFFFFF);
    assert_int_equal(screen_color_rgb(SCREEN_COLOR_PALETTE + 16, 0), 0x000000);
    assert_int_equal(screen_color_rgb(SCREEN_COLOR_PALETTE + 208, 0), 0xFF8700);
    assert_int_equal(screen_color_rgb(SCREEN_COLOR_PALETTE + 231, 0), 0xFFFFFF);
    assert_int_equal(screen_color_rgb(SCREEN_COLOR_PALETTE + 232, 0), 0x080808);
    assert_int_equal(screen_color_rgb(SCREEN_COLOR_PALETTE + 255, 0), 0xEEEEEE);
    assert_int_equal(screen_color_rgb(SCREEN_COLOR_RGB + 0xABCDEF, 0), 0xABCDEF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_become_a_style_and_a_style_parameters),
        cmocka_unit_test(colours_have_a_red_a_green_and_a_blue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
