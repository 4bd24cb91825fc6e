#include "server/base/schema_datetime.h"

#include "tests/support/text.h"

static const struct {
    const char *text;
    int64_t wall_us;
} good[] = {
    {"2020-01-01", INT64_C(1577836800000000)},
    {"2020-01-01T00:00:00.25+00:00", INT64_C(1577836800250000)},
    {"1577836800", INT64_C(1577836800000000)},
    {"+1577836800.", INT64_C(1577836800000000)},
    {"1577836800.1234567", INT64_C(1577836800123457)},
    {"1.0e0", 1000000},
    {".5", 500000},
    {"-.5", -500000},
    {"20000000000", INT64_C(20000000000000000)},
    {"20000000001", INT64_C(20000000001000)},
    {"-15778368000002", INT64_C(-15778368000002000)},
    {"253402300799999", INT64_C(253402300799999000)},
    {"-62135596800000", INT64_C(-62135596800000000)},
};

static void times_are_read_from_dates_and_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        int64_t wall_us = 0;
        const char *reason;
        assert_true(datetime_from_text(str_from(good[i].text), &wall_us, &reason));
        assert_int_equal(wall_us, good[i].wall_us);
    }
}

static const struct {
    const char *text;
    const char *reason;
} bad[] = {
    {"", "input is too short"},
    {"2020-1-1", "input is too short"},
    {"1e9", "input is too short"},
    {"-", "input is too short"},
    {"abcd-01-01", "invalid character in year"},
    {" 2020-01-01", "invalid character in year"},
    {"2020/01/01", "invalid date separator, expected `-`"},
    {"2020-01/01", "invalid date separator, expected `-`"},
    {"9223372036854775808", "invalid date separator, expected `-`"},
    {"2020-ab-01", "invalid character in month"},
    {"2020-01-ab", "invalid character in day"},
    {"2020-13-99", "month value is outside expected range of 1-12"},
    {"2020-02-30T00:00", "day value is outside expected range"},
    {"2020-01-01T24:00", "unexpected extra characters at the end of the input"},
    {"2020-01-01x", "unexpected extra characters at the end of the input"},
    {"0000-01-01T00:00", "year 0 is out of range"},
    {"0000-01-01x", "unexpected extra characters at the end of the input"},
    {"253402300800000", "dates after 9999 are not supported as unix timestamps"},
    {"-62135596800001", "year 0 is out of range"},
    {"-62167219200001", "dates before 0000 are not supported as unix timestamps"},
};

static void what_is_no_time_is_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        int64_t wall_us;
        const char *reason = NULL;
        assert_false(datetime_from_text(str_from(bad[i].text), &wall_us, &reason));
        assert_string_equal(reason, bad[i].reason);
    }
}

static void numbers_beyond_all_years_are_refused(void **state)
{
    (void)state;
    const double numbers[] = {1e300, -1e300, 253402300800000.0, -62135596800001.0};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        int64_t wall_us;
        const char *reason;
        assert_false(datetime_from_number(numbers[i], &wall_us, &reason));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_from_dates_and_numbers),
        cmocka_unit_test(what_is_no_time_is_explained),
        cmocka_unit_test(numbers_beyond_all_years_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
