#include "server/base/str.h"

#include <errno.h>
#include <strings.h>

struct str str_from(const char *text)
{
    return text == NULL ? STR_NULL : (struct str){.data = text, .len = strlen(text)};
}

struct str str_span(const char *data, size_t len)
{
    return (struct str){.data = data, .len = len};
}

bool str_is_set(struct str s)
{
    return s.data != NULL;
}

bool str_is_empty(struct str s)
{
    return s.len == 0;
}

bool str_equal(struct str a, struct str b)
{
    if (a.len != b.len || a.len == 0)
        return a.len == b.len;
    assert(a.data != NULL && b.data != NULL);
    return memcmp(a.data, b.data, a.len) == 0;
}

bool str_equal_nocase(struct str a, struct str b)
{
    if (a.len != b.len || a.len == 0)
        return a.len == b.len;
    assert(a.data != NULL && b.data != NULL);
    return strncasecmp(a.data, b.data, a.len) == 0;
}

bool str_equal_constant_time(struct str a, struct str b)
{
    unsigned difference = a.len != b.len;
    for (size_t i = 0; i < a.len; i++)
        difference |=
            (unsigned char)a.data[i] ^ (unsigned char)(b.len == 0 ? 0 : b.data[i % b.len]);
    return difference == 0;
}

int str_compare(struct str a, struct str b)
{
    const size_t common = a.len < b.len ? a.len : b.len;
    const int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    if (order != 0 || a.len == b.len)
        return order;
    return a.len < b.len ? -1 : 1;
}

bool str_starts_with(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_equal(str_slice(s, 0, prefix.len), prefix);
}

bool str_ends_with(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_equal(str_slice(s, s.len - suffix.len, s.len), suffix);
}

bool str_contains(struct str s, struct str part)
{
    return str_find(s, part) != SIZE_MAX;
}

bool str_contains_nocase(struct str s, struct str part)
{
    for (size_t i = 0; i + part.len <= s.len; i++) {
        if (str_equal_nocase(str_slice(s, i, i + part.len), part))
            return true;
    }
    return false;
}

bool str_has_byte(struct str s, char byte)
{
    return str_find_byte(s, byte) != SIZE_MAX;
}

size_t str_find_byte(struct str s, char byte)
{
    const char *found = s.len == 0 ? NULL : memchr(s.data, byte, s.len);
    return found == NULL ? SIZE_MAX : (size_t)(found - s.data);
}

size_t str_find_last_byte(struct str s, char byte)
{
    const char *found = s.len == 0 ? NULL : memrchr(s.data, byte, s.len);
    return found == NULL ? SIZE_MAX : (size_t)(found - s.data);
}

size_t str_find(struct str s, struct str part)
{
    if (part.len == 0)
        return 0;
    const char *found = s.len == 0 ? NULL : memmem(s.data, s.len, part.data, part.len);
    return found == NULL ? SIZE_MAX : (size_t)(found - s.data);
}

struct str str_slice(struct str s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    return (struct str){.data = s.data == NULL ? NULL : s.data + from, .len = to - from};
}

struct str str_skip(struct str s, size_t count)
{
    return str_slice(s, count, s.len);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.len > 0 && is_space(s.data[0]))
        s = str_skip(s, 1);
    while (s.len > 0 && is_space(s.data[s.len - 1]))
        s.len--;
    return s;
}

bool str_next(struct str *rest, char separator, struct str *ret_piece)
{
    if (rest->data == NULL)
        return false;
    const size_t at = str_find_byte(*rest, separator);
    if (at == SIZE_MAX) {
        *ret_piece = *rest;
        *rest = STR_NULL;
        return true;
    }
    *ret_piece = str_slice(*rest, 0, at);
    *rest = str_skip(*rest, at + 1);
    return true;
}

bool str_to_u64(struct str s, uint64_t min, uint64_t max, uint64_t *ret_value)
{
    if (s.len == 0)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.data[i] - '0'), &value))
            return false;
    }
    if (value < min || value > max)
        return false;
    *ret_value = value;
    return true;
}

bool str_to_i64(struct str s, int64_t min, int64_t max, int64_t *ret_value)
{
    const bool is_negative = s.len > 0 && s.data[0] == '-';
    if (s.len > 0 && (s.data[0] == '-' || s.data[0] == '+'))
        s = str_skip(s, 1);
    uint64_t magnitude;
    if (!str_to_u64(s, 0, (uint64_t)INT64_MAX + (is_negative ? 1 : 0), &magnitude))
        return false;
    const int64_t value = is_negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    if (value < min || value > max)
        return false;
    *ret_value = value;
    return true;
}

bool str_to_double(struct str s, double *ret_value)
{
    char text[64];
    if (s.len == 0 || s.len >= sizeof(text) || is_space(s.data[0]))
        return false;
    memcpy(text, s.data, s.len);
    text[s.len] = '\0';
    char *end = NULL;
    errno = 0;
    const double value = strtod(text, &end);
    if (end != text + s.len || errno == ERANGE)
        return false;
    *ret_value = value;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool str_hex_byte(const char *digits, unsigned char *ret_byte)
{
    const int high = hex_digit(digits[0]);
    const int low = high < 0 ? -1 : hex_digit(digits[1]);
    if (low < 0)
        return false;
    *ret_byte = (unsigned char)(high << 4 | low);
    return true;
}
