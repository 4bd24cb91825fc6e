/*
 * One pass without recursion: a stack of opening brackets replaces the call stack. Text is copied
 * to the output lazily: `copied` marks how far, and only the places that must differ flush and
 * write something else.
 */
#include "server/base/json_scan.h"

#include <math.h>

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

/* Python refuses to convert longer integers. */
#define INT_MAX_DIGITS 4300

struct scan {
    struct str text;
    size_t at;
    size_t copied;
    struct buf *out;
    struct buf open; /* '[' and '{', outermost first */
    struct doc_error *error;
};

static int peek_at(const struct scan *scan, size_t at)
{
    return at < scan->text.len ? (unsigned char)scan->text.data[at] : -1;
}

static int peek(const struct scan *scan)
{
    return peek_at(scan, scan->at);
}

static bool fail(struct scan *scan, const char *text, size_t at)
{
    *scan->error = (struct doc_error){
        .position = utf8_count(str_slice(scan->text, 0, at)),
        .text = text,
    };
    return false;
}

static void skip_space(struct scan *scan)
{
    while (peek(scan) == ' ' || peek(scan) == '\t' || peek(scan) == '\n' || peek(scan) == '\r')
        scan->at++;
}

/* Writes `replacement` in place of the text from `from` to `to`. */
static void replace(struct scan *scan, size_t from, size_t to, struct str replacement)
{
    buf_append(scan->out, str_slice(scan->text, scan->copied, from));
    buf_append(scan->out, replacement);
    scan->copied = to;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* Four hex digits at `at`. Python wants one more character behind them, the closing quote. */
static bool read_unit(struct scan *scan, size_t at, unsigned *ret_unit)
{
    unsigned char high;
    unsigned char low;
    if (at + 4 >= scan->text.len || !str_hex_byte(scan->text.data + at, &high) ||
        !str_hex_byte(scan->text.data + at + 2, &low))
        return fail(scan, "Invalid \\uXXXX escape", at - 1);
    *ret_unit = (unsigned)high << 8 | low;
    return true;
}

/* At the 'u' of an escape. A surrogate counts only as a pair of a high and a low one. */
static bool scan_unicode_escape(struct scan *scan, bool is_name)
{
    const size_t start = scan->at - 1;
    unsigned unit;
    unsigned second = 0;
    if (!read_unit(scan, scan->at + 1, &unit))
        return false;
    scan->at += 5;
    const bool is_high = unit >= 0xD800 && unit <= 0xDBFF;
    if (is_high && scan->at + 6 < scan->text.len && peek(scan) == '\\' &&
        peek_at(scan, scan->at + 1) == 'u') {
        if (!read_unit(scan, scan->at + 2, &second))
            return false;
        if (second >= 0xDC00 && second <= 0xDFFF) {
            scan->at += 6;
            return true;
        }
    }
    if ((unit >= 0xD800 && unit <= 0xDFFF) || (unit == 0 && is_name))
        replace(scan, start, scan->at, STR("\\ufffd"));
    return true;
}

/* Behind a backslash. */
static bool scan_escape(struct scan *scan, size_t quote_at, bool is_name)
{
    const int c = peek(scan);
    if (c < 0)
        return fail(scan, "Unterminated string starting at", quote_at);
    if (c == 'u')
        return scan_unicode_escape(scan, is_name);
    if (c == 0 || !str_has_byte(STR("\"\\/bfnrt"), (char)c))
        return fail(scan, "Invalid \\escape", scan->at - 1);
    scan->at++;
    return true;
}

/* At the opening quote. */
static bool scan_string(struct scan *scan, bool is_name)
{
    const size_t quote_at = scan->at++;
    for (;;) {
        const int c = peek(scan);
        if (c < 0)
            return fail(scan, "Unterminated string starting at", quote_at);
        if (c < 0x20)
            return fail(scan, "Invalid control character at", scan->at);
        scan->at++;
        if (c == '"')
            return true;
        if (c == '\\' && !scan_escape(scan, quote_at, is_name))
            return false;
    }
}

static size_t digits_end(const struct scan *scan, size_t at)
{
    while (is_digit(peek_at(scan, at)))
        at++;
    return at;
}

/* The end of the fraction and exponent behind the integer part that ends at `at`. What is not
 * complete does not belong to the number. */
static size_t fraction_end(const struct scan *scan, size_t at)
{
    if (peek_at(scan, at) == '.' && is_digit(peek_at(scan, at + 1)))
        at = digits_end(scan, at + 1);
    if (peek_at(scan, at) != 'e' && peek_at(scan, at) != 'E')
        return at;
    const int sign = peek_at(scan, at + 1);
    const size_t digits = sign == '+' || sign == '-' ? at + 2 : at + 1;
    return is_digit(peek_at(scan, digits)) ? digits_end(scan, digits) : at;
}

static bool has_finite_value(struct str number)
{
    scoped_free char *text = mem_strndup(number.data, number.len);
    return isfinite(strtod(text, NULL));
}

static bool scan_number(struct scan *scan)
{
    const size_t start = scan->at;
    const size_t first = start + (peek(scan) == '-' ? 1 : 0);
    if (!is_digit(peek_at(scan, first)))
        return fail(scan, "Expecting value", start);
    const size_t whole = peek_at(scan, first) == '0' ? first + 1 : digits_end(scan, first);
    scan->at = fraction_end(scan, whole);

    const struct str number = str_slice(scan->text, start, scan->at);
    const bool is_whole = scan->at == whole;
    int64_t value;
    if (is_whole && whole - first > INT_MAX_DIGITS) {
        *scan->error = (struct doc_error){.text = "Integer too long", .is_encoding = true};
        return false;
    }
    if (is_whole && str_to_i64(number, INT64_MIN, INT64_MAX, &value))
        return true;
    if (!has_finite_value(number))
        replace(scan, start, scan->at,
                first == start ? STR("1.7976931348623157e308") : STR("-1.7976931348623157e308"));
    else if (is_whole)
        replace(scan, scan->at, scan->at, STR(".0"));
    return true;
}

static bool scan_word(struct scan *scan, struct str word)
{
    if (!str_starts_with(str_skip(scan->text, scan->at), word))
        return fail(scan, "Expecting value", scan->at);
    scan->at += word.len;
    return true;
}

static bool scan_scalar(struct scan *scan)
{
    switch (peek(scan)) {
    case '"':
        return scan_string(scan, false);
    case 'n':
        return scan_word(scan, STR("null"));
    case 't':
        return scan_word(scan, STR("true"));
    case 'f':
        return scan_word(scan, STR("false"));
    default:
        return scan_number(scan);
    }
}

/* A member's name and its colon. */
static bool scan_name(struct scan *scan)
{
    if (peek(scan) != '"')
        return fail(scan, "Expecting property name enclosed in double quotes", scan->at);
    if (!scan_string(scan, true))
        return false;
    skip_space(scan);
    if (peek(scan) != ':')
        return fail(scan, "Expecting ':' delimiter", scan->at);
    scan->at++;
    skip_space(scan);
    return true;
}

static int innermost(const struct scan *scan)
{
    return scan->open.len == 0 ? 0 : scan->open.data[scan->open.len - 1];
}

static bool at_closer(const struct scan *scan)
{
    return peek(scan) == (innermost(scan) == '{' ? '}' : ']');
}

static void leave(struct scan *scan)
{
    scan->at++;
    buf_truncate(&scan->open, scan->open.len - 1);
}

/* Everything from here to the end of the first scalar or empty container. */
static bool scan_to_leaf(struct scan *scan)
{
    for (;;) {
        const int c = peek(scan);
        if (c != '[' && c != '{')
            return scan_scalar(scan);
        buf_append_byte(&scan->open, (char)c);
        scan->at++;
        skip_space(scan);
        if (at_closer(scan)) {
            leave(scan);
            return true;
        }
        if (c == '{' && !scan_name(scan))
            return false;
    }
}

/* Behind a value: closes what ends here and stops where the next value begins or, with nothing
 * open, where the text goes on. */
static bool scan_to_next(struct scan *scan)
{
    skip_space(scan);
    while (scan->open.len > 0 && at_closer(scan)) {
        leave(scan);
        skip_space(scan);
    }
    if (scan->open.len == 0)
        return true;
    if (peek(scan) != ',')
        return fail(scan, "Expecting ',' delimiter", scan->at);
    scan->at++;
    skip_space(scan);
    return innermost(scan) != '{' || scan_name(scan);
}

bool doc_scan(struct str text, struct buf *out, struct doc_error *ret_error)
{
    struct scan scan = {.text = text, .out = out, .error = ret_error};
    skip_space(&scan);
    bool is_good;
    do {
        is_good = scan_to_leaf(&scan) && scan_to_next(&scan);
    } while (is_good && scan.open.len > 0);
    if (is_good && scan.at < text.len)
        is_good = fail(&scan, "Extra data", scan.at);
    if (is_good)
        replace(&scan, text.len, text.len, STR(""));
    buf_fini(&scan.open);
    return is_good;
}
