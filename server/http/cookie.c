#include "server/http/cookie.h"

#include <ctype.h>

#include "server/base/buf.h"

#define OCTAL_DIGITS 3

static bool is_octal(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '7')
            return false;
    }
    return text.len == OCTAL_DIGITS && text.data[0] <= '3';
}

static void unquote(struct buf *out, struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] != '\\' || i + 1 == value.len) {
            buf_append_byte(out, value.data[i]);
            continue;
        }
        const struct str digits = str_slice(value, i + 1, i + 1 + OCTAL_DIGITS);
        if (is_octal(digits)) {
            const int code =
                (digits.data[0] - '0') * 64 + (digits.data[1] - '0') * 8 + (digits.data[2] - '0');
            buf_append_byte(out, (char)code);
            i += OCTAL_DIGITS;
        } else {
            buf_append_byte(out, value.data[++i]);
        }
    }
}

bool cookie_find(struct str header, struct str name, struct buf *ret_value)
{
    struct str pair;
    while (str_next(&header, ';', &pair)) {
        const size_t equals = str_find_byte(pair, '=');
        if (equals == SIZE_MAX || !str_equal(str_trim(str_slice(pair, 0, equals)), name))
            continue;
        const struct str value = str_trim(str_skip(pair, equals + 1));
        if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"')
            unquote(ret_value, str_slice(value, 1, value.len - 1));
        else
            buf_append(ret_value, value);
        return true;
    }
    return false;
}

static bool is_plain(char byte)
{
    return isalnum((unsigned char)byte) ||
           (byte != '\0' && strchr("!#$%&'*+-.^_`|~:", byte) != NULL);
}

static bool needs_quotes(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (!is_plain(value.data[i]))
            return true;
    }
    return value.len == 0;
}

void cookie_quote(struct buf *out, struct str value)
{
    if (!needs_quotes(value)) {
        buf_append(out, value);
        return;
    }
    buf_append_byte(out, '"');
    for (size_t i = 0; i < value.len; i++) {
        const char byte = value.data[i];
        if (byte == '"' || byte == '\\')
            buf_printf(out, "\\%c", byte);
        else if (is_plain(byte) || strchr(" ()/<=>?@[]{}", byte) != NULL)
            buf_append_byte(out, byte);
        else
            buf_printf(out, "\\%03o", (unsigned char)byte);
    }
    buf_append_byte(out, '"');
}
