#include "api/native/terminal_socket.h"

#include "actions/terminal.h"
#include "actions/terminals.h"
#include "api/api.h"
#include "api/native/terminal_feed.h"
#include "api/native/terminal_message.h"
#include "api/native/terminal_viewer.h"
#include "api/v1/socket_auth.h"
#include "pty/screen.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/http/ws.h"

#define MIN_WINDOW_BYTES 4096

struct socket_query {
    struct terminal_viewer_query viewer;
    struct schema_int window;
    struct str session_api_key;
};

static const struct schema_field query_fields[] = {
    TERMINAL_VIEWER_FIELDS(struct socket_query, "true"),
    {.name = "window",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct socket_query, window),
     .is_nullable = true,
     .has_min = true,
     .min = MIN_WINDOW_BYTES},
    {.name = "session_api_key",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct socket_query, session_api_key),
     .is_nullable = true},
};
static SCHEMA_DEFINE(query_schema, "TerminalSocketQuery", query_fields, false);

struct terminal_socket {
    struct api *api;
    struct ws *ws;
    struct socket_auth auth;
    struct id id;
    struct terminal_feed_options place;
    struct terminal_feed feed; /* open while the client may watch */
    struct terminal_watcher watcher;
    char client[TERMINAL_WHO_BYTES]; /* its name, or "" */
    uint64_t window;                 /* 0: no limit but the connection's */
    uint64_t unacknowledged;         /* bytes of binary messages */
};

static bool is_full(void *owner)
{
    const struct terminal_socket *socket = owner;
    return ws_pending_bytes(socket->ws) >= TERMINAL_VIEWER_PENDING_BYTES ||
           (socket->window > 0 && socket->unacknowledged >= socket->window);
}

static void send_bytes(struct terminal_socket *socket, struct str bytes)
{
    socket->unacknowledged += bytes.len;
    ws_send_binary(socket->ws, bytes);
}

static void on_output(void *owner, uint64_t offset, struct str bytes)
{
    (void)offset; /* the client counts */
    send_bytes(owner, bytes);
}

static void on_gap(void *owner, uint64_t from, uint64_t to)
{
    const struct terminal_socket *socket = owner;
    scoped_buf struct buf json = {0};
    terminal_viewer_gap(from, to, &json);
    ws_send_text(socket->ws, buf_str(&json));
}

static void on_screen(void *owner, uint64_t offset, const struct screen *screen)
{
    struct terminal_socket *socket = owner;
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
    jsonw_uint(&w, "bytes", replay.len);
    jsonw_end(&w);
    ws_send_text(socket->ws, buf_str(&json));
    send_bytes(socket, buf_str(&replay));
}

static void on_news(void *owner, uint64_t offset, struct str kind, struct str json)
{
    (void)offset; /* in the JSON, */
    (void)kind;   /* and so is this */
    const struct terminal_socket *socket = owner;
    ws_send_text(socket->ws, json);
}

static void on_end(void *owner, uint64_t offset, struct str reason)
{
    const struct terminal_socket *socket = owner;
    scoped_buf struct buf json = {0};
    terminal_viewer_end(offset, reason, &json);
    ws_send_text(socket->ws, buf_str(&json));
    ws_close(socket->ws, WS_CLOSE_NORMAL, reason);
}

static const struct terminal_feed_events feed_events = {.is_full = is_full,
                                                        .on_output = on_output,
                                                        .on_gap = on_gap,
                                                        .on_screen = on_screen,
                                                        .on_news = on_news,
                                                        .on_end = on_end};

/* The key is good: the client sees the terminal from here on. */
static void watch(struct terminal_socket *socket)
{
    struct terminal *terminal = terminals_find(socket->api->terminals, socket->id);
    scoped_buf struct buf greeting = {0};
    struct error error;
    if (terminal == NULL || terminal_is_closing(terminal)) {
        ws_close(socket->ws, WS_CLOSE_NOT_FOUND, STR("no terminal has this id"));
        return;
    }
    if (!terminal_enter(terminal, &socket->watcher, str_from(socket->client), &error)) {
        ws_close(socket->ws, WS_CLOSE_TRY_LATER, STR("Too many watch this terminal"));
        return;
    }
    terminal_feed_open(&socket->feed, terminal, &socket->place);
    terminal_viewer_greet(terminal, socket->watcher.who, socket->feed.at, &greeting);
    ws_send_text(socket->ws, buf_str(&greeting));
}

static void send_error(const struct terminal_socket *socket, const struct error *error)
{
    scoped_buf struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_cstr(&w, "type", "error");
    jsonw_cstr(&w, "code", error_code_name(error->code));
    jsonw_cstr(&w, "detail", error->text);
    jsonw_end(&w);
    ws_send_text(socket->ws, buf_str(&json));
}

