/*
 * Strings are copied in runs: a run is everything that stands in JSON as it is, which is valid
 * UTF-8 without control characters, quotes and backslashes. Eight bytes are looked at together;
 * only where one of them stops the run are they looked at one by one.
 */
#include "server/base/jsonw.h"

#include <inttypes.h>
#include <math.h>

#include "server/base/buf.h"
#include "server/base/utf8.h"

#define EVERY_BYTE(value) (0x0101010101010101u * (value))

/* True when any of eight bytes needs a closer look. A borrow can only flag bytes above one that is
 * flagged already, so the answer for the whole word is exact. */
static bool word_stops_run(const char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof(word));
    uint64_t controls = word - EVERY_BYTE(0x20);
    uint64_t quotes = (word ^ EVERY_BYTE('"')) - EVERY_BYTE(1);
    uint64_t backslashes = (word ^ EVERY_BYTE('\\')) - EVERY_BYTE(1);
    return ((word | controls | quotes | backslashes) & EVERY_BYTE(0x80)) != 0;
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static size_t clean_run(struct str text)
{
    size_t at = 0;
    while (at < text.len) {
        if (text.len - at >= 8 && !word_stops_run(text.data + at)) {
            at += 8;
            continue;
        }
        unsigned char byte = (unsigned char)text.data[at];
        if (is_plain(byte)) {
            at++;
            continue;
        }
        if (byte < 0x80)
            return at;
        unsigned code_point;
        bool is_valid;
        size_t count = utf8_step(str_skip(text, at), &code_point, &is_valid);
        if (!is_valid)
            return at;
        at += count;
    }
    return at;
}

static void append_escape(struct buf *buf, unsigned char byte)
{
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; i + 1 < sizeof(short_forms); i += 2) {
        if ((unsigned char)short_forms[i] != byte)
            continue;
        char escape[2] = {'\\', short_forms[i + 1]};
        buf_append_bytes(buf, escape, sizeof(escape));
        return;
    }
    static const char digits[] = "0123456789abcdef";
    char escape[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    buf_append_bytes(buf, escape, sizeof(escape));
}

void jsonw_quote(struct buf *buf, struct str text)
{
    buf_append_byte(buf, '"');
    while (text.len > 0) {
        size_t count = clean_run(text);
        buf_append(buf, str_slice(text, 0, count));
        text = str_skip(text, count);
        if (text.len == 0)
            break;
        unsigned code_point;
        bool is_valid;
        count = utf8_step(text, &code_point, &is_valid);
        if (is_valid)
            append_escape(buf, (unsigned char)text.data[0]);
        else
            utf8_append(buf, code_point);
        text = str_skip(text, count);
    }
    buf_append_byte(buf, '"');
}

void jsonw_init(struct jsonw *w, struct buf *buf)
{
    *w = (struct jsonw){.buf = buf};
}

static uint64_t level_bit(const struct jsonw *w)
{
    return UINT64_C(1) << (w->depth - 1);
}

/* Writes what stands in front of a value: the comma and, in an object, its name. */
static void begin_value(struct jsonw *w, const char *name)
{
    if (w->depth == 0)
        return;
    uint64_t bit = level_bit(w);
    if (w->is_named) {
        assert(name == NULL);
        w->is_named = false;
        return;
    }
    assert(((w->is_array & bit) != 0) == (name == NULL));
    if (w->has_items & bit)
        buf_append_byte(w->buf, ',');
    w->has_items |= bit;
    if (name == NULL)
        return;
    jsonw_quote(w->buf, str_from(name));
    buf_append_byte(w->buf, ':');
}

void jsonw_name(struct jsonw *w, struct str name)
{
    assert(w->depth > 0 && !w->is_named && (w->is_array & level_bit(w)) == 0);
    if (w->has_items & level_bit(w))
        buf_append_byte(w->buf, ',');
    w->has_items |= level_bit(w);
    jsonw_quote(w->buf, name);
    buf_append_byte(w->buf, ':');
    w->is_named = true;
}

static void open_level(struct jsonw *w, const char *name, bool is_array)
{
    begin_value(w, name);
    assert(w->depth < JSONW_MAX_DEPTH);
    w->depth++;
    uint64_t bit = level_bit(w);
    w->has_items &= ~bit;
    w->is_array = is_array ? w->is_array | bit : w->is_array & ~bit;
    buf_append_byte(w->buf, is_array ? '[' : '{');
}

void jsonw_object(struct jsonw *w)
{
    open_level(w, NULL, false);
}

void jsonw_array(struct jsonw *w)
{
    open_level(w, NULL, true);
}

void jsonw_object_in(struct jsonw *w, const char *name)
{
    open_level(w, name, false);
}

void jsonw_array_in(struct jsonw *w, const char *name)
{
    open_level(w, name, true);
}

