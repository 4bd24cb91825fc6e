#include "plugins/mcp/mcp_sse.h"

#include <stdlib.h>

#include "plugins/mcp/mcp_exchange.h"
#include "plugins/mcp/mcp_url.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/list.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

/* Telling a message upward may close the transport, so it is the last thing that is done with it.
 */

#define MAGIC_MCP_SSE 0x4d434553u

struct mcp_sse {
    struct mcp_transport transport; /* first */
    uint32_t magic;
    struct mcp_transport_options options;
    const struct mcp_transport_events *events;
    void *owner;
    struct mcp_exchange *stream;
    struct buf endpoint; /* empty: not known yet */
    struct list queue;
    struct mcp_exchange *posting; /* the first of the queue */
    bool is_over;
    void (*on_closed)(void *owner);
    void *closed_owner;
};

struct outgoing {
    struct list link;
    uint64_t request;
    struct buf text;
};

static struct mcp_sse *from_transport(struct mcp_transport *transport)
{
    struct mcp_sse *sse = container_of(transport, struct mcp_sse, transport);
    magic_check(sse, MAGIC_MCP_SSE);
    return sse;
}

static struct outgoing *first(const struct mcp_sse *sse)
{
    struct list *link = list_first(&sse->queue);
    return link == NULL ? NULL : container_of(link, struct outgoing, link);
}

static void free_outgoing(struct outgoing *outgoing)
{
    list_remove(&outgoing->link);
    buf_fini(&outgoing->text);
    free(outgoing);
}

static void drop_all(struct mcp_sse *sse)
{
    struct outgoing *outgoing;
    while ((outgoing = first(sse)) != NULL)
        free_outgoing(outgoing);
    if (sse->posting != NULL)
        mcp_exchange_cancel(take_pointer(&sse->posting));
    if (sse->stream != NULL)
        mcp_exchange_cancel(take_pointer(&sse->stream));
}

static void end(struct mcp_sse *sse, const struct error *error)
{
    sse->is_over = true;
    drop_all(sse);
    sse->events->on_ended(sse->owner, error);
}

static void pump(struct mcp_sse *sse);

static void ignore_event(void *owner, struct str name, struct str data)
{
    (void)owner; /* answers come with the stream */
    (void)name;
    (void)data;
}

static void on_posted(void *owner, const struct error *error)
{
    struct mcp_sse *sse = owner;
    magic_check(sse, MAGIC_MCP_SSE);
    struct outgoing *outgoing = first(sse);
    const uint64_t request = outgoing->request;
    sse->posting = NULL;
    free_outgoing(outgoing);
    pump(sse);
    if (error == NULL)
        return;
    if (request == MCP_NOT_A_REQUEST)
        log_debug("mcp.not_notified", "reason=\"%s\"", error->text);
    else
        sse->events->on_failed(sse->owner, request, error);
}

static struct mcp_exchange_options options_for(const struct mcp_sse *sse, const char *method)
{
    return (struct mcp_exchange_options){
        .http = sse->options.http,
        .method = method,
        .fields = sse->options.fields,
        .field_count = sse->options.field_count,
    };
}

static void pump(struct mcp_sse *sse)
{
    static const struct mcp_exchange_events events = {.on_event = ignore_event,
                                                      .on_end = on_posted};
    const struct outgoing *outgoing = first(sse);
    if (outgoing == NULL || sse->posting != NULL || sse->endpoint.len == 0)
        return;
    struct mcp_exchange_options options = options_for(sse, "POST");
    options.url = buf_str(&sse->endpoint);
    options.body = buf_str(&outgoing->text);
    options.total_timeout_ms = MCP_SSE_POST_TIMEOUT_MS;
    sse->posting = mcp_exchange_start(&options, &events, sse);
}

static void on_head(void *owner)
{
    struct mcp_sse *sse = owner;
    struct error error;
    if (mcp_exchange_is_stream(sse->stream))
        return;
    (void)error_set(&error, ERROR_UNAVAILABLE, "the server's answer is no stream of events");
    end(sse, &error);
}

