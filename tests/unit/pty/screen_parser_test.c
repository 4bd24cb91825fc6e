#include "pty/screen_parser.h"

#include "server/base/utf8.h"
#include "tests/support/text.h"

/* Everything that comes out of the parser, one piece after the other in brackets. */
static size_t note_text(void *owner, struct str bytes)
{
    size_t len = 0;
    while (len < bytes.len && ((bytes.data[len] >= ' ' && bytes.data[len] <= '~') ||
                               bytes.data[len] == '\r' || bytes.data[len] == '\n'))
        len++;
    buf_append(owner, str_slice(bytes, 0, len));
    return len;
}

static void note_character(void *owner, unsigned code_point)
{
    buf_printf(owner, "<%X>", code_point);
}

static void note_control(void *owner, char control)
{
    buf_printf(owner, "<^%c>", control + '@');
}

static void note_sequence(struct buf *out, const struct screen_sequence *sequence)
{
    if (sequence->leader != '\0')
        buf_append_byte(out, sequence->leader);
    for (int i = 0; i < sequence->count; i++) {
        if (i > 0)
            buf_append_byte(out, sequence->is_joined[i] ? ':' : ';');
        if (sequence->params[i] >= 0)
            buf_printf(out, "%d", sequence->params[i]);
    }
    if (sequence->intermediate != '\0')
        buf_append_byte(out, sequence->intermediate);
    buf_append_byte(out, sequence->final);
    buf_append_byte(out, '>');
}

static void note_escape(void *owner, const struct screen_sequence *sequence)
{
    buf_append(owner, STR("<ESC "));
    note_sequence(owner, sequence);
}

static void note_csi(void *owner, const struct screen_sequence *sequence)
{
    buf_append(owner, STR("<CSI "));
    note_sequence(owner, sequence);
}

static void note_string(void *owner, char kind, struct str text, bool is_ended_by_bell)
{
    buf_printf(owner, "<%c %.*s%s>", kind, STR_ARG(text), is_ended_by_bell ? " BEL" : "");
}

static const struct screen_parser_handlers handlers = {
    .on_text = note_text,
    .on_character = note_character,
    .on_control = note_control,
    .on_escape = note_escape,
    .on_csi = note_csi,
    .on_string = note_string,
};

static const struct {
    struct str bytes;
    const char *parsed;
} cases[] = {
    {STR_INIT("plain text\r\n"), "plain text\r\n"},
    {STR_INIT("a\tb\bc\a"), "a<^I>b<^H>c<^G>"},
    {STR_INIT("a\0b\x7F"
              "c"),
     "abc"},
    {STR_INIT("h\xC3\xA9 \xE6\xBC\xA2 \xF0\x9F\x98\x80"), "h<E9> <6F22> <1F600>"},
    {STR_INIT("\xFF\xFE|\xE6\xBC|\xC0\x80|\xED\xA0\x80"),
     "<FFFD><FFFD>|<FFFD>|<FFFD><FFFD>|<FFFD><FFFD><FFFD>"},
    {STR_INIT("\xE6\xBC\033[m"), "<FFFD><CSI m>"},
    {STR_INIT("\033[m"), "<CSI m>"},
    {STR_INIT("\033[1;31m"), "<CSI 1;31m>"},
    {STR_INIT("\033[;5H"), "<CSI ;5H>"},
    {STR_INIT("\033[4:3;38:2::1:2:3m"), "<CSI 4:3;38:2::1:2:3m>"},
    {STR_INIT("\033[?1049h"), "<CSI ?1049h>"},
    {STR_INIT("\033[>c\033[=c\033[<u"), "<CSI >c><CSI =c><CSI <u>"},
    {STR_INIT("\033[2 q\033[!p\033[?1$p"), "<CSI 2 q><CSI !p><CSI ?1$p>"},
    {STR_INIT("\033[99999999999999999999A"), "<CSI 65535A>"},
    {STR_INIT("\0337\033(0\033#8\033c"), "<ESC 7><ESC (0><ESC #8><ESC c>"},
    {STR_INIT("\033]0;title\aX"), "<] 0;title BEL>X"},
    {STR_INIT("\033]0;title\033\\X"), "<] 0;title>X"},
    {STR_INIT("\033P$qm\033\\X"), "<P $qm>X"},
    {STR_INIT("\033P\a\033\\X"), "<P \a>X"},
    {STR_INIT("\033_app\033\\\033^pm\033\\\033Xsos\033\\X"), "X"},
    {STR_INIT("\033]0;broken\033[31mX"), "<CSI 31m>X"},
    {STR_INIT("\033]0;cancelled\030X"), "X"},
    {STR_INIT("\033[3\030X\033\032Y"), "XY"},
    {STR_INIT("\033[3\033[4mX"), "<CSI 4m>X"},
    {STR_INIT("\033[3\r4mX"), "<^M><CSI 34m>X"},
    {STR_INIT("\033[3\xC3\xA9X"), "<E9>X"},
    {STR_INIT("\033[1?hX\033[??hY\033[1 1hZ\033[1  hQ\033(#0R"), "XYZQR"},
};

