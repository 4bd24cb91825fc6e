#include "server/base/clock.h"

#include "server/base/buf.h"
#include "server/base/str.h"

#define US_PER_SECOND   1000000
#define SECONDS_PER_DAY 86400

static bool is_fake;
static uint64_t fake_monotonic_us;
static int64_t fake_wall_us;

void clock_set_fake(uint64_t monotonic_us, int64_t wall_us)
{
    is_fake = wall_us >= 0;
    fake_monotonic_us = monotonic_us;
    fake_wall_us = wall_us;
}

static int64_t read_clock_us(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        abort();
    return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

uint64_t clock_monotonic_us(void)
{
    return is_fake ? fake_monotonic_us : (uint64_t)read_clock_us(CLOCK_MONOTONIC);
}

uint64_t clock_monotonic_ms(void)
{
    return clock_monotonic_us() / 1000;
}

int64_t clock_wall_us(void)
{
    return is_fake ? fake_wall_us : read_clock_us(CLOCK_REALTIME);
}

/* Splits into whole seconds and a fraction that is never negative. */
static struct tm split_utc(int64_t wall_us, int64_t *ret_fraction_us)
{
    int64_t seconds = wall_us / US_PER_SECOND;
    int64_t fraction = wall_us % US_PER_SECOND;
    if (fraction < 0) {
        fraction += US_PER_SECOND;
        seconds--;
    }
    const time_t when = (time_t)seconds;
    struct tm parts = {0};
    if (gmtime_r(&when, &parts) == NULL)
        abort();
    *ret_fraction_us = fraction;
    return parts;
}

void clock_format_utc(struct buf *buf, int64_t wall_us)
{
    int64_t fraction;
    const struct tm t = split_utc(wall_us, &fraction);
    buf_printf(buf, "%04d-%02d-%02dT%02d:%02d:%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
               t.tm_hour, t.tm_min, t.tm_sec);
    if (fraction != 0)
        buf_printf(buf, ".%06d", (int)fraction);
    buf_append_byte(buf, 'Z');
}

static const char *const day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void clock_format_http(struct buf *buf, int64_t wall_us)
{
    int64_t fraction;
    const struct tm t = split_utc(wall_us, &fraction);
    buf_printf(buf, "%s, %02d %s %04d %02d:%02d:%02d GMT", day_names[t.tm_wday], t.tm_mday,
               month_names[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* Takes exactly `digits` digits off the front. */
static bool take_number(struct str *rest, size_t digits, int64_t *ret_value)
{
    uint64_t value;
    if (rest->len < digits || !str_to_u64(str_slice(*rest, 0, digits), 0, UINT64_MAX, &value))
        return false;
    *ret_value = (int64_t)value;
    *rest = str_skip(*rest, digits);
    return true;
}

static bool take_byte(struct str *rest, const char *allowed)
{
    if (rest->len == 0 || rest->data[0] == '\0' || strchr(allowed, rest->data[0]) == NULL)
        return false;
    *rest = str_skip(*rest, 1);
    return true;
}

bool clock_parse_http(struct str text, int64_t *ret_wall_us)
{
    int64_t day;
    int64_t year;
    int64_t hour;
    int64_t minute;
    int64_t second;
    struct str rest = str_skip(text, 5);
    if (!take_number(&rest, 2, &day) || !take_byte(&rest, " ") || rest.len < 4)
        return false;
    size_t month = 0;
    while (month < ARRAY_SIZE(month_names) && !str_starts_with(rest, str_from(month_names[month])))
        month++;
    rest = str_skip(rest, 4);
    if (month == ARRAY_SIZE(month_names) || !take_number(&rest, 4, &year) ||
        !take_byte(&rest, " ") || !take_number(&rest, 2, &hour) || !take_byte(&rest, ":") ||
        !take_number(&rest, 2, &minute) || !take_byte(&rest, ":") ||
        !take_number(&rest, 2, &second) || !str_equal(rest, STR(" GMT")))
        return false;
    const int64_t days = days_from_date(year, (int64_t)month + 1, day);
    *ret_wall_us = (days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second) * US_PER_SECOND;
    return true;
}

static bool parse_unix(struct str text, int64_t *ret_wall_us)
{
    double number;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\0' || strchr("+-.0123456789", text.data[i]) == NULL)
            return false;
    }
    if (!str_to_double(text, &number) || number > 1e17 || number < -1e17)
        return false;
    const bool is_milliseconds = number > 2e10 || number < -2e10;
    *ret_wall_us = (int64_t)(number * (is_milliseconds ? 1e3 : 1e6));
    return true;
}

static bool take_fraction(struct str *rest, int64_t *ret_us)
{
    *ret_us = 0;
    if (!take_byte(rest, ".,"))
        return true;
    int64_t scale = 100000;
    size_t digits = 0;
    for (; digits < rest->len && rest->data[digits] >= '0' && rest->data[digits] <= '9'; digits++) {
        *ret_us += (rest->data[digits] - '0') * scale;
        scale /= 10;
    }
    *rest = str_skip(*rest, digits);
    return digits > 0;
}

static bool take_zone(struct str *rest, int64_t *ret_offset_seconds)
{
    *ret_offset_seconds = 0;
    if (rest->len == 0 || take_byte(rest, "Zz"))
        return true;
    const bool is_west = rest->data[0] == '-';
    int64_t hours;
    int64_t minutes;
    if (!take_byte(rest, "+-") || !take_number(rest, 2, &hours))
        return false;
    (void)take_byte(rest, ":"); /* optional */
    if (!take_number(rest, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_offset_seconds = (hours * 3600 + minutes * 60) * (is_west ? -1 : 1);
    return true;
}

static bool take_date(struct str *rest, int64_t *ret_days)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t year;
    int64_t month;
    int64_t day;
    if (!take_number(rest, 4, &year) || !take_byte(rest, "-") || !take_number(rest, 2, &month) ||
        !take_byte(rest, "-") || !take_number(rest, 2, &day))
        return false;
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month < 1 || month > 12 || day < 1 ||
        day > month_days[month - 1] + (month == 2 && is_leap ? 1 : 0))
        return false;
    *ret_days = days_from_date(year, month, day);
    return true;
}

bool clock_parse_iso(struct str text, int64_t *ret_wall_us)
{
    if (parse_unix(text, ret_wall_us))
        return true;
    int64_t days;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    int64_t fraction = 0;
    int64_t offset = 0;
    struct str rest = text;
    if (!take_date(&rest, &days))
        return false;
    if (rest.len > 0) {
        if (!take_byte(&rest, "Tt _") || !take_number(&rest, 2, &hour) || !take_byte(&rest, ":") ||
            !take_number(&rest, 2, &minute))
            return false;
        if (take_byte(&rest, ":") &&
            (!take_number(&rest, 2, &second) || !take_fraction(&rest, &fraction)))
            return false;
        if (!take_zone(&rest, &offset))
            return false;
    }
    if (rest.len > 0 || hour > 23 || minute > 59 || second > 59)
        return false;
    const int64_t seconds = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset;
    *ret_wall_us = seconds * US_PER_SECOND + fraction;
    return true;
}
