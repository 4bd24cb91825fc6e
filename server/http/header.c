#include "server/http/header.h"

static bool is_token_byte(char byte)
{
    if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
        (byte >= '0' && byte <= '9'))
        return true;
    return str_has_byte(STR("!#$%&'*+-.^_`|~"), byte);
}

bool header_is_token(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_token_byte(text.data[i]))
            return false;
    }
    return text.len > 0;
}

struct str header_find(const struct http_header *headers, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal_nocase(headers[i].name, name))
            return headers[i].value;
    }
    return STR_NULL;
}

size_t header_count(const struct http_header *headers, size_t count, struct str name)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += str_equal_nocase(headers[i].name, name) ? 1 : 0;
    return found;
}

static bool list_has_token(struct str list, struct str token)
{
    struct str piece;
    while (str_next(&list, ',', &piece)) {
        if (str_equal_nocase(str_trim(piece), token))
            return true;
    }
    return false;
}

bool header_has_token(const struct http_header *headers, size_t count, struct str name,
                      struct str token)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal_nocase(headers[i].name, name) && list_has_token(headers[i].value, token))
            return true;
    }
    return false;
}
