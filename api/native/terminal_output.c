#include "api/native/terminal_output.h"

#include "actions/terminal.h"
#include "api/api.h"
#include "api/native/output_piece.h"
#include "api/native/output_query.h"
#include "api/native/terminal_find.h"
#include "pty/byte_log.h"
#include "pty/session.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/loop/timer.h"

struct terminal_query {
    struct output_query output;
};

static const struct schema_field fields[] = {OUTPUT_QUERY_FIELDS(struct terminal_query)};
SCHEMA_DEFINE(terminal_output_schema, "TerminalOutputQuery", fields, false);

/* A request for output; lives in the request's arena. */
struct reading {
    struct byte_log_listener bytes;
    struct terminal_listener listener;
    struct http_request *request;
    struct byte_log *log;
    struct timer *limit; /* NULL: does not wait */
    uint64_t from;
    size_t limit_bytes;
    bool wants_json;
};

static void reply_now(struct reading *reading)
{
    struct output_piece piece = {0};
    http_request_on_gone(reading->request, NULL, NULL);
    byte_log_listener_cancel(&reading->bytes);
    terminal_listener_cancel(&reading->listener);
    timer_close(reading->limit);
    piece.offset = byte_log_read(reading->log, reading->from, reading->limit_bytes, &piece.bytes);
    piece.next = piece.offset + piece.bytes.len;
    piece.is_end = byte_log_has_ended(reading->log) && piece.next == byte_log_next(reading->log);
    output_piece_reply(reading->request, &piece, reading->wants_json);
    buf_fini(&piece.bytes);
}

static void on_bytes(struct byte_log_listener *listener)
{
    reply_now(container_of(listener, struct reading, bytes));
}

static void on_closed(struct terminal_listener *listener)
{
    reply_now(container_of(listener, struct reading, listener));
}

static void on_limit(void *owner)
{
    reply_now(owner);
}

static void wait_for_news(struct reading *reading, struct terminal *terminal, double seconds)
{
    reading->bytes.on_bytes = on_bytes;
    reading->listener.on_closed = on_closed;
    reading->limit = timer_open(terminal_loop(terminal), on_limit, reading);
    timer_start(reading->limit, (uint64_t)(seconds * 1000), 0);
    http_request_on_gone(reading->request, on_limit, reading);
    byte_log_listen(reading->log, &reading->bytes);
    terminal_listen(terminal, &reading->listener);
}

void terminal_output_get(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct terminal_query query = {.output = OUTPUT_QUERY_DEFAULT};
    const struct output_query *asked = &query.output;
    struct terminal *terminal = terminal_find(request, api);
    if (terminal == NULL || !route_decode(request, &query))
        return;
    struct byte_log *log = session_log(terminal_session(terminal));
    struct reading *reading = arena_zero(&request->arena, 1, sizeof(*reading));
    reading->request = request;
    reading->log = log;
    reading->from = (uint64_t)asked->from.value;
    reading->limit_bytes = (size_t)asked->limit.value;
    reading->wants_json = output_query_wants_json(asked);
    if (reading->from > byte_log_next(log))
        reply_detail(request, 416, STR("from is beyond the end of the output"));
    else if (asked->wait.value > 0 && reading->from == byte_log_next(log) &&
             !byte_log_has_ended(log))
        wait_for_news(reading, terminal, asked->wait.value);
    else
        reply_now(reading);
}
