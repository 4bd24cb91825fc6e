#include "server/base/schema_datetime.h"

#include <math.h>

#include "server/base/clock.h"
#include "server/base/mem.h"

#define YEAR_0_SECONDS     (-62167219200.0)
#define YEAR_1_SECONDS     (-62135596800.0)
#define YEAR_10000_SECONDS 253402300800.0

bool datetime_from_number(double number, int64_t *ret_wall_us, const char **ret_reason)
{
    const int unit_us = fabs(number) > 2e10 ? 1000 : 1000000;
    const double seconds = number * unit_us / 1e6;
    if (seconds >= YEAR_10000_SECONDS)
        *ret_reason = "dates after 9999 are not supported as unix timestamps";
    else if (seconds < YEAR_0_SECONDS)
        *ret_reason = "dates before 0000 are not supported as unix timestamps";
    else if (seconds < YEAR_1_SECONDS)
        *ret_reason = DATETIME_YEAR_ZERO;
    else {
        const double whole = floor(number);
        *ret_wall_us = (int64_t)whole * unit_us + (int64_t)round((number - whole) * unit_us);
        return true;
    }
    return false;
}

/* A number in decimal form whose whole part fits 64 bit. An exponent needs a dot before it. */
static bool is_timestamp(struct str text, double *ret_number)
{
    const struct str whole = str_slice(text, 0, str_find_byte(text, '.'));
    const bool has_dot = whole.len < text.len;
    const size_t sign_bytes = whole.len > 0 && (whole.data[0] == '-' || whole.data[0] == '+');
    int64_t ignored;
    if (!str_to_i64(whole, INT64_MIN, INT64_MAX, &ignored) && !(has_dot && whole.len == sign_bytes))
        return false;
    for (size_t i = whole.len; i < text.len; i++) {
        if (text.data[i] == '\0' || !str_has_byte(STR("0123456789.eE+-"), text.data[i]))
            return false;
    }
    scoped_free char *copy = mem_strndup(text.data, text.len);
    char *end = NULL;
    *ret_number = strtod(copy, &end);
    return end != copy && end == copy + text.len;
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