static void each_piece_comes_out_as_what_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct screen_parser parser = {0};
        scoped_buf struct buf out = {0};
        screen_parser_feed(&parser, cases[i].bytes, &handlers, &out);
        assert_text(buf_str(&out), cases[i].parsed);
        screen_parser_fini(&parser);
    }
}

static void it_does_not_matter_how_the_bytes_are_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct screen_parser parser = {0};
        scoped_buf struct buf out = {0};
        for (size_t at = 0; at < cases[i].bytes.len; at++)
            screen_parser_feed(&parser, str_slice(cases[i].bytes, at, at + 1), &handlers, &out);
        assert_text(buf_str(&out), cases[i].parsed);
        screen_parser_fini(&parser);
    }
}

static void feed_many(struct screen_parser *parser, struct buf *out, size_t count, struct str piece)
{
    for (size_t i = 0; i < count; i++)
        screen_parser_feed(parser, piece, &handlers, out);
}

static void a_string_at_the_limit_is_told_and_one_past_it_is_not(void **state)
{
    (void)state;
    for (size_t len = SCREEN_STRING_MAX_BYTES; len <= SCREEN_STRING_MAX_BYTES + 1; len++) {
        struct screen_parser parser = {0};
        scoped_buf struct buf out = {0};
        screen_parser_feed(&parser, STR("\033]"), &handlers, &out);
        feed_many(&parser, &out, len, STR("x"));
        screen_parser_feed(&parser, STR("\a!"), &handlers, &out);
        assert_int_equal(out.len > 10, len == SCREEN_STRING_MAX_BYTES);
        assert_true(str_ends_with(buf_str(&out), STR("!")));
        screen_parser_fini(&parser);
    }
}

static void as_many_parameters_as_fit_are_told_and_more_are_not(void **state)
{
    (void)state;
    for (size_t count = SCREEN_PARAMS_MAX; count <= SCREEN_PARAMS_MAX + 1; count++) {
        struct screen_parser parser = {0};
        scoped_buf struct buf out = {0};
        screen_parser_feed(&parser, STR("\033[1"), &handlers, &out);
        feed_many(&parser, &out, count - 1, STR(";1"));
        screen_parser_feed(&parser, STR("m!"), &handlers, &out);
        assert_int_equal(out.len > 1, count == SCREEN_PARAMS_MAX);
        screen_parser_fini(&parser);
    }
}

static void a_reset_forgets_what_is_unfinished(void **state)
{
    (void)state;
    static const struct str starts[] = {STR_INIT("\033"), STR_INIT("\033[1;"), STR_INIT("\033]0;a"),
                                        STR_INIT("\xE6\xBC")};
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        struct screen_parser parser = {0};
        scoped_buf struct buf out = {0};
        screen_parser_feed(&parser, starts[i], &handlers, &out);
        screen_parser_reset(&parser);
        screen_parser_feed(&parser, STR("mX"), &handlers, &out);
        assert_text(buf_str(&out), "mX");
        screen_parser_fini(&parser);
    }
}

static void a_missing_count_is_the_default_and_so_is_zero(void **state)
{
    (void)state;
    const struct screen_sequence sequence = {.count = 3, .params = {-1, 0, 7}};
    assert_int_equal(screen_sequence_count(&sequence, 0, 1), 1);
    assert_int_equal(screen_sequence_count(&sequence, 1, 1), 1);
    assert_int_equal(screen_sequence_count(&sequence, 2, 1), 7);
    assert_int_equal(screen_sequence_count(&sequence, 3, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_piece_comes_out_as_what_it_is),
        cmocka_unit_test(it_does_not_matter_how_the_bytes_are_split),
        cmocka_unit_test(a_string_at_the_limit_is_told_and_one_past_it_is_not),
        cmocka_unit_test(as_many_parameters_as_fit_are_told_and_more_are_not),
        cmocka_unit_test(a_reset_forgets_what_is_unfinished),
        cmocka_unit_test(a_missing_count_is_the_default_and_so_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
