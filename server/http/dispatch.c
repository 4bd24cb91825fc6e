#include "server/http/dispatch.h"

#include "server/base/json.h"
#include "server/http/connection.h"
#include "server/http/cors.h"
#include "server/http/hub.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/http/router.h"
#include "server/http/ws.h"

/* The contract parses before it looks at the key. Larger bodies are parsed for those who may send
 * them only: 64 MiB of small values take seconds and gigabytes. */
#define STRANGER_BODY_BYTES ((size_t)1 << 20)

static bool is_json(const struct http_request *request)
{
    const struct str value = http_request_header(request, "content-type");
    struct str type = str_trim(str_slice(value, 0, str_find_byte(value, ';')));
    if (str_equal_nocase(type, STR("application/json")))
        return true;
    const struct str suffix = STR("+json");
    return type.len > STR("application/").len + suffix.len &&
           str_equal_nocase(str_slice(type, 0, STR("application/").len), STR("application/")) &&
           str_equal_nocase(str_skip(type, type.len - suffix.len), suffix);
}

static void refuse_json(struct http_request *request, const struct doc_error *error)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    issues_init(&issues, &items);
    issues_add_broken_json(&issues, error);
    reply_issues(request, buf_str(&items));
}

/* False: it has replied. */
static bool parse_json(struct http_request *request)
{
    if (request->body.len == 0 || !is_json(request))
        return true;
    struct doc_error error = {0};
    request->document = doc_parse(request->body, &error);
    if (request->document != NULL) {
        request->json = doc_root(request->document);
        return true;
    }
    if (error.is_encoding)
        reply_detail(request, 400, STR("There was an error parsing the body"));
    else
        refuse_json(request, &error);
    return false;
}

static bool admit(struct http_request *request)
{
    const struct http_server_options *options = &connection_hub(request->connection)->options;
    return options->admit == NULL ||
           options->admit(options->admit_context, request, request->route);
}

static void handle(struct http_request *request)
{
    if (admit(request))
        request->route->handler(request, request->route_context);
}

/* A body is there, but it does not say that it is JSON. */
static void refuse_type(struct http_request *request)
{
    reply_issues(
        request,
        STR("[{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],\"msg\":\"Input should "
            "be a valid dictionary or object to extract fields from\",\"input\":null}]"));
}

static void handle_json(struct http_request *request)
{
    const bool is_large = request->body.len > STRANGER_BODY_BYTES;
    if (is_large && !admit(request))
        return;
    if (!parse_json(request) || (!is_large && !admit(request)))
        return;
    if (request->body.len > 0 && request->json == NULL)
        refuse_type(request);
    else
        request->route->handler(request, request->route_context);
}

static void refuse_size(struct http_request *request)
{
    reply_detail(request, 413, STR("Request body is too large"));
}

static void on_data(void *owner, struct str chunk)
{
    struct http_request *request = owner;
    buf_append(&request->body_bytes, chunk);
    if (buf_has_overflowed(&request->body_bytes))
        refuse_size(request);
}

static void on_end(void *owner)
{
    struct http_request *request = owner;
    request->body = buf_str(&request->body_bytes);
    if (request->route->body == ROUTE_BODY_JSON)
        handle_json(request);
    else
        handle(request);
}

static void on_abort(void *owner)
{
    struct http_request *request = owner;
    connection_abandon(request->connection);
}

static void collect(struct http_request *request)
{
    static const struct http_body_events events = {
        .on_data = on_data,
        .on_end = on_end,
        .on_abort = on_abort,
    };
    if (request->content_length > HTTP_MAX_BODY_BYTES) {
        refuse_size(request);
        return;
    }
    buf_init(&request->body_bytes, HTTP_MAX_BODY_BYTES);
    http_request_receive(request, &events, request);
}

static void ignore_data(void *owner, struct str chunk)
{
    (void)owner;
    (void)chunk; /* the route takes no body */
}

static void ignore_end(void *owner)
{
    (void)owner; /* the handler has run already */
}

static void handle_without_body(struct http_request *request)
{
    static const struct http_body_events events = {.on_data = ignore_data, .on_end = ignore_end};
    if (request->has_body)
        http_request_receive(request, &events, NULL);
    handle(request);
}

/* A handshake that is none: the method, the version or the key is wrong. */
static void refuse_handshake(struct http_request *request)
{
    const struct str version = http_request_header(request, "sec-websocket-version");
    const bool is_version = !str_equal(version, STR("13"));
    if (is_version)
        reply_header(request, "sec-websocket-version", STR("13"));
    reply_text(request, is_version ? 426 : 400, "text/plain; charset=utf-8",
               STR("Invalid WebSocket handshake."));
}

static void handle_found(struct http_request *request)
{
    const enum route_body body = request->route->body;
    if (request->route->auth == ROUTE_AUTH_V0)
        connection_idle_long(request->connection);
    if (request->route->auth == ROUTE_AUTH_SOCKET && !ws_is_handshake(request))
        refuse_handshake(request);
    else if (body == ROUTE_BODY_STREAM)
        handle(request);
    else if (body == ROUTE_BODY_NONE)
        handle_without_body(request);
    else if (request->has_body)
        collect(request);
    else if (body == ROUTE_BODY_JSON)
        handle_json(request);
    else
        handle(request);
}

/* The address the client used, with the final slash removed or added. */
static void redirect(struct http_request *request)
{
    scoped_buf struct buf location = {0};
    const size_t mark = str_find_byte(request->target, '?');
    struct str path = str_slice(request->target, 0, mark);
    const struct str host = http_request_header(request, "host");
    buf_append(&location, STR("http://"));
    if (host.len > 0)
        buf_append(&location, host);
    else
        connection_local(request->connection, &location);
    const bool has_slash = str_ends_with(path, STR("/"));
    while (str_ends_with(path, STR("/")))
        path.len--;
    buf_append(&location, path);
    if (!has_slash)
        buf_append_byte(&location, '/');
    if (request->query.len > 0)
        buf_printf(&location, "?%.*s", STR_ARG(request->query));
    reply_redirect(request, 307, buf_str(&location));
}

void dispatch_request(struct http_request *request)
{
    const struct http_server_options *options = &connection_hub(request->connection)->options;
    struct router_match match;
    if (cors_answers(request, &options->cors))
        return;
    router_find(options->router, request, &match);
    request->route_context = match.context;
    switch (match.outcome) {
    case ROUTER_FOUND:
        handle_found(request);
        break;
    case ROUTER_NOT_FOUND:
        if (!request->wants_upgrade && !admit(request))
            break;
        if (request->wants_upgrade && request->method != HTTP_METHOD_GET)
            refuse_handshake(request);
        else if (request->wants_upgrade)
            reply_empty(request, 403);
        else
            reply_detail(request, 404, STR("Not Found"));
        break;
    case ROUTER_WRONG_METHOD:
        if (!admit(request))
            break;
        reply_header(request, "allow", str_from(match.allow));
        reply_detail(request, 405, STR("Method Not Allowed"));
        break;
    case ROUTER_REDIRECT:
        if (admit(request))
            redirect(request);
        break;
    }
}
