#include "server/base/jsonw.h"

#include <math.h>

#include "server/base/buf.h"
#include "tests/support/text.h"

static void commas_and_nesting_are_kept_by_the_writer(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    struct jsonw w;
    jsonw_init(&w, &out);
    jsonw_object(&w);
    jsonw_int(&w, "a", -1);
    jsonw_array_in(&w, "b");
    jsonw_uint(&w, NULL, UINT64_MAX);
    jsonw_object(&w);
    jsonw_end(&w);
    jsonw_array(&w);
    jsonw_bool(&w, NULL, true);
    jsonw_end(&w);
    jsonw_end(&w);
    jsonw_object_in(&w, "c");
    jsonw_null(&w, "d");
    jsonw_bool(&w, "e", false);
    jsonw_end(&w);
    jsonw_end(&w);
    assert_string_equal(out.data, "{\"a\":-1,\"b\":[18446744073709551615,{},[true]],"
                                  "\"c\":{\"d\":null,\"e\":false}}");
}

static void strings_that_are_not_given_become_null_where_asked(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    struct jsonw w;
    jsonw_init(&w, &out);
    jsonw_array(&w);
    jsonw_string(&w, NULL, STR_NULL);
    jsonw_string_or_null(&w, NULL, STR_NULL);
    jsonw_string_or_null(&w, NULL, STR(""));
    jsonw_cstr(&w, NULL, NULL);
    jsonw_cstr(&w, NULL, "x");
    jsonw_end(&w);
    assert_string_equal(out.data, "[\"\",null,\"\",null,\"x\"]");
}

static void a_name_from_outside_is_escaped_and_takes_one_value(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    struct jsonw w;
    jsonw_init(&w, &out);
    jsonw_object(&w);
    jsonw_name(&w, STR("a\"b"));
    jsonw_array(&w);
    jsonw_int(&w, NULL, 1);
    jsonw_int(&w, NULL, 2);
    jsonw_end(&w);
    jsonw_name(&w, STR(""));
    jsonw_raw(&w, NULL, STR("{\"x\":1}"));
    jsonw_int(&w, "z", 0);
    jsonw_end(&w);
    assert_string_equal(out.data, "{\"a\\\"b\":[1,2],\"\":{\"x\":1},\"z\":0}");
}

static void the_deepest_level_keeps_its_commas(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    struct jsonw w;
    jsonw_init(&w, &out);
    for (unsigned i = 0; i < JSONW_MAX_DEPTH; i++)
        jsonw_array(&w);
    jsonw_int(&w, NULL, 1);
    jsonw_int(&w, NULL, 2);
    for (unsigned i = 0; i < JSONW_MAX_DEPTH; i++)
        jsonw_end(&w);
    assert_int_equal(out.len, 2 * JSONW_MAX_DEPTH + 3);
    assert_memory_equal(out.data + JSONW_MAX_DEPTH - 1, "[1,2]", 5);
}

static const struct {
    struct str text;
    const char *quoted;
} quote_cases[] = {
    {STR_INIT(""), "\"\""},
    {STR_INIT("plain text, longer than a word"), "\"plain text, longer than a word\""},
    {STR_INIT("\"\\/"), "\"\\\"\\\\/\""},
    {STR_INIT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
    {STR_INIT("\0\x01\x1b\x1f\x20\x7f"), "\"\\u0000\\u0001\\u001b\\u001f \x7f\""},
    {STR_INIT("0123456\n0123456\"01234567\\"), "\"0123456\\n0123456\\\"01234567\\\\\""},
    {STR_INIT("h\xC3\xA9llo \xE6\xBC\xA2 \xF0\x9F\x98\x80"),
     "\"h\xC3\xA9llo \xE6\xBC\xA2 \xF0\x9F\x98\x80\""},
    {STR_INIT("a\xFF"
              "b\xC3"),
     "\"a\xEF\xBF\xBD"
     "b\xEF\xBF\xBD\""},
    {STR_INIT("01234567\xE6\xBC\"x"), "\"01234567\xEF\xBF\xBD\\\"x\""},
};

static void quoted_text_is_escaped_and_its_utf8_repaired(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(quote_cases); i++) {
        scoped_buf struct buf out = {0};
        jsonw_quote(&out, quote_cases[i].text);
        assert_string_equal(out.data, quote_cases[i].quoted);
    }
}

static void every_byte_is_escaped_at_every_place_in_a_word(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 0x80; byte++) {
        scoped_buf struct buf alone = {0};
        const char text = (char)byte;
        jsonw_quote(&alone, str_span(&text, 1));
        for (size_t at = 0; at < 16; at++) {
            char padded[16];
            memset(padded, 'x', sizeof(padded));
            padded[at] = text;
            scoped_buf struct buf out = {0};
            jsonw_quote(&out, str_span(padded, sizeof(padded)));
            assert_int_equal(out.len, alone.len + 15);
            assert_memory_equal(out.data + 1 + at, alone.data + 1, alone.len - 2);
        }
    }
}

static const struct {
    double value;
    const char *text;
} double_cases[] = {
    {0.0, "0.0"},
    {-0.0, "-0.0"},
    {12.0, "12.0"},
    {0.1, "0.1"},
    {-1.5, "-1.5"},
    {1.0 / 3, "0.3333333333333333"},
    {0.1 + 0.2, "0.30000000000000004"},
    {0.0001, "0.0001"},
    {0.00001, "1e-05"},
    {1.5e-7, "1.5e-07"},
    {123456789.123, "123456789.123"},
    {9007199254740993.0, "9007199254740992.0"},
    {1e15, "1000000000000000.0"},
    {1e16, "1e+16"},
    {1.25e22, "1.25e+22"},
    {1e100, "1e+100"},
    {5e-324, "5e-324"},
    {2.2250738585072014e-308, "2.2250738585072014e-308"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {0x1p-44, "5.684341886080802e-14"},
    {NAN, "null"},
    {-INFINITY, "null"},
};

static void floats_have_the_fewest_digits_that_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(double_cases); i++) {
        scoped_buf struct buf out = {0};
        struct jsonw w;
        jsonw_init(&w, &out);
        jsonw_double(&w, NULL, double_cases[i].value);
        assert_string_equal(out.data, double_cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_and_nesting_are_kept_by_the_writer),
        cmocka_unit_test(strings_that_are_not_given_become_null_where_asked),
        cmocka_unit_test(a_name_from_outside_is_escaped_and_takes_one_value),
        cmocka_unit_test(the_deepest_level_keeps_its_commas),
        cmocka_unit_test(quoted_text_is_escaped_and_its_utf8_repaired),
        cmocka_unit_test(every_byte_is_escaped_at_every_place_in_a_word),
        cmocka_unit_test(floats_have_the_fewest_digits_that_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
