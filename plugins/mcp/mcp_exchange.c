#include "plugins/mcp/mcp_exchange.h"

#include <stdlib.h>

#include "plugins/http_client/http_client.h"
#include "plugins/mcp/mcp_transport.h"
#include "plugins/mcp/mcp_url.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/event_stream.h"
#include "server/base/mem.h"

/*
 * While events are told the exchange may be cancelled, and is kept until the telling is over. A
 * redirect starts the next HTTP exchange when the one before has ended.
 */

#define MAGIC_MCP_EXCHANGE 0x4d435058u
#define MAX_OWN_FIELDS     5
#define MAX_REDIRECTS      5
#define MAX_PROBLEM_BYTES  ((size_t)200) /* of the body of an error */

struct mcp_exchange {
    uint32_t magic;
    struct arena arena; /* what the request is made of */
    struct http_exchange *http_exchange;
    struct http_client *http;
    struct http_exchange_options request;
    struct buf url;
    const struct mcp_exchange_events *events;
    void *owner;
    struct event_stream stream;
    struct buf body;
    int status;
    unsigned redirects;
    bool is_stream;
    bool is_redirect;
    bool is_telling;
    bool is_cancelled;
};

static void free_exchange(struct mcp_exchange *exchange)
{
    event_stream_fini(&exchange->stream);
    buf_fini(&exchange->body);
    buf_fini(&exchange->url);
    arena_fini(&exchange->arena);
    exchange->magic = 0;
    free(exchange);
}

static bool is_fine(int status)
{
    return status >= 200 && status < 300;
}

static bool has_type(const struct mcp_exchange *exchange, struct str type)
{
    const struct str given = http_exchange_field(exchange->http_exchange, "content-type");
    return str_equal_nocase(str_slice(given, 0, type.len), type);
}

static void tell_head(struct mcp_exchange *exchange)
{
    exchange->is_telling = true;
    if (exchange->events->on_head != NULL)
        exchange->events->on_head(exchange->owner);
    exchange->is_telling = false;
    if (exchange->is_cancelled)
        mcp_exchange_cancel(exchange);
}

static bool is_redirect(const struct mcp_exchange *exchange)
{
    return exchange->status >= 300 && exchange->status < 400 &&
           http_exchange_field(exchange->http_exchange, "location").len > 0;
}

static void on_head(void *owner)
{
    struct mcp_exchange *exchange = owner;
    magic_check(exchange, MAGIC_MCP_EXCHANGE);
    exchange->status = http_exchange_status(exchange->http_exchange);
    exchange->is_stream = is_fine(exchange->status) && has_type(exchange, STR("text/event-stream"));
    exchange->is_redirect = is_redirect(exchange);
    if (exchange->is_redirect)
        buf_append(&exchange->body, http_exchange_field(exchange->http_exchange, "location"));
    if (is_fine(exchange->status))
        tell_head(exchange);
}

static bool tell_event(void *owner, struct str name, struct str data)
{
    struct mcp_exchange *exchange = owner;
    exchange->events->on_event(exchange->owner, name, data);
    return !exchange->is_cancelled;
}

static void end(struct mcp_exchange *exchange, const struct error *error)
{
    const struct mcp_exchange_events *events = exchange->events;
    void *owner = exchange->owner;
    free_exchange(exchange);
    events->on_end(owner, error);
}

static void stop_too_large(struct mcp_exchange *exchange)
{
    struct error error;
    http_exchange_cancel(take_pointer(&exchange->http_exchange));
    (void)error_set(&error, ERROR_TOO_LARGE, "the server sent a message that is too long");
    end(exchange, &error);
}

static void feed_stream(struct mcp_exchange *exchange, struct str bytes)
{
    exchange->is_telling = true;
    const bool goes_on = event_stream_feed(&exchange->stream, bytes);
    exchange->is_telling = false;
    if (exchange->is_cancelled)
        mcp_exchange_cancel(exchange);
    else if (!goes_on)
        stop_too_large(exchange);
}

static void on_body(void *owner, struct str bytes)
{
    struct mcp_exchange *exchange = owner;
    magic_check(exchange, MAGIC_MCP_EXCHANGE);
    if (exchange->is_stream) {
        feed_stream(exchange, bytes);
        return;
    }
    if (exchange->is_redirect)
        return;
    if (!is_fine(exchange->status))
        bytes = str_slice(bytes, 0, MAX_PROBLEM_BYTES - exchange->body.len);
    buf_append(&exchange->body, bytes);
    if (buf_has_overflowed(&exchange->body))
        stop_too_large(exchange);
}

static enum error_code code_of(int status)
{
    switch (status) {
    case 401:
        return ERROR_UNAUTHORIZED;
    case 403:
        return ERROR_FORBIDDEN;
    case 404:
        return ERROR_NOT_FOUND;
    default:
        return ERROR_UNAVAILABLE;
    }
}

/* The body only when it is a text for people or programs, not a page. */
static void end_refused(struct mcp_exchange *exchange)
{
    struct error error;
    const struct str body = str_trim(buf_str(&exchange->body));
    const bool is_shown = body.len > 0 && body.data[0] != '<';
    (void)error_set(&error, code_of(exchange->status), "HTTP %d%s%.*s", exchange->status,
                    is_shown ? ": " : "", is_shown ? (int)body.len : 0, is_shown ? body.data : "");
    end(exchange, &error);
}