static bool send_signal(struct terminal *terminal, struct str who, int signal, struct error *error)
{
    return terminal_may_type(terminal, who, error) &&
           session_signal(terminal_session(terminal), signal, error);
}

static void acknowledge(struct terminal_socket *socket, uint64_t bytes)
{
    socket->unacknowledged -= bytes < socket->unacknowledged ? bytes : socket->unacknowledged;
    terminal_feed_resume(&socket->feed);
}

static bool obey(struct terminal_socket *socket, const struct terminal_message *message,
                 struct error *error)
{
    struct terminal *terminal = socket->feed.terminal;
    const struct str who = str_from(socket->watcher.who);
    size_t bytes;
    switch (message->type) {
    case TERMINAL_MESSAGE_INPUT:
        return terminal_input_type(terminal, who, &message->input, &bytes, error);
    case TERMINAL_MESSAGE_RESIZE:
        return terminal_resize(terminal, who, message->cols, message->rows, error);
    case TERMINAL_MESSAGE_SIGNAL:
        return send_signal(terminal, who, message->signal, error);
    case TERMINAL_MESSAGE_TAKE_OVER:
        terminal_take_over(terminal, who);
        return true;
    case TERMINAL_MESSAGE_GIVE_BACK:
        return terminal_give_back(terminal, who, error);
    case TERMINAL_MESSAGE_ACK:
        acknowledge(socket, message->bytes);
        return true;
    }
    return true;
}

static void receive_text(struct terminal_socket *socket, struct str text)
{
    struct arena arena = {0};
    struct doc *doc = NULL;
    struct terminal_message message;
    struct error error;
    if (!terminal_message_read(text, &arena, &doc, &message, &error) ||
        !obey(socket, &message, &error))
        send_error(socket, &error);
    doc_free(doc);
    arena_fini(&arena);
}

static void receive(struct terminal_socket *socket, struct str message, bool is_binary)
{
    api_touch(socket->api);
    if (!is_binary) {
        receive_text(socket, message);
        return;
    }
    const struct terminal_message input = {.type = TERMINAL_MESSAGE_INPUT, .input.text = message};
    struct error error;
    if (!obey(socket, &input, &error))
        send_error(socket, &error);
}

static void on_message(void *owner, struct str message, bool is_binary)
{
    struct terminal_socket *socket = owner;
    switch (socket_auth_receive(&socket->auth, message, is_binary)) {
    case SOCKET_MESSAGE:
        if (socket->feed.terminal != NULL)
            receive(socket, message, is_binary);
        break;
    case SOCKET_PROVEN:
        watch(socket);
        break;
    case SOCKET_CONSUMED:
        break;
    }
}

static void on_ready(void *owner)
{
    struct terminal_socket *socket = owner;
    terminal_feed_resume(&socket->feed);
}

static void on_closed(void *owner)
{
    struct terminal_socket *socket = owner;
    socket_auth_close(&socket->auth);
    terminal_feed_close(&socket->feed);
    terminal_leave(&socket->watcher);
    free(socket);
}

static const struct ws_events ws_events = {
    .on_message = on_message, .on_ready = on_ready, .on_closed = on_closed};

static bool decode_query(struct http_request *request, struct socket_query *query, struct id *id)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    size_t count;
    const struct schema_pair *pairs = http_request_pairs(request, &count);
    issues_init(&issues, &items);
    schema_decode_pairs(&query_schema, "query", pairs, count, &request->arena, query, &issues);
    return issues.count == 0 && id_parse(request->params[0], id);
}

/* An unknown id is told after the upgrade, to those who have the key. */
void terminal_socket_get(struct http_request *request, void *context)
{
    struct api *api = context;
    struct socket_query query = {.viewer.replay.value = true};
    struct id id;
    const enum socket_admission admission = socket_auth_admit(api, request);
    if (admission == SOCKET_REFUSED)
        return;
    if (!decode_query(request, &query, &id)) {
        socket_auth_refuse(request);
        return;
    }
    struct terminal_socket *socket = mem_zero(1, sizeof(*socket));
    socket->api = api;
    socket->id = id;
    socket->window = query.window.is_set ? (uint64_t)query.window.value : 0;
    socket->place = (struct terminal_feed_options){.events = &feed_events,
                                                   .owner = socket,
                                                   .has_from = query.viewer.from.is_set,
                                                   .from = (uint64_t)query.viewer.from.value,
                                                   .replays = query.viewer.replay.value};
    if (query.viewer.client.len > 0)
        memcpy(socket->client, query.viewer.client.data, query.viewer.client.len);
    socket->ws = ws_accept(request, &ws_events, socket);
    socket_auth_open(&socket->auth, api, socket->ws, admission);
    if (admission == SOCKET_ADMITTED)
        watch(socket);
}