void jsonw_end(struct jsonw *w)
{
    assert(w->depth > 0 && !w->is_named);
    buf_append_byte(w->buf, w->is_array & level_bit(w) ? ']' : '}');
    w->depth--;
}

void jsonw_string(struct jsonw *w, const char *name, struct str value)
{
    begin_value(w, name);
    jsonw_quote(w->buf, value);
}

void jsonw_string_or_null(struct jsonw *w, const char *name, struct str value)
{
    if (str_is_set(value))
        jsonw_string(w, name, value);
    else
        jsonw_null(w, name);
}

void jsonw_cstr(struct jsonw *w, const char *name, const char *value)
{
    jsonw_string_or_null(w, name, str_from(value));
}

void jsonw_int(struct jsonw *w, const char *name, int64_t value)
{
    begin_value(w, name);
    buf_printf(w->buf, "%" PRId64, value);
}

void jsonw_uint(struct jsonw *w, const char *name, uint64_t value)
{
    begin_value(w, name);
    buf_printf(w->buf, "%" PRIu64, value);
}

void jsonw_bool(struct jsonw *w, const char *name, bool value)
{
    begin_value(w, name);
    buf_append(w->buf, value ? STR("true") : STR("false"));
}

void jsonw_null(struct jsonw *w, const char *name)
{
    begin_value(w, name);
    buf_append(w->buf, STR("null"));
}

void jsonw_raw(struct jsonw *w, const char *name, struct str json)
{
    begin_value(w, name);
    buf_append(w->buf, json);
}

void jsonw_double(struct jsonw *w, const char *name, double value)
{
    begin_value(w, name);
    jsonw_number(w->buf, value);
}

#define DOUBLE_TEXT_BYTES 32

/* The next decimal above, by its last digit; false when that is a nine. */
static bool step_last_digit(char *text)
{
    char *mark = strchr(text, 'e');
    if (mark == NULL || mark[-1] < '0' || mark[-1] >= '9')
        return false;
    mark[-1]++;
    return true;
}

/* "d.ddde±xx" with the fewest digits that read back as the same value. Below a power of two the
 * doubles lie closer than above, so there the nearest decimal may miss and the next one hit. */
static void shortest_scientific(char text[DOUBLE_TEXT_BYTES], double value)
{
    /* Fifteen digits survive any round trip but not in the subnormal range. */
    int precision = value < 2.3e-308 ? 0 : 14;
    int ignored;
    const bool is_power_of_two = frexp(value, &ignored) == 0.5;
    for (; precision < 16; precision++) {
        (void)snprintf(text, DOUBLE_TEXT_BYTES, "%.*e", precision, value);
        if (strtod(text, NULL) == value)
            return;
        if (is_power_of_two && step_last_digit(text) && strtod(text, NULL) == value)
            return;
    }
    (void)snprintf(text, DOUBLE_TEXT_BYTES, "%.16e", value);
}

static void append_zeros(struct buf *buf, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_append_byte(buf, '0');
}

/* Python writes the exponent form below 1e-4 and from 1e16 on, and ".0" behind whole numbers. */
static void append_decimal(struct buf *buf, struct str digits, int exponent)
{
    if (exponent < -4 || exponent >= 16) {
        buf_append(buf, str_slice(digits, 0, 1));
        if (digits.len > 1)
            buf_printf(buf, ".%.*s", STR_ARG(str_skip(digits, 1)));
        buf_printf(buf, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    if (exponent < 0) {
        buf_append(buf, STR("0."));
        append_zeros(buf, (size_t)-exponent - 1);
        buf_append(buf, digits);
        return;
    }
    size_t whole = (size_t)exponent + 1;
    buf_append(buf, str_slice(digits, 0, whole));
    append_zeros(buf, digits.len < whole ? whole - digits.len : 0);
    buf_append_byte(buf, '.');
    if (digits.len > whole)
        buf_append(buf, str_skip(digits, whole));
    else
        buf_append_byte(buf, '0');
}

void jsonw_number(struct buf *buf, double value)
{
    if (!isfinite(value)) {
        buf_append(buf, STR("null"));
        return;
    }
    if (signbit(value))
        buf_append_byte(buf, '-');
    char text[DOUBLE_TEXT_BYTES];
    shortest_scientific(text, fabs(value));
    struct str scientific = str_from(text);
    size_t mark = str_find_byte(scientific, 'e');
    char digits[DOUBLE_TEXT_BYTES];
    size_t count = 0;
    for (size_t i = 0; i < mark; i++) {
        if (text[i] != '.')
            digits[count++] = text[i];
    }
    while (count > 1 && digits[count - 1] == '0')
        count--;
    append_decimal(buf, str_span(digits, count), (int)strtol(text + mark + 1, NULL, 10));
}
