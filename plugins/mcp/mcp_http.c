#include "plugins/mcp/mcp_http.h"

#include <stdlib.h>

#include "plugins/mcp/mcp_exchange.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/list.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

/*
 *     mcp_http ──< post (a message on its way, with the exchange it is in)
 *              └── listening (the stream of what the server says by itself)
 *
 * Telling a message upward may close the transport, so it is the last thing that is done with it.
 */

#define MAGIC_MCP_HTTP 0x4d435048u

struct mcp_http {
    struct mcp_transport transport; /* first */
    uint32_t magic;
    struct mcp_transport_options options;
    struct buf url; /* a redirect changes it */
    struct buf session;
    struct buf version; /* empty: the handshake is not over */
    const struct mcp_transport_events *events;
    void *owner;
    struct list posts; /* in the order they were sent */
    struct mcp_exchange *listening;
    struct buf last_event;
    struct timer *listen_timer;
    unsigned silent_streams; /* in a row */
    bool wants_listening;
    bool is_over;
    void (*on_closed)(void *owner);
    void *closed_owner;
};

struct post {
    struct list link;
    struct mcp_http *http;
    uint64_t request;
    struct buf text;
    struct mcp_exchange *exchange; /* NULL: it waits for its turn, or for the timer */
    struct timer *timer;
    struct buf last_event;
    unsigned resumes;
    bool is_answered;
};

static struct mcp_http *from_transport(struct mcp_transport *transport)
{
    struct mcp_http *http = container_of(transport, struct mcp_http, transport);
    magic_check(http, MAGIC_MCP_HTTP);
    return http;
}

static struct str text_or_null(const struct buf *buf)
{
    return buf->len == 0 ? STR_NULL : buf_str(buf);
}

static struct mcp_exchange_options options_for(const struct mcp_http *http, const char *method)
{
    return (struct mcp_exchange_options){
        .http = http->options.http,
        .method = method,
        .url = buf_str(&http->url),
        .fields = http->options.fields,
        .field_count = http->options.field_count,
        .session = text_or_null(&http->session),
        .version = text_or_null(&http->version),
    };
}

static void free_post(struct post *post)
{
    list_remove(&post->link);
    timer_close(post->timer);
    if (post->exchange != NULL)
        mcp_exchange_cancel(post->exchange);
    buf_fini(&post->text);
    buf_fini(&post->last_event);
    free(post);
}

static void drop_all(struct mcp_http *http)
{
    struct list *link;
    while ((link = list_first(&http->posts)) != NULL)
        free_post(container_of(link, struct post, link));
    if (http->listening != NULL)
        mcp_exchange_cancel(take_pointer(&http->listening));
    timer_stop(http->listen_timer);
}

static void end(struct mcp_http *http, const struct error *error)
{
    http->is_over = true;
    drop_all(http);
    http->events->on_ended(http->owner, error);
}

static bool is_session(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    }
    return text.len > 0 && text.len <= MCP_HTTP_MAX_SESSION_BYTES;
}

/* What the answer says beside its body. */
static void on_head(void *owner)
{
    struct post *post = owner;
    struct mcp_http *http = post->http;
    const struct str session = mcp_exchange_field(post->exchange, "mcp-session-id");
    if (http->session.len == 0 && is_session(session))
        buf_append(&http->session, session);
    buf_clear(&http->url);
    buf_append(&http->url, mcp_exchange_url(post->exchange));
}

static void tell(struct mcp_http *http, struct str name, struct str data)
{
    data = str_trim(data);
    if (data.len > 0 && (name.len == 0 || str_equal(name, STR("message"))))
        http->events->on_message(http->owner, data);
}

static void note_event(struct buf *last_event, const struct mcp_exchange *exchange)
{
    buf_clear(last_event);
    buf_append(last_event, mcp_exchange_last_event(exchange));
}

static void on_event(void *owner, struct str name, struct str data)
{
    struct post *post = owner;
    post->resumes = 0;
    note_event(&post->last_event, post->exchange);
    tell(post->http, name, data);
}

static void pump(struct mcp_http *http);
static void listen(void *owner);

