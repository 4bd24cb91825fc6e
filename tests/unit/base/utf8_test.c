#include "server/base/utf8.h"

#include "server/base/buf.h"
#include "tests/support/text.h"

#define FFFD "\xEF\xBF\xBD"

/* How Python's bytes.decode("utf-8", "replace") sees each text. */
static const struct {
    struct str text;
    const char *repaired;
    size_t tail;
} cases[] = {
    {{0}, "", 0},
    {STR_INIT(""), "", 0},
    {STR_INIT("plain"), "plain", 0},
    {STR_INIT("h\xC3\xA9 \xE6\xBC\xA2 \xF0\x9F\x98\x80"), "h\xC3\xA9 \xE6\xBC\xA2 \xF0\x9F\x98\x80",
     0},
    {STR_INIT("\x80"), FFFD, 0},
    {STR_INIT("a\xC3"), "a" FFFD, 1},
    {STR_INIT("a\xE6\xBC"), "a" FFFD, 2},
    {STR_INIT("a\xF0\x9F\x98"), "a" FFFD, 3},
    {STR_INIT("\xF0\x9F"), FFFD, 2},
    {STR_INIT("\xC3\xC3\xA9"), FFFD "\xC3\xA9", 0},
    {STR_INIT("\xE6\xBC|"), FFFD "|", 0},
    {STR_INIT("\xF0\x9F\x98|"), FFFD "|", 0},
    {STR_INIT("\xC0\x80"), FFFD FFFD, 0},
    {STR_INIT("\xC1\xBF"), FFFD FFFD, 0},
    {STR_INIT("\xE0\x9F\xBF"), FFFD FFFD FFFD, 0},
    {STR_INIT("\xE0\xA0\x80"), "\xE0\xA0\x80", 0},
    {STR_INIT("\xED\x9F\xBF"), "\xED\x9F\xBF", 0},
    {STR_INIT("\xED\xA0\x80"), FFFD FFFD FFFD, 0},
    {STR_INIT("\xF0\x8F\xBF\xBF"), FFFD FFFD FFFD FFFD, 0},
    {STR_INIT("\xF4\x8F\xBF\xBF"), "\xF4\x8F\xBF\xBF", 0},
    {STR_INIT("\xF4\x90\x80\x80"), FFFD FFFD FFFD FFFD, 0},
    {STR_INIT("\xF5\x80"), FFFD FFFD, 0},
    {STR_INIT("\xFF\xFE"), FFFD FFFD, 0},
    {STR_INIT("\xE0\x80"), FFFD FFFD, 0},
    {STR_INIT("\xED\xA0"), FFFD FFFD, 0},
    {STR_INIT("\xF4\x90"), FFFD FFFD, 0},
    {STR_INIT("0123456789abcdef0123456789abcdef\xFF"
              "0123456789abcdef0123456789abcdef"),
     "0123456789abcdef0123456789abcdef" FFFD "0123456789abcdef0123456789abcdef", 0},
};

static void each_maximal_invalid_part_becomes_one_replacement(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf repaired = {0};
        utf8_repair(&repaired, cases[i].text);
        assert_text(buf_str(&repaired), cases[i].repaired);
    }
}

static void a_text_is_valid_when_repair_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(utf8_is_valid(cases[i].text),
                         str_equal(cases[i].text, str_from(cases[i].repaired)));
}

static void the_tail_is_what_may_still_become_a_character(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(utf8_incomplete_tail(cases[i].text), cases[i].tail);
}

static void pieces_cut_before_their_tails_repair_like_the_whole(void **state)
{
    (void)state;
    const struct str text = STR("a\xC3\xA9\xE6\xBC\xA2\xF0\x9F\x98\x80\xED\xA0\x80z\xF0\x9F");
    scoped_buf struct buf whole = {0};
    utf8_repair(&whole, text);
    for (size_t cut = 0; cut <= text.len; cut++) {
        scoped_buf struct buf pieces = {0};
        const struct str first = str_slice(text, 0, cut);
        const size_t kept = cut - utf8_incomplete_tail(first);
        utf8_repair(&pieces, str_slice(text, 0, kept));
        utf8_repair(&pieces, str_skip(text, kept));
        assert_true(str_equal(buf_str(&pieces), buf_str(&whole)));
    }
}

