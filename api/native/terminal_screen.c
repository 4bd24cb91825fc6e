#include "api/native/terminal_screen.h"

#include "actions/terminal.h"
#include "api/api.h"
#include "api/native/terminal_body.h"
#include "api/native/terminal_find.h"
#include "pty/byte_log.h"
#include "pty/recording.h"
#include "pty/screen.h"
#include "pty/session.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/http/stream.h"

#define RECORDING_PIECE_BYTES ((size_t)64 << 10)

struct screen_query {
    struct str format;
    struct schema_int scrollback;
};

static const char *const formats[] = {"text", "cells", "svg", NULL};

static const struct schema_field fields[] = {
    {.name = "format",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct screen_query, format),
     .choices = formats,
     .default_json = "\"text\"",
     .help = "text: lines; cells: JSON with styles; svg: a picture"},
    {.name = "scrollback",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct screen_query, scrollback),
     .has_min = true,
     .min = 0,
     .has_max = true,
     .max = TERMINAL_MAX_SCROLLBACK_ROWS,
     .default_json = "0",
     .help = "Rows above the screen, where there are so many"},
};
SCHEMA_DEFINE(terminal_screen_schema, "TerminalScreenQuery", fields, false);

static void reply_cells(struct http_request *request, const struct screen *screen, int first_row)
{
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    screen_cells(screen, first_row, screen_rows(screen) - 1, &w);
    reply_json(request, 200, &body);
    buf_fini(&body);
}

static void reply_picture(struct http_request *request, const struct screen *screen)
{
    scoped_buf struct buf body = {0};
    screen_svg(screen, &body);
    reply_text(request, 200, "image/svg+xml; charset=utf-8", buf_str(&body));
}

static void reply_lines(struct http_request *request, const struct screen *screen, int first_row)
{
    scoped_buf struct buf body = {0};
    screen_text(screen, first_row, screen_rows(screen) - 1, &body);
    reply_text(request, 200, "text/plain; charset=utf-8", buf_str(&body));
}

void terminal_screen_get(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct screen_query query = {0};
    const struct terminal *terminal = terminal_find(request, api);
    if (terminal == NULL || !route_decode(request, &query))
        return;
    struct session *session = terminal_session(terminal);
    const struct screen *screen = session_screen(session);
    const size_t above = screen_scrollback_rows(screen);
    int first_row = -(int)query.scrollback.value;
    if ((size_t)query.scrollback.value > above)
        first_row = -(int)above;
    reply_header(request, "x-offset",
                 arena_printf(&request->arena, "%llu",
                              (unsigned long long)byte_log_next(session_log(session))));
    if (str_equal(query.format, STR("cells")))
        reply_cells(request, screen, first_row);
    else if (str_equal(query.format, STR("svg")))
        reply_picture(request, screen);
    else
        reply_lines(request, screen, first_row);
}

/* A recording on its way to a client. */
struct sending {
    struct terminal_listener listener;
    struct recording *recording;
    struct http_stream *stream;
};

static void send_more(void *owner)
{
    struct sending *sending = owner;
    scoped_buf struct buf lines = {0};
    if (sending->recording == NULL)
        return;
    if (recording_next(sending->recording, RECORDING_PIECE_BYTES, &lines)) {
        (void)stream_write_buf(sending->stream, &lines); /* a client that left: on_closed */
        return;
    }
    recording_close(take_pointer(&sending->recording));
    stream_end(sending->stream);
}

static void on_sent(void *owner, bool is_complete)
{
    (void)is_complete; /* nothing depends on it */
    struct sending *sending = owner;
    terminal_listener_cancel(&sending->listener);
    recording_close(sending->recording);
    free(sending);
}

/* The log goes, and with it the rest: the client sees that it is not complete. */
static void on_terminal_closed(struct terminal_listener *listener)
{
    struct sending *sending = container_of(listener, struct sending, listener);
    terminal_listener_cancel(listener);
    if (sending->recording == NULL)
        return;
    recording_close(take_pointer(&sending->recording));
    stream_abort(sending->stream);
}

static const struct http_stream_events stream_events = {.on_writable = send_more,
                                                        .on_closed = on_sent};

void terminal_recording_get(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct terminal *terminal = terminal_find(request, api);
    if (terminal == NULL)
        return;
    const struct recording_options options = {.title = terminal_name(terminal),
                                              .term = STR("xterm-256color")};
    struct sending *sending = mem_zero(1, sizeof(*sending));
    sending->recording = recording_open(session_log(terminal_session(terminal)), &options);
    sending->listener.on_closed = on_terminal_closed;
    terminal_listen(terminal, &sending->listener);
    sending->stream =
        reply_stream(request, 200, "application/x-asciicast", -1, &stream_events, sending);
    send_more(sending);
}