/* Nothing was done with the request, because its session is not there. */
static bool is_session_lost(const struct mcp_http *http, const struct error *error)
{
    return error != NULL && error->code == ERROR_NOT_FOUND && http->session.len > 0;
}

static void end_forgotten(struct mcp_http *http)
{
    struct error error;
    (void)error_set(&error, ERROR_GONE, "Session terminated");
    end(http, &error);
}

/* Its stream has ended before the answer, and can be taken up. */
static bool can_resume(const struct post *post, const struct error *error)
{
    const bool is_refused = error != NULL && error->code != ERROR_UNAVAILABLE;
    return !is_refused && post->last_event.len > 0 && post->resumes < MCP_HTTP_MAX_RESUMES;
}

static void finish_request(struct post *post, const struct error *error)
{
    struct mcp_http *http = post->http;
    const uint64_t request = post->request;
    const bool is_answered = post->is_answered;
    struct error cut;
    free_post(post);
    if (is_answered)
        return;
    if (error == NULL)
        (void)error_set(&cut, ERROR_UNAVAILABLE, "the server sent no answer that can be read");
    http->events->on_failed(http->owner, request, error == NULL ? &cut : error);
}

static void finish_notification(struct post *post, const struct error *error)
{
    struct mcp_http *http = post->http;
    if (error != NULL)
        log_debug("mcp.not_notified", "reason=\"%s\"", error->text);
    free_post(post);
    if (http->wants_listening)
        listen(http);
    pump(http);
}

static void on_end(void *owner, const struct error *error)
{
    struct post *post = owner;
    post->exchange = NULL;
    if (is_session_lost(post->http, error))
        end_forgotten(post->http);
    else if (post->request == MCP_NOT_A_REQUEST)
        finish_notification(post, error);
    else if (post->is_answered || !can_resume(post, error))
        finish_request(post, error);
    else
        timer_start(post->timer, MCP_HTTP_RESUME_DELAY_MS, 0);
}

static const struct mcp_exchange_events post_events = {
    .on_head = on_head, .on_event = on_event, .on_end = on_end};

static void resume(void *owner)
{
    struct post *post = owner;
    struct mcp_exchange_options options = options_for(post->http, "GET");
    options.last_event = buf_str(&post->last_event);
    post->resumes++;
    post->exchange = mcp_exchange_start(&options, &post_events, post);
}

static void send_post(struct post *post)
{
    struct mcp_exchange_options options = options_for(post->http, "POST");
    options.body = buf_str(&post->text);
    if (post->request == MCP_NOT_A_REQUEST)
        options.total_timeout_ms = MCP_HTTP_NOTIFY_TIMEOUT_MS;
    post->exchange = mcp_exchange_start(&options, &post_events, post);
    buf_fini(&post->text);
}

/* Sends what waits, up to a notification that is not through. */
static void pump(struct mcp_http *http)
{
    for (struct list *link = list_first(&http->posts); link != NULL;
         link = list_next(&http->posts, link)) {
        struct post *post = container_of(link, struct post, link);
        if (post->text.len > 0)
            send_post(post);
        if (post->request == MCP_NOT_A_REQUEST)
            return;
    }
}

static bool send_text(struct mcp_transport *transport, uint64_t request, struct str text,
                      struct error *error)
{
    struct mcp_http *http = from_transport(transport);
    if (http->is_over)
        return error_set(error, ERROR_UNAVAILABLE, "Connection closed");
    struct post *post = mem_zero(1, sizeof(*post));
    post->http = http;
    post->request = request;
    post->timer = timer_open(http->options.loop, resume, post);
    buf_append(&post->text, text);
    list_append(&http->posts, &post->link);
    pump(http);
    return true;
}

static void on_listen_event(void *owner, struct str name, struct str data)
{
    struct mcp_http *http = owner;
    http->silent_streams = 0;
    note_event(&http->last_event, http->listening);
    tell(http, name, data);
}

