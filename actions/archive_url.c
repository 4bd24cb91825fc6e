#include "actions/archive_url.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"

static bool is_secret(struct str name)
{
    static const struct str patterns[] = {
        STR_INIT("authorization"), STR_INIT("cookie"), STR_INIT("credential"), STR_INIT("key"),
        STR_INIT("password"),      STR_INIT("secret"), STR_INIT("session"),    STR_INIT("token"),
    };
    for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
        if (str_contains_nocase(name, patterns[i]))
            return true;
    return false;
}

static void decode(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte;
        if (text.data[i] == '%' && text.len - i > 2 && str_hex_byte(text.data + i + 1, &byte)) {
            buf_append_byte(out, (char)byte);
            i += 2;
        } else {
            buf_append_byte(out, text.data[i] == '+' ? ' ' : text.data[i]);
        }
    }
}

static bool is_unreserved(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || strchr("_.-~", byte) != NULL;
}

static void encode(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char byte = text.data[i];
        if (byte == ' ')
            buf_append_byte(out, '+');
        else if (byte != '\0' && is_unreserved(byte))
            buf_append_byte(out, byte);
        else
            buf_printf(out, "%%%02X", (unsigned char)byte);
    }
}

static void redact_parameter(struct buf *out, struct str parameter)
{
    const size_t equals = str_find_byte(parameter, '=');
    scoped_buf struct buf name = {0};
    scoped_buf struct buf value = {0};
    decode(&name, str_slice(parameter, 0, equals));
    if (is_secret(buf_str(&name)))
        buf_append(&value, STR("<redacted>"));
    else if (equals != SIZE_MAX)
        decode(&value, str_skip(parameter, equals + 1));
    encode(out, buf_str(&name));
    buf_append_byte(out, '=');
    encode(out, buf_str(&value));
}

void archive_url_redact(struct buf *out, struct str url)
{
    const size_t fragment_at = str_find_byte(url, '#');
    const struct str before = str_slice(url, 0, fragment_at);
    const size_t query_at = str_find_byte(before, '?');
    if (query_at == SIZE_MAX || query_at + 1 == before.len) {
        buf_append(out, url);
        return;
    }
    buf_append(out, str_slice(before, 0, query_at));
    struct str query = str_skip(before, query_at + 1);
    struct str parameter;
    char separator = '?';
    while (str_next(&query, '&', &parameter)) {
        if (parameter.len == 0)
            continue;
        buf_append_byte(out, separator);
        redact_parameter(out, parameter);
        separator = '&';
    }
    if (fragment_at != SIZE_MAX)
        buf_append(out, str_skip(url, fragment_at));
}