static void tell_whole(struct mcp_exchange *exchange)
{
    const struct str body = str_trim(buf_str(&exchange->body));
    exchange->is_telling = true;
    if (!exchange->is_stream && body.len > 0)
        exchange->events->on_event(exchange->owner, STR(""), body);
    exchange->is_telling = false;
    if (exchange->is_cancelled)
        free_exchange(exchange);
    else
        end(exchange, NULL);
}

static void send(struct mcp_exchange *exchange);

static void follow(struct mcp_exchange *exchange)
{
    struct error error;
    scoped_buf struct buf next = {0};
    if (++exchange->redirects > MAX_REDIRECTS) {
        (void)error_set(&error, ERROR_UNAVAILABLE, "HTTP %d: too many redirects", exchange->status);
        end(exchange, &error);
        return;
    }
    if (!mcp_url_resolve(buf_str(&exchange->url), buf_str(&exchange->body), &next, &error)) {
        (void)error_wrap(&error, "HTTP %d", exchange->status);
        end(exchange, &error);
        return;
    }
    buf_clear(&exchange->url);
    buf_append(&exchange->url, buf_str(&next));
    buf_clear(&exchange->body);
    exchange->is_redirect = false;
    send(exchange);
}

static void on_end(void *owner, const struct error *error)
{
    struct mcp_exchange *exchange = owner;
    magic_check(exchange, MAGIC_MCP_EXCHANGE);
    exchange->http_exchange = NULL;
    if (error != NULL)
        end(exchange, error);
    else if (exchange->is_redirect)
        follow(exchange);
    else if (!is_fine(exchange->status))
        end_refused(exchange);
    else
        tell_whole(exchange);
}

static void send(struct mcp_exchange *exchange)
{
    static const struct http_exchange_events events = {
        .on_head = on_head, .on_body = on_body, .on_end = on_end};
    exchange->request.url = buf_str(&exchange->url);
    exchange->http_exchange =
        http_exchange_start(exchange->http, &exchange->request, &events, exchange);
}

/* A field of the configuration with the same name counts more. */
static void add_field(struct mcp_exchange *exchange, struct http_field *fields, const char *name,
                      struct str value)
{
    struct http_exchange_options *request = &exchange->request;
    if (!str_is_set(value))
        return;
    for (size_t i = 0; i < request->field_count; i++) {
        if (str_equal_nocase(fields[i].name, str_from(name)))
            return;
    }
    fields[request->field_count++] =
        (struct http_field){.name = str_from(name), .value = arena_copy(&exchange->arena, value)};
}

static void build_fields(struct mcp_exchange *exchange, const struct mcp_exchange_options *options)
{
    struct http_field *fields =
        arena_zero(&exchange->arena, options->field_count + MAX_OWN_FIELDS, sizeof(*fields));
    const bool is_get = str_equal(str_from(options->method), STR("GET"));
    for (size_t i = 0; i < options->field_count; i++)
        fields[exchange->request.field_count++] = options->fields[i];
    add_field(exchange, fields, "Accept",
              is_get ? STR("text/event-stream") : STR("application/json, text/event-stream"));
    if (str_is_set(options->body))
        add_field(exchange, fields, "Content-Type", STR("application/json"));
    add_field(exchange, fields, "Mcp-Session-Id", options->session);
    add_field(exchange, fields, "MCP-Protocol-Version", options->version);
    add_field(exchange, fields, "Last-Event-ID", options->last_event);
    exchange->request.fields = fields;
}

struct mcp_exchange *mcp_exchange_start(const struct mcp_exchange_options *options,
                                        const struct mcp_exchange_events *events, void *owner)
{
    struct mcp_exchange *exchange = mem_zero(1, sizeof(*exchange));
    exchange->magic = MAGIC_MCP_EXCHANGE;
    exchange->http = options->http;
    exchange->events = events;
    exchange->owner = owner;
    exchange->request = (struct http_exchange_options){
        .method = options->method,
        .body = str_is_set(options->body) ? arena_copy(&exchange->arena, options->body) : STR_NULL,
        .total_timeout_ms = options->total_timeout_ms,
    };
    build_fields(exchange, options);
    event_stream_init(&exchange->stream, tell_event, exchange);
    buf_init(&exchange->body, MCP_MAX_MESSAGE_BYTES);
    buf_append(&exchange->url, options->url);
    send(exchange);
    return exchange;
}

bool mcp_exchange_is_stream(const struct mcp_exchange *exchange)
{
    return exchange->is_stream;
}

struct str mcp_exchange_field(const struct mcp_exchange *exchange, const char *name)
{
    return http_exchange_field(exchange->http_exchange, name);
}

struct str mcp_exchange_last_event(const struct mcp_exchange *exchange)
{
    return buf_str(&exchange->stream.last_id);
}

struct str mcp_exchange_url(const struct mcp_exchange *exchange)
{
    return buf_str(&exchange->url);
}

void mcp_exchange_cancel(struct mcp_exchange *exchange)
{
    magic_check(exchange, MAGIC_MCP_EXCHANGE);
    if (exchange->is_telling) {
        exchange->is_cancelled = true;
        return;
    }
    if (exchange->http_exchange != NULL)
        http_exchange_cancel(take_pointer(&exchange->http_exchange));
    free_exchange(exchange);
}
