#include "server/base/schema_number.h"

#include <math.h>

#include "server/base/buf.h"

/* Longer texts are refused, as Python does. */
#define TEXT_MAX_BYTES 4300

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Copies `text` without its underscores. Each must stand between two other characters. */
static bool drop_underscores(struct str text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '_') {
            buf_append_byte(out, text.data[i]);
            continue;
        }
        const bool is_edge = i == 0 || i + 1 == text.len;
        if (is_edge || text.data[i + 1] == '_')
            return false;
    }
    return true;
}

/* Without a ".000" at the end; a dot needs at least one zero behind it and a digit before it. */
static struct str drop_zero_fraction(struct str text)
{
    const size_t dot = str_find_byte(text, '.');
    if (dot == SIZE_MAX || dot + 1 == text.len || dot == 0 || !is_digit(text.data[dot - 1]))
        return text;
    for (size_t i = dot + 1; i < text.len; i++) {
        if (text.data[i] != '0')
            return text;
    }
    return str_slice(text, 0, dot);
}

static bool is_whole_number(struct str text)
{
    if (text.len > 0 && (text.data[0] == '+' || text.data[0] == '-'))
        text = str_skip(text, 1);
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.data[i]))
            return false;
    }
    return text.len > 0;
}

enum number_result number_from_text(struct str text, int64_t *ret_value)
{
    scoped_buf struct buf plain = {0};
    text = drop_zero_fraction(str_trim(text));
    if (!drop_underscores(text, &plain) || !is_whole_number(buf_str(&plain)) ||
        (text.len > 1 && text.data[1] == '_' && !is_digit(text.data[0])))
        return NUMBER_BAD;
    const struct str number = buf_str(&plain);
    if (str_to_i64(number, INT64_MIN, INT64_MAX, ret_value))
        return NUMBER_OK;
    return number.data[0] == '-' ? NUMBER_TOO_SMALL : NUMBER_TOO_BIG;
}

enum number_result number_from_double(double value, int64_t *ret_value)
{
    if (floor(value) != value)
        return NUMBER_FRACTION;
    if (value <= -0x1p63)
        return NUMBER_TOO_SMALL;
    if (value >= 0x1p63)
        return NUMBER_TOO_BIG;
    *ret_value = (int64_t)value;
    return NUMBER_OK;
}

/* strtod also takes hexadecimal and "nan(…)". */
static bool has_decimal_form(struct str text)
{
    if (text.len > 0 && (text.data[0] == '+' || text.data[0] == '-'))
        text = str_skip(text, 1);
    static const char *const words[] = {"inf", "infinity", "nan"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (str_equal_nocase(text, str_from(words[i])))
            return true;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\0' || !str_has_byte(STR("0123456789.eE+-"), text.data[i]))
            return false;
    }
    return text.len > 0;
}

bool number_double_from_text(struct str text, double *ret_value)
{
    scoped_buf struct buf plain = {0};
    if (!str_has_byte(text, '_'))
        text = str_trim(text);
    if (text.len > TEXT_MAX_BYTES || !drop_underscores(text, &plain) ||
        !has_decimal_form(buf_str(&plain)))
        return false;
    const struct str number = buf_str(&plain);
    char *end = NULL;
    const double value = strtod(number.data, &end); /* out of range gives infinity or zero */
    if (end != number.data + number.len)
        return false;
    *ret_value = value;
    return true;
}
