#include "actions/git_text.h"

#include "server/base/buf.h"
#include "server/base/utf8.h"

static bool is_plain(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte != '\0' && strchr("@%+=:,./_-", byte) != NULL);
}

static bool is_all_plain(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_plain((unsigned char)text.data[i]))
            return false;
    }
    return text.len > 0;
}

void git_text_quote_argument(struct buf *out, struct str argument)
{
    if (is_all_plain(argument)) {
        buf_append(out, argument);
        return;
    }
    buf_append_byte(out, '\'');
    for (size_t i = 0; i < argument.len; i++) {
        if (argument.data[i] == '\'')
            buf_append(out, STR("'\"'\"'"));
        else
            buf_append_byte(out, argument.data[i]);
    }
    buf_append_byte(out, '\'');
}

static bool needs_escape(unsigned char byte)
{
    return byte < ' ' || byte >= 0x7f || byte == '"' || byte == '\\';
}

static bool name_needs_quotes(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (needs_escape((unsigned char)name.data[i]))
            return true;
    }
    return false;
}

/* The letter of a C escape; '\0' for bytes that are written as octal digits. */
static char escape_letter(unsigned char byte)
{
    static const char letters[] = {
        ['\a'] = 'a', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\v'] = 'v',
        ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    return byte < sizeof(letters) ? letters[byte] : '\0';
}

void git_text_quote_name(struct buf *out, struct str name)
{
    if (!name_needs_quotes(name)) {
        buf_append(out, name);
        return;
    }
    buf_append_byte(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        const unsigned char byte = (unsigned char)name.data[i];
        const char letter = escape_letter(byte);
        if (!needs_escape(byte))
            buf_append_byte(out, name.data[i]);
        else if (letter != '\0')
            buf_printf(out, "\\%c", letter);
        else
            buf_printf(out, "\\%03o", byte);
    }
    buf_append_byte(out, '"');
}

/* The length of "http://" or "https://" at the front of `text`, in any case; else 0. */
static size_t scheme_length(struct str text)
{
    static const struct str schemes[] = {STR_INIT("https://"), STR_INIT("http://")};
    for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
        if (str_equal_nocase(str_slice(text, 0, schemes[i].len), schemes[i]))
            return schemes[i].len;
    }
    return 0;
}

/* The length of a user part ("user:password@", the '@' included) at the front; 0 without one. */
static size_t user_length(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '@')
            return i == 0 ? 0 : i + 1;
        if (text.data[i] == '/' || (text.data[i] != '\0' && strchr(" \t\n\v\f\r", text.data[i])))
            return 0;
    }
    return 0;
}

void git_text_mask(struct buf *out, struct str text)
{
    while (text.len > 0) {
        const size_t scheme = scheme_length(text);
        const size_t user = scheme == 0 ? 0 : user_length(str_skip(text, scheme));
        const size_t kept = scheme == 0 ? 1 : scheme;
        buf_append(out, str_slice(text, 0, kept));
        if (user > 0)
            buf_append(out, STR("****@"));
        text = str_skip(text, kept + user);
    }
}

static bool is_line_end(unsigned code_point)
{
    return (code_point >= 0x0a && code_point <= 0x0d) ||
           (code_point >= 0x1c && code_point <= 0x1e) || code_point == 0x85 ||
           code_point == 0x2028 || code_point == 0x2029;
}

void git_text_unify_lines(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '\r')
            buf_append_byte(out, text.data[i]);
        else if (i + 1 == text.len || text.data[i + 1] != '\n')
            buf_append_byte(out, '\n');
    }
}

void git_text_join_lines(struct buf *out, struct str text)
{
    struct str rest = text;
    while (rest.len > 0) {
        unsigned code_point;
        bool is_valid;
        size_t taken = utf8_step(rest, &code_point, &is_valid);
        if (!is_line_end(code_point)) {
            buf_append(out, str_slice(rest, 0, taken));
            rest = str_skip(rest, taken);
            continue;
        }
        if (code_point == '\r' && rest.len > 1 && rest.data[1] == '\n')
            taken = 2;
        rest = str_skip(rest, taken);
        if (rest.len > 0)
            buf_append_byte(out, '\n');
    }
}
