#include "api/native/terminal_stream.h"

#include "actions/terminal.h"
#include "api/api.h"
#include "api/native/terminal_feed.h"
#include "api/native/terminal_find.h"
#include "api/native/terminal_viewer.h"
#include "pty/screen.h"
#include "server/base/base64.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"
#include "server/http/reply.h"
#include "server/http/sse.h"

struct stream_query {
    struct terminal_viewer_query viewer;
    struct str encoding;
    struct str last_event_id;
    struct str session_api_key;
};

static const char *const encodings[] = {"utf-8", "base64", NULL};

static const struct schema_field fields[] = {
    TERMINAL_VIEWER_FIELDS(struct stream_query, "false"),
    {.name = "encoding",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct stream_query, encoding),
     .choices = encodings,
     .default_json = "\"utf-8\"",
     .help = "utf-8: text, repaired; base64: the exact bytes"},
    {.name = "last_event_id",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct stream_query, last_event_id),
     .is_nullable = true,
     .help = "The same as the header Last-Event-ID, which counts first; both count before from"},
    {.name = "session_api_key",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct stream_query, session_api_key),
     .is_nullable = true,
     .help = "The key, for clients that cannot set headers"},
};
SCHEMA_DEFINE(terminal_stream_schema, "TerminalStreamQuery", fields, false);

struct stream {
    struct sse *sse;
    struct terminal_feed feed;
    struct terminal_watcher watcher;
    bool is_exact;
    char pending[4]; /* the beginning of a character that was not sent yet */
    size_t pending_len;
};

static bool is_full(void *owner)
{
    const struct stream *stream = owner;
    return sse_pending_bytes(stream->sse) >= TERMINAL_VIEWER_PENDING_BYTES;
}

/* `offset` is behind what is shown then; a part of a character is not shown. */
static void send(struct stream *stream, uint64_t offset, struct str event, struct str json)
{
    scoped_buf struct buf id = {0};
    buf_printf(&id, "%llu", (unsigned long long)(offset - stream->pending_len));
    sse_send(stream->sse, buf_str(&id), event, json);
}

static void print_bytes(const struct stream *stream, struct str bytes, struct jsonw *w)
{
    scoped_buf struct buf text = {0};
    if (stream->is_exact)
        base64_encode(&text, bytes);
    jsonw_string(w, "encoding", stream->is_exact ? STR("base64") : STR("utf-8"));
    jsonw_string(w, "data", stream->is_exact ? buf_str(&text) : bytes);
}

static void send_output(struct stream *stream, uint64_t offset, struct str bytes)
{
    scoped_buf struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_cstr(&w, "type", "output");
    jsonw_uint(&w, "offset", offset);
    jsonw_uint(&w, "next_offset", offset + bytes.len);
    print_bytes(stream, bytes, &w);
    jsonw_end(&w);
    send(stream, offset + bytes.len + stream->pending_len, STR("output"), buf_str(&json));
}

/* What is pending goes first; what is now the beginning of a character waits. */
static void on_output(void *owner, uint64_t offset, struct str bytes)
{
    struct stream *stream = owner;
    scoped_buf struct buf text = {0};
    const uint64_t from = offset - stream->pending_len;
    if (stream->is_exact) {
        send_output(stream, offset, bytes);
        return;
    }
    if (stream->pending_len > 0) {
        buf_append_bytes(&text, stream->pending, stream->pending_len);
        buf_append(&text, bytes);
        bytes = buf_str(&text);
    }
    const size_t tail = utf8_incomplete_tail(bytes);
    const struct str whole = str_slice(bytes, 0, bytes.len - tail);
    memcpy(stream->pending, bytes.data + whole.len, tail);
    stream->pending_len = tail;
    if (whole.len > 0)
        send_output(stream, from, whole);
}

/* It will not be completed any more. */
static void flush_pending(struct stream *stream, uint64_t offset)
{
    const size_t len = stream->pending_len;
    stream->pending_len = 0;
    if (len > 0)
        send_output(stream, offset - len, str_span(stream->pending, len));
}

static void on_gap(void *owner, uint64_t from, uint64_t to)
{
    struct stream *stream = owner;
    scoped_buf struct buf json = {0};
    flush_pending(stream, from);
    terminal_viewer_gap(from, to, &json);
    send(stream, to, STR("gap"), buf_str(&json));
}

static void on_screen(void *owner, uint64_t offset, const struct screen *screen)
{
    struct stream *stream = owner;
    scoped_buf struct buf json = {0};
    scoped_buf struct buf replay = {0};
    struct jsonw w;
    screen_replay(screen, &replay);
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_cstr(&w, "type", "screen");
    jsonw_uint(&w, "offset", offset);
    jsonw_int(&w, "cols", screen_cols(screen));
    jsonw_int(&w, "rows", screen_rows(screen));
    print_bytes(stream, buf_str(&replay), &w);
    jsonw_end(&w);
    send(stream, offset, STR("screen"), buf_str(&json));
}

static void on_news(void *owner, uint64_t offset, struct str kind, struct str json)
{
    send(owner, offset, kind, json);
}

static void on_end(void *owner, uint64_t offset, struct str reason)
{
    struct stream *stream = owner;
    scoped_buf struct buf json = {0};
    flush_pending(stream, offset);
    terminal_viewer_end(offset, reason, &json);
    send(stream, offset, STR("end"), buf_str(&json));
    sse_end(stream->sse);
}

static void on_ready(void *owner)
{
    struct stream *stream = owner;
    terminal_feed_resume(&stream->feed);
}

static void on_closed(void *owner)
{
    struct stream *stream = owner;
    terminal_feed_close(&stream->feed);
    terminal_leave(&stream->watcher);
    free(stream);
}

static const struct terminal_feed_events feed_events = {.is_full = is_full,
                                                        .on_output = on_output,
                                                        .on_gap = on_gap,
                                                        .on_screen = on_screen,
                                                        .on_news = on_news,
                                                        .on_end = on_end};
static const struct sse_events sse_events = {.on_ready = on_ready, .on_closed = on_closed};

/* False: it has replied. */
static bool find_place(struct http_request *request, const struct stream_query *query,
                       struct terminal_feed_options *options)
{
    const struct str last = sse_last_event_id(request);
    options->replays = query->viewer.replay.value;
    options->has_from = query->viewer.from.is_set;
    options->from = (uint64_t)query->viewer.from.value;
    if (str_is_empty(last))
        return true;
    options->has_from = true;
    if (str_to_u64(last, 0, INT64_MAX, &options->from))
        return true;
    reply_detail(request, 400, STR("Last-Event-ID is not the id of an event"));
    return false;
}

void terminal_stream_get(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct stream_query query = {0};
    struct terminal_feed_options options = {.events = &feed_events};
    struct error error;
    scoped_buf struct buf greeting = {0};
    struct terminal *terminal = terminal_find(request, api);
    if (terminal == NULL || !route_decode(request, &query) ||
        !find_place(request, &query, &options))
        return;
    struct stream *stream = mem_zero(1, sizeof(*stream));
    if (!terminal_enter(terminal, &stream->watcher, query.viewer.client, &error)) {
        free(stream);
        reply_error(request, &error);
        return;
    }
    options.owner = stream;
    stream->is_exact = str_equal(query.encoding, STR("base64"));
    stream->sse = sse_open(request, &sse_events, stream);
    terminal_feed_open(&stream->feed, terminal, &options);
    terminal_viewer_greet(terminal, stream->watcher.who, stream->feed.at, &greeting);
    send(stream, stream->feed.at, STR("terminal"), buf_str(&greeting));
}