static void set_endpoint(struct mcp_sse *sse, struct str reference)
{
    struct error error;
    if (mcp_url_resolve(mcp_exchange_url(sse->stream), reference, &sse->endpoint, &error))
        pump(sse);
    else
        end(sse, &error);
}

static void on_event(void *owner, struct str name, struct str data)
{
    struct mcp_sse *sse = owner;
    magic_check(sse, MAGIC_MCP_SSE);
    data = str_trim(data);
    if (str_equal(name, STR("endpoint")))
        set_endpoint(sse, data);
    else if (data.len > 0 && (name.len == 0 || str_equal(name, STR("message"))))
        sse->events->on_message(sse->owner, data);
}

static void on_stream_end(void *owner, const struct error *error)
{
    struct mcp_sse *sse = owner;
    struct error ended;
    magic_check(sse, MAGIC_MCP_SSE);
    sse->stream = NULL;
    (void)error_set(&ended, ERROR_UNAVAILABLE, "Connection closed (the server ended its stream)");
    end(sse, error == NULL ? &ended : error);
}

static bool send_text(struct mcp_transport *transport, uint64_t request, struct str text,
                      struct error *error)
{
    struct mcp_sse *sse = from_transport(transport);
    if (sse->is_over)
        return error_set(error, ERROR_UNAVAILABLE, "Connection closed");
    struct outgoing *outgoing = mem_zero(1, sizeof(*outgoing));
    outgoing->request = request;
    buf_append(&outgoing->text, text);
    list_append(&sse->queue, &outgoing->link);
    pump(sse);
    return true;
}

/* One that is on its way stays; its answer is passed over. */
static void release(struct mcp_transport *transport, uint64_t request, bool is_answered)
{
    (void)is_answered; /* then it has left the queue */
    struct mcp_sse *sse = from_transport(transport);
    for (struct list *link = list_first(&sse->queue); link != NULL;
         link = list_next(&sse->queue, link)) {
        struct outgoing *outgoing = container_of(link, struct outgoing, link);
        const bool is_posting = sse->posting != NULL && outgoing == first(sse);
        if (outgoing->request != request || is_posting)
            continue;
        free_outgoing(outgoing);
        return;
    }
}

static struct str get_log(struct mcp_transport *transport)
{
    (void)transport; /* it only talks in messages */
    return STR_NULL;
}

static void finish(void *owner)
{
    struct mcp_sse *sse = owner;
    void (*on_closed)(void *) = sse->on_closed;
    void *closed_owner = sse->closed_owner;
    buf_fini(&sse->endpoint);
    sse->magic = 0;
    free(sse);
    if (on_closed != NULL)
        on_closed(closed_owner);
}

static void close_sse(struct mcp_transport *transport, void (*on_closed)(void *owner), void *owner)
{
    struct mcp_sse *sse = from_transport(transport);
    sse->is_over = true;
    sse->on_closed = on_closed;
    sse->closed_owner = owner;
    drop_all(sse);
    loop_defer(sse->options.loop, finish, sse);
}

static const struct mcp_transport_class sse_class = {
    .send = send_text, .close = close_sse, .log = get_log, .release = release};

struct mcp_transport *mcp_sse_open(const struct mcp_transport_options *options,
                                   const struct mcp_transport_events *events, void *owner)
{
    static const struct mcp_exchange_events stream_events = {
        .on_head = on_head, .on_event = on_event, .on_end = on_stream_end};
    loop_assert_owner(options->loop);
    struct mcp_sse *sse = mem_zero(1, sizeof(*sse));
    sse->transport.class = &sse_class;
    sse->magic = MAGIC_MCP_SSE;
    sse->options = *options;
    sse->events = events;
    sse->owner = owner;
    list_init(&sse->queue);
    struct mcp_exchange_options stream = options_for(sse, "GET");
    stream.url = str_from(options->url);
    sse->stream = mcp_exchange_start(&stream, &stream_events, sse);
    return &sse->transport;
}
