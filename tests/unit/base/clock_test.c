#include "server/base/clock.h"

#include "server/base/buf.h"
#include "tests/support/text.h"

#define NEW_YEAR_2020_US INT64_C(1577836800000000)

static void a_fake_clock_stands_still(void **state)
{
    (void)state;
    clock_set_fake(5000, NEW_YEAR_2020_US);
    assert_int_equal(clock_monotonic_us(), 5000);
    assert_int_equal(clock_monotonic_ms(), 5);
    assert_int_equal(clock_wall_us(), NEW_YEAR_2020_US);
    clock_set_fake(0, -1);
}

static void the_real_clocks_never_go_back(void **state)
{
    (void)state;
    const uint64_t before = clock_monotonic_us();
    assert_true(clock_monotonic_us() >= before);
    assert_true(clock_wall_us() > NEW_YEAR_2020_US);
}

static void utc_times_leave_out_a_zero_fraction(void **state)
{
    (void)state;
    static const struct {
        int64_t wall_us;
        const char *expected;
    } cases[] = {
        {NEW_YEAR_2020_US, "2020-01-01T00:00:00Z"},
        {NEW_YEAR_2020_US + 123456, "2020-01-01T00:00:00.123456Z"},
        {NEW_YEAR_2020_US + 1, "2020-01-01T00:00:00.000001Z"},
        {NEW_YEAR_2020_US - 1, "2019-12-31T23:59:59.999999Z"},
        {0, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf text = {0};
        clock_format_utc(&text, cases[i].wall_us);
        assert_string_equal(text.data, cases[i].expected);
    }
}

static void http_dates_are_read_back(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    clock_format_http(&text, INT64_C(1136214245000000));
    assert_string_equal(text.data, "Mon, 02 Jan 2006 15:04:05 GMT");
    int64_t wall_us = 0;
    assert_true(clock_parse_http(buf_str(&text), &wall_us));
    assert_int_equal(wall_us, INT64_C(1136214245000000));
}

static void http_dates_of_any_other_form_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"",
                               "Mon",
                               "Mon, 02 Foo 2006 15:04:05 GMT",
                               "Mon, 02 Jan 2006 15:04:05",
                               "Mon, 02 Jan 2006 15:04:05 CET",
                               "Monday, 02-Jan-06 15:04:05 GMT"};
    int64_t wall_us;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(clock_parse_http(str_from(bad[i]), &wall_us));
}

static const struct {
    const char *text;
    int64_t wall_us;
} iso_cases[] = {
    {"2020-01-01", NEW_YEAR_2020_US},
    {"2020-01-01T00:00", NEW_YEAR_2020_US},
    {"2020-01-01T00:00:00Z", NEW_YEAR_2020_US},
    {"2020-01-01 00:00:00z", NEW_YEAR_2020_US},
    {"2020-01-01t00:00:00", NEW_YEAR_2020_US},
    {"2020-01-01_00:00:00", NEW_YEAR_2020_US},
    {"2020-01-01T01:30:00+01:30", NEW_YEAR_2020_US},
    {"2019-12-31T22:30:00-0130", NEW_YEAR_2020_US},
    {"2020-01-01T00:00:00.5", NEW_YEAR_2020_US + 500000},
    {"2020-01-01T00:00:00,123456789Z", NEW_YEAR_2020_US + 123456},
    {"1577836800", NEW_YEAR_2020_US},
    {"1577836800.5", NEW_YEAR_2020_US + 500000},
    {"1577836800000", NEW_YEAR_2020_US},
    {"-1", -1000000},
    {"2000-02-29", INT64_C(951782400000000)},
};

static void iso_times_and_unix_times_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(iso_cases); i++) {
        int64_t wall_us = 0;
        assert_true(clock_parse_iso(str_from(iso_cases[i].text), &wall_us));
        assert_int_equal(wall_us, iso_cases[i].wall_us);
    }
}

static void times_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {
        "",
        "x",
        "2020-1-1",
        "2020-13-01",
        "2020-02-30",
        "2019-02-29",
        "1900-02-29",
        "2020-00-01",
        "2020-01-01T",
        "2020-01-01T24:00",
        "2020-01-01T23:60",
        "2020-01-01T23:59:60",
        "2020-01-01T00:00:00.",
        "2020-01-01T00:00:00+",
        "2020-01-01T00:00:00+01",
        "2020-01-01T00:00:00+24:00",
        "2020-01-01T00:00:00+00:60",
        "2020-01-01T00:00:00Zx",
        "1.2.3",
    };
    int64_t wall_us;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(clock_parse_iso(str_from(bad[i]), &wall_us));
}

static void only_the_given_bytes_are_looked_at(void **state)
{
    (void)state;
    int64_t wall_us = 0;
    assert_true(clock_parse_iso(str_slice(STR("15778368009999"), 0, 10), &wall_us));
    assert_int_equal(wall_us, NEW_YEAR_2020_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fake_clock_stands_still),
        cmocka_unit_test(the_real_clocks_never_go_back),
        cmocka_unit_test(utc_times_leave_out_a_zero_fraction),
        cmocka_unit_test(http_dates_are_read_back),
        cmocka_unit_test(http_dates_of_any_other_form_are_refused),
        cmocka_unit_test(iso_times_and_unix_times_are_read),
        cmocka_unit_test(times_that_do_not_exist_are_refused),
        cmocka_unit_test(only_the_given_bytes_are_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