/* A server that has no such stream says so; one that ends it is asked again, less and less. */
static void on_listen_end(void *owner, const struct error *error)
{
    struct mcp_http *http = owner;
    http->listening = NULL;
    if (error != NULL && error->code != ERROR_UNAVAILABLE)
        return;
    if (error != NULL && str_starts_with(str_from(error->text), STR("HTTP ")))
        return;
    if (++http->silent_streams <= MCP_HTTP_MAX_RESUMES)
        timer_start(http->listen_timer, (uint64_t)MCP_HTTP_RESUME_DELAY_MS << http->silent_streams,
                    0);
}

static void listen(void *owner)
{
    struct mcp_http *http = owner;
    static const struct mcp_exchange_events events = {.on_event = on_listen_event,
                                                      .on_end = on_listen_end};
    struct mcp_exchange_options options = options_for(http, "GET");
    options.last_event = text_or_null(&http->last_event);
    http->wants_listening = false;
    http->listening = mcp_exchange_start(&options, &events, http);
}

/* A server without sessions has nothing to say by itself. */
static void set_version(struct mcp_transport *transport, struct str version)
{
    struct mcp_http *http = from_transport(transport);
    buf_clear(&http->version);
    buf_append(&http->version, version);
    http->wants_listening = http->session.len > 0;
}

static struct post *find_post(const struct mcp_http *http, uint64_t request)
{
    for (struct list *link = list_first(&http->posts); link != NULL;
         link = list_next(&http->posts, link)) {
        struct post *post = container_of(link, struct post, link);
        if (post->request == request)
            return post;
    }
    return NULL;
}

/* A stream that has brought its answer ends by itself, so that its connection can be used again. */
static void release(struct mcp_transport *transport, uint64_t request, bool is_answered)
{
    struct post *post = find_post(from_transport(transport), request);
    if (post == NULL)
        return;
    if (is_answered && post->exchange != NULL)
        post->is_answered = true;
    else
        free_post(post);
}

static struct str get_log(struct mcp_transport *transport)
{
    (void)transport; /* it only talks in messages */
    return STR_NULL;
}

static void finish(void *owner)
{
    struct mcp_http *http = owner;
    void (*on_closed)(void *) = http->on_closed;
    void *closed_owner = http->closed_owner;
    timer_close(http->listen_timer);
    buf_fini(&http->url);
    buf_fini(&http->session);
    buf_fini(&http->version);
    buf_fini(&http->last_event);
    http->magic = 0;
    free(http);
    if (on_closed != NULL)
        on_closed(closed_owner);
}

static void ignore_event(void *owner, struct str name, struct str data)
{
    (void)owner; /* whatever the server answers, it is over */
    (void)name;
    (void)data;
}

static void on_goodbye_end(void *owner, const struct error *error)
{
    (void)error; /* servers need not know it */
    finish(owner);
}

static void close_http(struct mcp_transport *transport, void (*on_closed)(void *owner), void *owner)
{
    static const struct mcp_exchange_events events = {.on_event = ignore_event,
                                                      .on_end = on_goodbye_end};
    struct mcp_http *http = from_transport(transport);
    const bool has_session = !http->is_over && http->session.len > 0;
    http->is_over = true;
    http->on_closed = on_closed;
    http->closed_owner = owner;
    drop_all(http);
    if (!has_session) {
        loop_defer(http->options.loop, finish, http);
        return;
    }
    struct mcp_exchange_options options = options_for(http, "DELETE");
    options.total_timeout_ms = MCP_HTTP_GOODBYE_MS;
    (void)mcp_exchange_start(&options, &events, http);
}

static const struct mcp_transport_class http_class = {.send = send_text,
                                                      .close = close_http,
                                                      .log = get_log,
                                                      .set_version = set_version,
                                                      .release = release};

struct mcp_transport *mcp_http_open(const struct mcp_transport_options *options,
                                    const struct mcp_transport_events *events, void *owner)
{
    loop_assert_owner(options->loop);
    struct mcp_http *http = mem_zero(1, sizeof(*http));
    http->transport.class = &http_class;
    http->magic = MAGIC_MCP_HTTP;
    http->options = *options;
    http->events = events;
    http->owner = owner;
    http->listen_timer = timer_open(options->loop, listen, http);
    list_init(&http->posts);
    buf_append(&http->url, str_from(options->url));
    return &http->transport;
}
