#include "api/v1/bash_stream.h"

#include "actions/commands.h"
#include "api/api.h"
#include "api/v1/bash_feed.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/http/sse.h"

struct stream_query {
    struct str resend_mode;
    struct schema_int after;
    struct schema_id command_id;
    struct str last_event_id;
    struct str session_api_key;
};

static const char *const resend_modes[] = {"all", NULL};

static const struct schema_field stream_fields[] = {
    {.name = "resend_mode",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct stream_query, resend_mode),
     .is_nullable = true,
     .choices = resend_modes,
     .help = "all: begin with the oldest event that is kept; else with what happens from now on"},
    {.name = "after",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct stream_query, after),
     .is_nullable = true,
     .has_min = true,
     .min = 0,
     .help = "Begin behind the event with this number"},
    {.name = "command_id__eq",
     .kind = SCHEMA_UUID,
     .offset = offsetof(struct stream_query, command_id),
     .is_nullable = true,
     .help = "Only this command and its outputs"},
    {.name = "last_event_id",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct stream_query, last_event_id),
     .is_nullable = true,
     .help = "The same as the header Last-Event-ID, which counts first"},
    {.name = "session_api_key",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct stream_query, session_api_key),
     .is_nullable = true,
     .help = "The key, for clients that cannot set headers"},
};
SCHEMA_DEFINE(bash_stream_schema, "BashStreamQuery", stream_fields, false);

struct stream {
    struct sse *sse;
    struct bash_feed feed;
};

static bool is_full(void *owner)
{
    const struct stream *stream = owner;
    return sse_is_full(stream->sse);
}

static void send_record(struct stream *stream, uint64_t seq, struct str event, struct str json)
{
    scoped_buf struct buf id = {0};
    buf_printf(&id, "%llu", (unsigned long long)seq);
    sse_send(stream->sse, buf_str(&id), event, json);
}

static void send_event(void *owner, uint64_t seq, struct str kind, struct str json)
{
    send_record(owner, seq, kind, json);
}

static void send_numbers(struct stream *stream, uint64_t seq, struct str event,
                         const char *second_name, uint64_t second)
{
    scoped_buf struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_string(&w, "kind", event);
    jsonw_uint(&w, "after", seq);
    jsonw_uint(&w, second_name, second);
    jsonw_end(&w);
    send_record(stream, seq, event, buf_str(&json));
}

static void on_gap(void *owner, uint64_t after, uint64_t seq)
{
    send_numbers(owner, after, STR("gap"), "next", seq);
}

static void on_ready(void *owner)
{
    struct stream *stream = owner;
    bash_feed_resume(&stream->feed);
}

static void on_closed(void *owner)
{
    struct stream *stream = owner;
    bash_feed_close(&stream->feed);
    free(stream);
}

static const struct bash_feed_events feed_events = {
    .is_full = is_full, .send = send_event, .on_gap = on_gap};
static const struct sse_events sse_events = {.on_ready = on_ready, .on_closed = on_closed};

/* False: it has replied. */
static bool find_place(struct http_request *request, const struct commands *commands,
                       const struct stream_query *query, uint64_t *ret_after)
{
    const struct str last = sse_last_event_id(request);
    if (!str_is_empty(last)) {
        if (str_to_u64(last, 0, INT64_MAX, ret_after))
            return true;
        reply_detail(request, 400, STR("Last-Event-ID is not the id of an event"));
        return false;
    }
    if (query->after.is_set)
        *ret_after = (uint64_t)query->after.value;
    else if (str_is_set(query->resend_mode))
        *ret_after = bash_feed_oldest(commands);
    else
        *ret_after = bash_feed_newest(commands);
    return true;
}

void bash_stream_get(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct stream_query query = {0};
    uint64_t after;
    if (!route_decode(request, &query) || !find_place(request, api->commands, &query, &after))
        return;
    struct stream *stream = mem_zero(1, sizeof(*stream));
    stream->sse = sse_open(request, &sse_events, stream);
    bash_feed_open(&stream->feed, api->commands, &feed_events, stream, after);
    stream->feed.has_command_id = query.command_id.is_set;
    stream->feed.command_id = query.command_id.value;
    send_numbers(stream, after, STR("position"), "newest", bash_feed_newest(api->commands));
}
