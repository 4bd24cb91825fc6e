#include "server/http/request.h"

#include "server/http/connection.h"
#include "server/http/cookie.h"
#include "server/http/hub.h"

const char *http_method_name(enum http_method method)
{
    static const char *const names[] = {
        [HTTP_METHOD_GET] = "GET",         [HTTP_METHOD_HEAD] = "HEAD",
        [HTTP_METHOD_POST] = "POST",       [HTTP_METHOD_PUT] = "PUT",
        [HTTP_METHOD_PATCH] = "PATCH",     [HTTP_METHOD_DELETE] = "DELETE",
        [HTTP_METHOD_OPTIONS] = "OPTIONS", [HTTP_METHOD_OTHER] = "other",
    };
    return names[method];
}

struct str http_request_header(const struct http_request *request, const char *name)
{
    return header_find(request->headers, request->header_count, str_from(name));
}

struct str http_request_cookie(struct http_request *request, const char *name)
{
    scoped_buf struct buf value = {0};
    if (!cookie_find(http_request_header(request, "cookie"), str_from(name), &value))
        return STR_NULL;
    return arena_copy(&request->arena, buf_str(&value));
}

struct str http_request_peer(const struct http_request *request)
{
    return connection_peer(request->connection);
}

struct loop *http_request_loop(const struct http_request *request)
{
    return connection_hub(request->connection)->loop;
}

struct str http_decode(struct arena *arena, struct str text, bool plus_is_space)
{
    if (!str_has_byte(text, '%') && !(plus_is_space && str_has_byte(text, '+')))
        return text;
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte;
        if (text.data[i] == '%' && i + 2 < text.len && str_hex_byte(text.data + i + 1, &byte)) {
            out[len++] = (char)byte;
            i += 2;
        } else {
            out[len++] = plus_is_space && text.data[i] == '+' ? ' ' : text.data[i];
        }
    }
    out[len] = '\0';
    return str_span(out, len);
}

void http_encode(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char byte = text.data[i];
        const bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                              (byte >= '0' && byte <= '9') || str_has_byte(STR("_.~-"), byte);
        if (is_plain)
            buf_append_byte(out, byte);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)byte);
    }
}

/* Cuts the next name and value off; empty pieces ("a=1&&b=2") are none. */
static bool next_pair(struct arena *arena, struct str *rest, struct schema_pair *ret_pair)
{
    struct str piece;
    do {
        if (!str_next(rest, '&', &piece))
            return false;
    } while (piece.len == 0);
    const size_t equals = str_find_byte(piece, '=');
    const struct str value = equals == SIZE_MAX ? STR("") : str_skip(piece, equals + 1);
    ret_pair->name = http_decode(arena, str_slice(piece, 0, equals), true);
    ret_pair->value = http_decode(arena, value, true);
    return true;
}

const struct schema_pair *http_request_pairs(struct http_request *request, size_t *ret_count)
{
    size_t count = request->query.len > 0 ? 1 : 0;
    for (size_t i = 0; i < request->query.len; i++)
        count += request->query.data[i] == '&' ? 1 : 0;
    struct schema_pair *pairs = arena_zero(&request->arena, count, sizeof(*pairs));
    struct str rest = request->query;
    size_t used = 0;
    while (used < count && next_pair(&request->arena, &rest, &pairs[used]))
        used++;
    *ret_count = used;
    return pairs;
}

struct str http_request_query(struct http_request *request, const char *name)
{
    size_t count;
    const struct schema_pair *pairs = http_request_pairs(request, &count);
    const struct str wanted = str_from(name);
    for (size_t i = count; i > 0; i--) {
        if (str_equal(pairs[i - 1].name, wanted))
            return pairs[i - 1].value;
    }
    return STR_NULL;
}

void http_request_on_gone(struct http_request *request, void (*on_gone)(void *owner), void *owner)
{
    request->on_gone = on_gone;
    request->gone_owner = owner;
    if (on_gone != NULL)
        connection_watch_client(request->connection);
}

bool http_request_is_gone(const struct http_request *request)
{
    return connection_is_gone(request->connection);
}

void http_request_receive(struct http_request *request, const struct http_body_events *events,
                          void *owner)
{
    connection_receive(request->connection, events, owner);
}

void http_request_pause(struct http_request *request)
{
    connection_pause(request->connection, true);
}

void http_request_resume(struct http_request *request)
{
    connection_pause(request->connection, false);
}
