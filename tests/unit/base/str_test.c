#include "server/base/str.h"

#include "tests/support/text.h"

static void the_zero_value_is_not_given_and_empty(void **state)
{
    (void)state;
    const struct str absent = STR_NULL;
    assert_false(str_is_set(absent));
    assert_true(str_is_empty(absent));
    assert_false(str_is_set(str_from(NULL)));
    assert_true(str_is_set(STR("")));
}

static void equality_looks_at_all_bytes(void **state)
{
    (void)state;
    assert_true(str_equal(STR("a\0b"), STR("a\0b")));
    assert_false(str_equal(STR("a\0b"), STR("a\0c")));
    assert_false(str_equal(STR("a"), STR("ab")));
    assert_true(str_equal(STR_NULL, STR("")));
    assert_true(str_equal_nocase(STR("Content-Type"), STR("content-TYPE")));
    assert_false(str_equal_nocase(STR("a"), STR("b")));
}

static void constant_time_equality_agrees_with_plain_equality(void **state)
{
    (void)state;
    const struct str texts[] = {STR_NULL, STR(""), STR("a"), STR("b"), STR("ab"), STR("aba")};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(texts); j++)
            assert_int_equal(str_equal_constant_time(texts[i], texts[j]),
                             str_equal(texts[i], texts[j]));
    }
}

static void order_is_by_bytes_and_then_by_length(void **state)
{
    (void)state;
    assert_true(str_compare(STR("a"), STR("b")) < 0);
    assert_true(str_compare(STR("b"), STR("ab")) > 0);
    assert_true(str_compare(STR("a"), STR("ab")) < 0);
    assert_int_equal(str_compare(STR("a"), STR("a")), 0);
    assert_true(str_compare(STR("z"), STR("\xC3")) < 0);
}

static void parts_are_found_where_they_stand(void **state)
{
    (void)state;
    assert_true(str_starts_with(STR("/api/x"), STR("/api/")));
    assert_false(str_starts_with(STR("/a"), STR("/api/")));
    assert_true(str_ends_with(STR("x.zip"), STR(".zip")));
    assert_false(str_ends_with(STR("zip"), STR(".zip")));
    assert_int_equal(str_find(STR("abcabc"), STR("ca")), 2);
    assert_int_equal(str_find(STR("abc"), STR("d")), SIZE_MAX);
    assert_int_equal(str_find(STR_NULL, STR("d")), SIZE_MAX);
    assert_int_equal(str_find_byte(STR("a/b/c"), '/'), 1);
    assert_int_equal(str_find_last_byte(STR("a/b/c"), '/'), 3);
    assert_int_equal(str_find_last_byte(STR_NULL, '/'), SIZE_MAX);
    assert_true(str_contains(STR("abc"), STR("")));
    assert_true(str_contains_nocase(STR("X-Session-API-Key"), STR("api-key")));
    assert_false(str_contains_nocase(STR("key"), STR("keys")));
    assert_true(str_has_byte(STR("a\0b"), '\0'));
}

static void slices_are_clamped_to_the_text(void **state)
{
    (void)state;
    assert_text(str_slice(STR("abcdef"), 1, 3), "bc");
    assert_text(str_slice(STR("abc"), 1, 99), "bc");
    assert_text(str_slice(STR("abc"), 5, 2), "");
    assert_text(str_skip(STR("abc"), 2), "c");
    assert_text(str_skip(STR("abc"), 4), "");
    assert_false(str_is_set(str_skip(STR_NULL, 1)));
}

static void trimming_drops_white_space_at_both_ends(void **state)
{
    (void)state;
    assert_text(str_trim(STR(" \t\r\n a b \v\f")), "a b");
    assert_text(str_trim(STR("  ")), "");
}

static void splitting_keeps_empty_pieces(void **state)
{
    (void)state;
    struct str rest = STR("a,,b,");
    struct str piece;
    const char *const expected[] = {"a", "", "b", ""};
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        assert_true(str_next(&rest, ',', &piece));
        assert_text(piece, expected[i]);
    }
    assert_false(str_next(&rest, ',', &piece));
}

static void unsigned_numbers_are_read_whole_and_in_range(void **state)
{
    (void)state;
    uint64_t value = 7;
    assert_true(str_to_u64(STR("0"), 0, UINT64_MAX, &value));
    assert_int_equal(value, 0);
    assert_true(str_to_u64(STR("18446744073709551615"), 0, UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
    const char *const bad[] = {
        "", "-1", "+1", " 1", "1 ", "1x", "0x1", "18446744073709551616", "99999999999999999999999"};
    value = 7;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(str_to_u64(str_from(bad[i]), 0, UINT64_MAX, &value));
    assert_int_equal(value, 7);
}

static void a_number_at_its_bound_is_in_range_and_one_past_is_not(void **state)
{
    (void)state;
    uint64_t value;
    assert_true(str_to_u64(STR("1"), 1, 5, &value));
    assert_true(str_to_u64(STR("5"), 1, 5, &value));
    assert_false(str_to_u64(STR("0"), 1, 5, &value));
    assert_false(str_to_u64(STR("6"), 1, 5, &value));
}

static void signed_numbers_reach_both_ends_of_64_bit(void **state)
{
    (void)state;
    int64_t value;
    assert_true(str_to_i64(STR("-9223372036854775808"), INT64_MIN, INT64_MAX, &value));
    assert_true(value == INT64_MIN);
    assert_true(str_to_i64(STR("+9223372036854775807"), INT64_MIN, INT64_MAX, &value));
    assert_true(value == INT64_MAX);
    assert_false(str_to_i64(STR("9223372036854775808"), INT64_MIN, INT64_MAX, &value));
    assert_false(str_to_i64(STR("-9223372036854775809"), INT64_MIN, INT64_MAX, &value));
    assert_false(str_to_i64(STR("--1"), INT64_MIN, INT64_MAX, &value));
    assert_false(str_to_i64(STR("-"), INT64_MIN, INT64_MAX, &value));
}

static void floats_are_read_whole(void **state)
{
    (void)state;
    double value = 0;
    assert_true(str_to_double(STR("-1.5e3"), &value));
    assert_true(value == -1500);
    assert_false(str_to_double(STR("1.5x"), &value));
    assert_false(str_to_double(STR(" 1"), &value));
    assert_false(str_to_double(STR(""), &value));
    assert_false(str_to_double(STR("1e999"), &value));
}

static void hex_bytes_take_both_cases(void **state)
{
    (void)state;
    unsigned char byte = 0;
    assert_true(str_hex_byte("aF", &byte));
    assert_int_equal(byte, 0xAF);
    assert_false(str_hex_byte("g0", &byte));
    assert_false(str_hex_byte("0", &byte));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_zero_value_is_not_given_and_empty),
        cmocka_unit_test(equality_looks_at_all_bytes),
        cmocka_unit_test(constant_time_equality_agrees_with_plain_equality),
        cmocka_unit_test(order_is_by_bytes_and_then_by_length),
        cmocka_unit_test(parts_are_found_where_they_stand),
        cmocka_unit_test(slices_are_clamped_to_the_text),
        cmocka_unit_test(trimming_drops_white_space_at_both_ends),
        cmocka_unit_test(splitting_keeps_empty_pieces),
        cmocka_unit_test(unsigned_numbers_are_read_whole_and_in_range),
        cmocka_unit_test(a_number_at_its_bound_is_in_range_and_one_past_is_not),
        cmocka_unit_test(signed_numbers_reach_both_ends_of_64_bit),
        cmocka_unit_test(floats_are_read_whole),
        cmocka_unit_test(hex_bytes_take_both_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
