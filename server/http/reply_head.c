#include "server/http/reply_head.h"

#include "server/base/log.h"
#include "server/http/connection.h"
#include "server/http/cors.h"
#include "server/http/hub.h"
#include "server/http/parser.h"
#include "server/http/request.h"

struct field {
    struct field *next;
    struct str name;
    struct str value;
};

struct http_reply {
    struct field *first;
    struct field *last;
};

void reply_head_add(struct http_request *request, struct str name, struct str value)
{
    if (request->reply == NULL)
        request->reply = arena_zero(&request->arena, 1, sizeof(*request->reply));
    struct field *field = arena_zero(&request->arena, 1, sizeof(*field));
    field->name = arena_copy(&request->arena, name);
    field->value = arena_copy(&request->arena, value);
    if (request->reply->last == NULL)
        request->reply->first = field;
    else
        request->reply->last->next = field;
    request->reply->last = field;
}

bool reply_head_allows_body(const struct http_request *request, int status)
{
    return request->method != HTTP_METHOD_HEAD && status >= 200 && status != 204 && status != 304;
}

static void append_value(struct buf *out, struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        const char byte = value.data[i];
        const bool is_plain = (unsigned char)byte >= 0x20 && byte != 0x7f;
        buf_append_byte(out, is_plain || byte == '\t' ? byte : ' ');
    }
}

static void append_field(struct buf *out, struct str name, struct str value)
{
    buf_append(out, name);
    buf_append(out, STR(": "));
    append_value(out, value);
    buf_append(out, STR("\r\n"));
}

/* True when the handler sets its own vary. */
static bool append_fields(struct buf *out, const struct http_request *request)
{
    bool has_vary = false;
    if (request->reply == NULL)
        return false;
    for (const struct field *field = request->reply->first; field != NULL; field = field->next) {
        append_field(out, field->name, field->value);
        has_vary = has_vary || str_equal(field->name, STR("vary"));
    }
    return has_vary;
}

static void append_framing(struct buf *out, const struct reply_head *head)
{
    if (head->is_chunked)
        buf_append(out, STR("transfer-encoding: chunked\r\n"));
    else if (head->content_length >= 0)
        buf_printf(out, "content-length: %lld\r\n", (long long)head->content_length);
}

static void append_connection(struct buf *out, struct http_connection *connection)
{
    const bool is_kept = connection_keep_alive(connection);
    if (!is_kept)
        buf_append(out, STR("connection: close\r\n"));
    else if (connection_is_http_1_0(connection))
        buf_append(out, STR("connection: keep-alive\r\n"));
}

static void log_access(const struct http_request *request, int status)
{
    log_info("http.request", "request=%llu peer=%.*s method=%.*s path=%.*s status=%d",
             (unsigned long long)request->number, STR_ARG(connection_peer(request->connection)),
             STR_ARG(request->method_text), STR_ARG(request->path), status);
}

struct str reply_head_build(struct http_request *request, const struct reply_head *head)
{
    struct hub *hub = connection_hub(request->connection);
    struct buf *out = &hub->head;
    buf_clear(out);
    buf_printf(out, "HTTP/1.1 %d %s\r\ndate: ", head->status, parser_status_text(head->status));
    buf_append(out, hub_date(hub));
    buf_append(out, STR("\r\nserver: actiond\r\n"));
    append_framing(out, head);
    if (str_is_set(head->content_type))
        append_field(out, STR("content-type"), head->content_type);
    const bool has_vary = append_fields(out, request);
    if (!head->hides_origin && !request->wants_upgrade) {
        if (!has_vary)
            buf_append(out, STR("vary: Origin\r\n"));
        cors_append(request, &hub->options.cors, out);
    }
    append_connection(out, request->connection);
    buf_append(out, STR("\r\n"));
    if (hub->options.logs_access)
        log_access(request, head->status);
    return buf_str(out);
}
