#include "actions/archive_redact.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/utf8.h"

enum expect {
    EXPECT_VALUE,
    EXPECT_VALUE_OR_END,
    EXPECT_KEY,
    EXPECT_KEY_OR_END,
    EXPECT_SEPARATOR
};

struct scan {
    struct str rest;
    struct buf *out;
    struct buf nesting; /* '{' or '[' for each open level */
    struct buf decoded; /* the last string */
    enum expect expect;
    bool is_secret; /* the value to come is under a secret key */
    bool has_changed;
};

static char front(const struct scan *scan)
{
    return scan->rest.len == 0 ? '\0' : scan->rest.data[0];
}

static void copy(struct scan *scan, size_t len)
{
    buf_append(scan->out, str_slice(scan->rest, 0, len));
    scan->rest = str_skip(scan->rest, len);
}

static void copy_space(struct scan *scan)
{
    size_t len = 0;
    while (len < scan->rest.len && scan->rest.data[len] != '\0' &&
           strchr(" \t\r\n", scan->rest.data[len]) != NULL)
        len++;
    copy(scan, len);
}

/* An escape after its backslash. Returns its length, 0 when it is none. */
static size_t decode_escape(struct scan *scan, struct str text)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    if (text.len == 0)
        return 0;
    if (text.data[0] == 'u') {
        unsigned char high;
        unsigned char low;
        if (text.len < 5 || !str_hex_byte(text.data + 1, &high) ||
            !str_hex_byte(text.data + 3, &low))
            return 0;
        utf8_append(&scan->decoded, (unsigned)high << 8 | low);
        return 5;
    }
    const char *letter = text.data[0] == '\0' ? NULL : strchr(letters, text.data[0]);
    if (letter == NULL)
        return 0;
    buf_append_byte(&scan->decoded, meanings[letter - letters]);
    return 1;
}

/* Decodes the string at the front. Returns its length with the quotes, 0 when it is none. */
static size_t read_string(struct scan *scan)
{
    buf_clear(&scan->decoded);
    for (size_t at = 1; at < scan->rest.len;) {
        const char byte = scan->rest.data[at++];
        if (byte == '"')
            return at;
        if ((unsigned char)byte < ' ')
            return 0;
        if (byte != '\\') {
            buf_append_byte(&scan->decoded, byte);
            continue;
        }
        const size_t len = decode_escape(scan, str_skip(scan->rest, at));
        if (len == 0)
            return 0;
        at += len;
    }
    return 0;
}

static bool is_secret_key(struct str key)
{
    static const struct str keys[] = {
        STR_INIT("api_key"),
        STR_INIT("aws_access_key_id"),
        STR_INIT("aws_secret_access_key"),
        STR_INIT("aws_session_token"),
        STR_INIT("llm_api_key"),
    };
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (str_equal(key, keys[i]))
            return true;
    return false;
}

static bool must_go(const struct scan *scan)
{
    const struct str value = buf_str(&scan->decoded);
    if (value.len == 0 || str_equal(value, STR("**********")))
        return false;
    return scan->is_secret || str_starts_with(value, STR("gAAAAA"));
}

static bool take_string(struct scan *scan)
{
    const size_t len = read_string(scan);
    if (len == 0)
        return false;
    if (must_go(scan)) {
        buf_append(scan->out, STR("\"**********\""));
        scan->rest = str_skip(scan->rest, len);
        scan->has_changed = true;
    } else {
        copy(scan, len);
    }
    scan->expect = EXPECT_SEPARATOR;
    return true;
}

static bool take_key(struct scan *scan)
{
    const size_t len = front(scan) == '"' ? read_string(scan) : 0;
    if (len == 0)
        return false;
    copy(scan, len);
    scan->is_secret = is_secret_key(buf_str(&scan->decoded));
    copy_space(scan);
    if (front(scan) != ':')
        return false;
    copy(scan, 1);
    scan->expect = EXPECT_VALUE;
    return true;
}

static size_t count_digits(struct str text)
{
    size_t count = 0;
    while (count < text.len && text.data[count] >= '0' && text.data[count] <= '9')
        count++;
    return count;
}

/* The exponent at the front: its length, 0 when there is none. */
static size_t exponent_length(struct str text)
{
    if (text.len < 2 || (text.data[0] != 'e' && text.data[0] != 'E'))
        return 0;
    const size_t sign = text.data[1] == '+' || text.data[1] == '-' ? 1 : 0;
    const size_t digits = count_digits(str_skip(text, 1 + sign));
    return digits == 0 ? 0 : 1 + sign + digits;
}

