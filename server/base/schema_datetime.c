#include "server/base/schema_datetime.h"

#include <math.h>

#include "server/base/clock.h"
#include "server/base/mem.h"

#define YEAR_0_SECONDS     (-62167219200.0)
#define YEAR_1_SECONDS     (-62135596800.0)
#define YEAR_10000_SECONDS 253402300800.0

bool datetime_from_number(double number, int64_t *ret_wall_us, const char **ret_reason)
{
    const double seconds = fabs(number) > 2e10 ? number / 1000 : number;
    if (seconds >= YEAR_10000_SECONDS)
        *ret_reason = "dates after 9999 are not supported as unix timestamps";
    else if (seconds < YEAR_0_SECONDS)
        *ret_reason = "dates before 0000 are not supported as unix timestamps";
    else if (seconds < YEAR_1_SECONDS)
        *ret_reason = DATETIME_YEAR_ZERO;
    else {
        const double whole = floor(seconds);
        *ret_wall_us = (int64_t)whole * 1000000 + (int64_t)round((seconds - whole) * 1e6);
        return true;
    }
    return false;
}

/* A number in plain decimal form whose whole part fits 64 bit. */
static bool is_timestamp(struct str text, double *ret_number)
{
    struct str whole = str_slice(text, 0, str_find_byte(text, '.'));
    const struct str fraction = str_skip(text, whole.len);
    for (size_t i = 1; i < fraction.len; i++) {
        if (fraction.data[i] < '0' || fraction.data[i] > '9')
            return false;
    }
    const bool has_sign = whole.len > 0 && (whole.data[0] == '-' || whole.data[0] == '+');
    int64_t ignored;
    if (whole.len > (has_sign ? 1u : 0u)) {
        if (!str_to_i64(whole, INT64_MIN, INT64_MAX, &ignored))
            return false;
    } else if (fraction.len < 2) {
        return false;
    }
    scoped_free char *copy = mem_strndup(text.data, text.len);
    *ret_number = strtod(copy, NULL);
    return true;
}

static bool are_digits(struct str text)
{
    uint64_t ignored;
    return str_to_u64(text, 0, UINT64_MAX, &ignored);
}

/* What is wrong with a text that is neither a time nor a number, read as a date. */
static const char *explain_date(struct str text)
{
    if (text.len < 10)
        return "input is too short";
    if (!are_digits(str_slice(text, 0, 4)))
        return "invalid character in year";
    if (text.data[4] != '-')
        return "invalid date separator, expected `-`";
    if (!are_digits(str_slice(text, 5, 7)))
        return "invalid character in month";
    if (text.data[7] != '-')
        return "invalid date separator, expected `-`";
    if (!are_digits(str_slice(text, 8, 10)))
        return "invalid character in day";
    uint64_t month;
    if (!str_to_u64(str_slice(text, 5, 7), 1, 12, &month))
        return "month value is outside expected range of 1-12";
    int64_t ignored;
    if (!clock_parse_iso(str_slice(text, 0, 10), &ignored))
        return "day value is outside expected range";
    return "unexpected extra characters at the end of the input";
}

bool datetime_from_text(struct str text, int64_t *ret_wall_us, const char **ret_reason)
{
    double number;
    if (is_timestamp(text, &number))
        return datetime_from_number(number, ret_wall_us, ret_reason);
    int64_t wall_us;
    if (!clock_parse_iso(text, &wall_us)) {
        *ret_reason = explain_date(text);
        return false;
    }
    if (str_starts_with(text, STR("0000"))) {
        *ret_reason = DATETIME_YEAR_ZERO;
        return false;
    }
    *ret_wall_us = wall_us;
    return true;
}