static void characters_are_counted_after_repair(void **state)
{
    (void)state;
    assert_int_equal(utf8_count(STR("")), 0);
    assert_int_equal(utf8_count(STR("h\xC3\xA9\xF0\x9F\x98\x80")), 3);
    assert_int_equal(utf8_count(STR("a\xFF\xE6\xBC")), 3);
}

static void a_number_of_characters_tells_a_number_of_bytes(void **state)
{
    (void)state;
    const struct str text = STR("h\xC3\xA9\xFF\xF0\x9F\x98\x80");
    const size_t bytes[] = {0, 1, 3, 4, 8, 8};
    for (size_t i = 0; i < ARRAY_SIZE(bytes); i++)
        assert_int_equal(utf8_prefix_bytes(text, i), bytes[i]);
}

static void the_decoder_undoes_the_encoder_for_every_character(void **state)
{
    (void)state;
    scoped_buf struct buf encoded = {0};
    for (unsigned character = 0; character <= 0x10FFFF; character++) {
        if (character >= 0xD800 && character <= 0xDFFF)
            continue;
        buf_clear(&encoded);
        utf8_append(&encoded, character);
        unsigned decoded;
        bool is_valid;
        const size_t bytes = utf8_step(buf_str(&encoded), &decoded, &is_valid);
        if (!is_valid || bytes != encoded.len || decoded != character)
            fail_msg("U+%04X does not survive", character);
    }
}

static void what_is_no_character_is_encoded_as_a_replacement(void **state)
{
    (void)state;
    const unsigned bad[] = {0xD800, 0xDFFF, 0x110000, 0xFFFFFFFF};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        scoped_buf struct buf encoded = {0};
        utf8_append(&encoded, bad[i]);
        assert_text(buf_str(&encoded), FFFD);
    }
}

static void white_space_is_trimmed_as_python_strips_it(void **state)
{
    (void)state;
    static const struct {
        struct str given;
        struct str expected;
    } trims[] = {
        {STR_INIT("text"), STR_INIT("text")},
        {STR_INIT(" \t\n a b \v\f\r\n"), STR_INIT("a b")},
        {STR_INIT("\x1f\x1ctext\x1d\x1e"), STR_INIT("text")},
        {STR_INIT("\xc2\xa0\xe2\x80\x83\xe3\x80\x80x\xc2\x85\xe2\x80\xaf"), STR_INIT("x")},
        {STR_INIT("\xe2\x80\x8btext\xe2\x80\x8b"), STR_INIT("\xe2\x80\x8btext\xe2\x80\x8b")},
        {STR_INIT("text\x80"), STR_INIT("text\x80")},
        {STR_INIT("\xc3\xa9 \xf0\x9f\x98\x80 \n"), STR_INIT("\xc3\xa9 \xf0\x9f\x98\x80")},
        {STR_INIT(" \n\xe2\x80\xaf"), STR_INIT("")},
        {STR_INIT(""), STR_INIT("")},
    };
    for (size_t i = 0; i < ARRAY_SIZE(trims); i++)
        assert_text(utf8_trim(trims[i].given), trims[i].expected.data);
}

static void one_end_is_trimmed_alone(void **state)
{
    (void)state;
    assert_text(utf8_trim_start(STR(" a ")), "a ");
    assert_text(utf8_trim_end(STR(" a ")), " a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_maximal_invalid_part_becomes_one_replacement),
        cmocka_unit_test(a_text_is_valid_when_repair_changes_nothing),
        cmocka_unit_test(the_tail_is_what_may_still_become_a_character),
        cmocka_unit_test(pieces_cut_before_their_tails_repair_like_the_whole),
        cmocka_unit_test(characters_are_counted_after_repair),
        cmocka_unit_test(a_number_of_characters_tells_a_number_of_bytes),
        cmocka_unit_test(the_decoder_undoes_the_encoder_for_every_character),
        cmocka_unit_test(what_is_no_character_is_encoded_as_a_replacement),
        cmocka_unit_test(white_space_is_trimmed_as_python_strips_it),
        cmocka_unit_test(one_end_is_trimmed_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