static size_t number_length(struct str text)
{
    size_t len = str_starts_with(text, STR("-")) ? 1 : 0;
    const size_t whole = count_digits(str_skip(text, len));
    if (whole == 0 || (whole > 1 && text.data[len] == '0'))
        return 0;
    len += whole;
    const struct str rest = str_skip(text, len);
    if (str_starts_with(rest, STR("."))) {
        const size_t digits = count_digits(str_skip(rest, 1));
        len += digits == 0 ? 0 : 1 + digits;
    }
    return len + exponent_length(str_skip(text, len));
}

/* A number or a word, as Python's reader takes them. */
static bool take_plain(struct scan *scan)
{
    static const struct str words[] = {STR_INIT("null"),     STR_INIT("true"),
                                       STR_INIT("false"),    STR_INIT("NaN"),
                                       STR_INIT("Infinity"), STR_INIT("-Infinity")};
    size_t len = number_length(scan->rest);
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (str_starts_with(scan->rest, words[i]))
            len = words[i].len;
    copy(scan, len);
    scan->expect = EXPECT_SEPARATOR;
    return len > 0;
}

static bool open_level(struct scan *scan)
{
    const char kind = front(scan);
    buf_append_byte(&scan->nesting, kind);
    copy(scan, 1);
    scan->is_secret = false;
    scan->expect = kind == '{' ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
    return true;
}

static bool close_level(struct scan *scan)
{
    buf_truncate(&scan->nesting, scan->nesting.len - 1);
    copy(scan, 1);
    scan->expect = EXPECT_SEPARATOR;
    return true;
}

static bool take_value(struct scan *scan)
{
    const char byte = front(scan);
    if (byte == ']' && scan->expect == EXPECT_VALUE_OR_END)
        return close_level(scan);
    if (byte == '{' || byte == '[')
        return open_level(scan);
    return byte == '"' ? take_string(scan) : take_plain(scan);
}

static bool take_separator(struct scan *scan)
{
    const bool is_object = scan->nesting.data[scan->nesting.len - 1] == '{';
    if (front(scan) == (is_object ? '}' : ']'))
        return close_level(scan);
    if (front(scan) != ',')
        return false;
    copy(scan, 1);
    scan->is_secret = false;
    scan->expect = is_object ? EXPECT_KEY : EXPECT_VALUE;
    return true;
}

static bool take_next(struct scan *scan)
{
    switch (scan->expect) {
    case EXPECT_VALUE:
    case EXPECT_VALUE_OR_END:
        return take_value(scan);
    case EXPECT_KEY_OR_END:
        return front(scan) == '}' ? close_level(scan) : take_key(scan);
    case EXPECT_KEY:
        return take_key(scan);
    case EXPECT_SEPARATOR:
        return take_separator(scan);
    }
    return false;
}

static bool scan_document(struct scan *scan)
{
    copy_space(scan);
    do {
        if (!take_next(scan))
            return false;
        copy_space(scan);
    } while (scan->nesting.len > 0);
    return scan->rest.len == 0;
}

/* Appends the document to `out`, changed or not; nothing when it is no JSON. */
static bool redact(struct str text, struct buf *out, bool *has_changed)
{
    const size_t before = out->len;
    struct scan scan = {.rest = text, .out = out, .expect = EXPECT_VALUE};
    const bool is_json = scan_document(&scan) && !buf_has_overflowed(out);
    buf_fini(&scan.nesting);
    buf_fini(&scan.decoded);
    if (!is_json)
        buf_truncate(out, before);
    *has_changed = is_json && scan.has_changed;
    return is_json;
}

bool archive_redact_json(struct str text, struct buf *out)
{
    bool has_changed;
    return utf8_is_valid(text) && redact(text, out, &has_changed) && has_changed;
}

bool archive_redact_json_lines(struct str text, struct buf *out)
{
    bool has_changed_any = false;
    if (!utf8_is_valid(text))
        return false;
    while (text.len > 0) {
        const size_t end = str_find_byte(text, '\n');
        const size_t len = end == SIZE_MAX ? text.len : end + 1;
        const struct str line = str_slice(text, 0, len);
        bool has_changed;
        if (!redact(line, out, &has_changed))
            buf_append(out, line);
        has_changed_any = has_changed_any || has_changed;
        text = str_skip(text, len);
    }
    return has_changed_any;
}
