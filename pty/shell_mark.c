#include "pty/shell_mark.h"

#include "server/base/buf.h"

/* A number that may be left out; 0 then. */
static bool parse_number(struct str text, uint64_t *ret_number)
{
    *ret_number = 0;
    return str_is_empty(text) || str_to_u64(text, 0, UINT64_MAX, ret_number);
}

static bool parse_start(struct str rest, struct shell_mark *mark)
{
    struct str number;
    return str_next(&rest, ';', &number) && parse_number(number, &mark->number) &&
           parse_number(rest, &mark->unfinished);
}

static bool parse_end(struct str rest, struct shell_mark *mark)
{
    struct str number, status;
    uint64_t value;
    if (!str_next(&rest, ';', &number) || !str_next(&rest, ';', &status) ||
        !parse_number(number, &mark->number) || !str_to_u64(status, 0, INT32_MAX, &value))
        return false;
    mark->status = (int)value;
    mark->report = rest;
    return true;
}

static bool parse_answer(struct str rest, struct shell_mark *mark)
{
    struct str word;
    if (!str_next(&rest, ';', &word))
        return false;
    mark->is_lost = str_equal(word, STR("lost"));
    return parse_end(rest, mark);
}

static bool parse_plain(struct str rest, struct shell_mark *mark)
{
    (void)mark; /* says all by its kind */
    return str_is_empty(rest);
}

bool shell_mark_parse(struct str payload, struct shell_mark *ret_mark)
{
    static const struct {
        char letter;
        enum shell_mark_kind kind;
        bool (*parse)(struct str rest, struct shell_mark *mark);
    } kinds[] = {
        {'C', SHELL_MARK_START, parse_start},      {'D', SHELL_MARK_END, parse_end},
        {'Q', SHELL_MARK_ANSWER, parse_answer},    {'E', SHELL_MARK_ACCEPTED, parse_plain},
        {'A', SHELL_MARK_PROMPT, parse_plain},     {'B', SHELL_MARK_READING, parse_plain},
        {'P', SHELL_MARK_CONTINUING, parse_plain},
    };
    struct str letter;
    if (!str_next(&payload, ';', &letter) || letter.len != 1)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (kinds[i].letter != letter.data[0])
            continue;
        struct shell_mark mark = {.kind = kinds[i].kind};
        if (!kinds[i].parse(payload, &mark))
            return false;
        *ret_mark = mark;
        return true;
    }
    return false;
}

/* Up to three octal digits. */
static size_t decode_octal(struct str digits, struct buf *out)
{
    unsigned value = 0;
    size_t count = 0;
    while (count < 3 && count < digits.len && digits.data[count] >= '0' &&
           digits.data[count] <= '7')
        value = value * 8 + (unsigned)(digits.data[count++] - '0');
    buf_append_byte(out, (char)value);
    return count;
}

/* What stands behind a backslash inside $'…'; returns its length. */
static size_t decode_escape(struct str text, struct buf *out)
{
    static const char letters[] = "abtnvfrE\\'\"";
    static const char values[] = "\a\b\t\n\v\f\r\x1b\\'\"";
    if (text.data[0] >= '0' && text.data[0] <= '7')
        return decode_octal(text, out);
    const char *letter = memchr(letters, text.data[0], sizeof(letters) - 1);
    buf_append_byte(out, letter == NULL ? text.data[0] : values[letter - letters]);
    return 1;
}

/* The inside of $'…', without its quotes. */
static void decode_escaped(struct str text, struct buf *out)
{
    while (text.len > 0) {
        const size_t plain = str_find_byte(text, '\\');
        buf_append(out, str_slice(text, 0, plain));
        text = str_skip(text, plain);
        if (text.len < 2)
            return;
        text = str_skip(text, 1);
        text = str_skip(text, decode_escape(text, out));
    }
}

/* 'it'\''s', with its quotes: a quote begins or ends a quoted part, a backslash stands outside. */
static void decode_quoted(struct str text, struct buf *out)
{
    bool is_inside = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'')
            is_inside = !is_inside;
        else if (text.data[i] == '\\' && !is_inside && i + 1 < text.len)
            buf_append_byte(out, text.data[++i]);
        else
            buf_append_byte(out, text.data[i]);
    }
}

/* A path that is not quoted begins with a slash. */
static struct str decode_path(struct str text, struct buf *decoded)
{
    buf_clear(decoded);
    if (str_starts_with(text, STR("$'")) && str_ends_with(text, STR("'")))
        decode_escaped(str_slice(text, 2, text.len - 1), decoded);
    else if (str_starts_with(text, STR("'")))
        decode_quoted(text, decoded);
    else
        return text;
    return buf_str(decoded);
}

bool shell_report_parse(struct str text, struct buf *decoded, struct shell_report *ret_report)
{
    struct str pid, user, host;
    if (!str_next(&text, ';', &pid) || !str_next(&text, ';', &user) || !str_next(&text, ';', &host))
        return false;
    const size_t last = str_find_last_byte(text, ';');
    if (last == SIZE_MAX)
        return false;
    uint64_t number;
    const bool has_pid = str_to_u64(pid, 1, INT32_MAX, &number);
    *ret_report = (struct shell_report){
        .pid = has_pid ? (int)number : -1,
        .user = user,
        .host = host,
        .cwd = decode_path(str_slice(text, 0, last), decoded),
        .python = str_skip(text, last + 1),
    };
    return true;
}
