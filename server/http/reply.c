#include "server/http/reply.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/id.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/http/connection.h"
#include "server/http/reply_head.h"
#include "server/http/request.h"

#define JSON_TYPE "application/json"

void reply_header(struct http_request *request, const char *name, struct str value)
{
    reply_head_add(request, str_from(name), value);
}

static struct str build(struct http_request *request, int status, struct str content_type,
                        size_t len, bool hides_origin)
{
    const bool has_length = status >= 200 && status != 204 && status != 304;
    const struct reply_head head = {
        .status = status,
        .content_type = content_type,
        .content_length = has_length ? (int64_t)len : -1,
        .hides_origin = hides_origin,
    };
    return reply_head_build(request, &head);
}

static void send_text(struct http_request *request, int status, struct str content_type,
                      struct str body)
{
    struct http_connection *connection = request->connection;
    const bool has_body = reply_head_allows_body(request, status);
    const struct str head = build(request, status, content_type, body.len, false);
    const struct str parts[] = {head, has_body ? body : STR("")};
    (void)connection_write(connection, parts, ARRAY_SIZE(parts)); /* nobody waits for the result */
    connection_finish(connection);
}

static void send_buf(struct http_request *request, int status, struct buf *body, bool hides_origin)
{
    struct http_connection *connection = request->connection;
    struct buf content = buf_take(body); /* it may live in the request's arena */
    const struct str head = build(request, status, STR(JSON_TYPE), content.len, hides_origin);
    if (!reply_head_allows_body(request, status))
        buf_clear(&content);
    /* Nobody waits for the result. */
    (void)connection_write_buf(connection, head, &content, STR(""));
    connection_finish(connection);
}

void reply_json(struct http_request *request, int status, struct buf *body)
{
    if (buf_has_overflowed(body)) {
        buf_fini(body);
        reply_unexpected(request, STR("the reply is too large"));
        return;
    }
    send_buf(request, status, body, false);
}

void reply_text(struct http_request *request, int status, const char *content_type, struct str body)
{
    send_text(request, status, str_from(content_type), body);
}

void reply_empty(struct http_request *request, int status)
{
    send_text(request, status, STR_NULL, STR(""));
}

void reply_redirect(struct http_request *request, int status, struct str location)
{
    reply_header(request, "location", location);
    reply_empty(request, status);
}

/* The text of a status ≥ 500 is in another member, with the status in front. */
void reply_detail(struct http_request *request, int status, struct str text)
{
    struct buf body = {0};
    scoped_buf struct buf exception = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    if (status < 500) {
        jsonw_string(&w, "detail", text);
    } else {
        buf_printf(&exception, "%d: ", status);
        buf_append(&exception, text);
        jsonw_string(&w, "detail", STR("Internal Server Error"));
        jsonw_string(&w, "exception", buf_str(&exception));
        log_warn("http.failed", "request=%llu status=%d text=\"%.*s\"",
                 (unsigned long long)request->number, status, STR_ARG(text));
    }
    jsonw_end(&w);
    send_buf(request, status, &body, false);
}

void reply_error(struct http_request *request, const struct error *error)
{
    reply_detail(request, error_http_status(error->code), str_from(error->text));
}

void reply_issues(struct http_request *request, struct str items)
{
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_raw(&w, "detail", items);
    jsonw_end(&w);
    send_buf(request, 422, &body, false);
}

void reply_unexpected(struct http_request *request, struct str text)
{
    const struct id_text error_id = id_hex(id_new());
    log_error("http.unexpected", "request=%llu method=%.*s path=%.*s error_id=%s text=\"%.*s\"",
              (unsigned long long)request->number, STR_ARG(request->method_text),
              STR_ARG(request->path), error_id.text, STR_ARG(text));
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_string(&w, "detail", STR("Internal Server Error"));
    jsonw_string(&w, "exception", text);
    jsonw_cstr(&w, "error_id", error_id.text);
    jsonw_end(&w);
    send_buf(request, 500, &body, true);
}
