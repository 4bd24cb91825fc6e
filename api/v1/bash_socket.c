#include "api/v1/bash_socket.h"

#include "actions/commands.h"
#include "api/api.h"
#include "api/v1/bash_feed.h"
#include "api/v1/bash_frame.h"
#include "api/v1/socket_auth.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/http/ws.h"

struct bash_socket {
    struct api *api;
    struct ws *ws;
    struct socket_auth auth;
    struct bash_feed feed;
    bool is_subscribed;
    bool resends_all;
};

/* One API, one count; the sockets of a server are all on its loop thread. */
static size_t subscribed;

struct socket_query {
    struct str resend_mode;
    struct schema_bool resend_all;
};

static const char *const resend_modes[] = {"all", NULL};

static const struct schema_field query_fields[] = {
    {.name = "resend_mode",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct socket_query, resend_mode),
     .is_nullable = true,
     .choices = resend_modes},
    {.name = "resend_all",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct socket_query, resend_all)},
};
static SCHEMA_DEFINE(query_schema, "BashSocketQuery", query_fields, false);

static bool decode_query(struct http_request *request, struct socket_query *query)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    size_t count;
    const struct schema_pair *pairs = http_request_pairs(request, &count);
    issues_init(&issues, &items);
    schema_decode_pairs(&query_schema, "query", pairs, count, &request->arena, query, &issues);
    return issues.count == 0;
}

static bool is_full(void *owner)
{
    const struct bash_socket *socket = owner;
    return ws_is_full(socket->ws);
}

static void send_event(void *owner, uint64_t seq, struct str kind, struct str json)
{
    const struct bash_socket *socket = owner;
    (void)seq;  /* the contract's clients know events by their ids */
    (void)kind; /* it is in the JSON */
    ws_send_text(socket->ws, json);
}

static const struct bash_feed_events feed_events = {.is_full = is_full, .send = send_event};

static void subscribe(struct bash_socket *socket)
{
    struct commands *commands = socket->api->commands;
    if (subscribed >= BASH_SOCKET_LIMIT) {
        ws_close(socket->ws, WS_CLOSE_TRY_LATER, STR("Too many bash event connections"));
        return;
    }
    subscribed++;
    socket->is_subscribed = true;
    const uint64_t after =
        socket->resends_all ? bash_feed_oldest(commands) : bash_feed_newest(commands);
    bash_feed_open(&socket->feed, commands, &feed_events, socket, after);
}

static void send_error(const struct bash_socket *socket, struct str code, struct str detail)
{
    scoped_buf struct buf json = {0};
    bash_frame_write_error(&json, code, detail);
    ws_send_text(socket->ws, buf_str(&json));
}

static void start_command(const struct bash_socket *socket, struct str message, bool is_binary)
{
    struct arena arena = {0};
    scoped_buf struct buf detail = {0};
    struct bash_frame_error failure = {.detail = &detail};
    struct bash_request request;
    struct command_started started;
    struct error error;
    if (!bash_frame_read(message, is_binary, &arena, &request, &failure))
        send_error(socket, str_from(failure.code), buf_str(&detail));
    else if (!bash_request_start(socket->api, &request, &started, &error))
        send_error(socket, str_from(error_code_name(error.code)), str_from(error.text));
    arena_fini(&arena);
}

static void on_message(void *owner, struct str message, bool is_binary)
{
    struct bash_socket *socket = owner;
    switch (socket_auth_receive(&socket->auth, message, is_binary)) {
    case SOCKET_MESSAGE:
        if (socket->is_subscribed)
            start_command(socket, message, is_binary);
        break;
    case SOCKET_PROVEN:
        subscribe(socket);
        break;
    case SOCKET_CONSUMED:
        break;
    }
}

static void on_ready(void *owner)
{
    struct bash_socket *socket = owner;
    if (socket->is_subscribed)
        bash_feed_resume(&socket->feed);
}

static void on_closed(void *owner)
{
    struct bash_socket *socket = owner;
    socket_auth_close(&socket->auth);
    bash_feed_close(&socket->feed);
    if (socket->is_subscribed)
        subscribed--;
    free(socket);
}

static const struct ws_events ws_events = {
    .on_message = on_message, .on_ready = on_ready, .on_closed = on_closed};

void bash_socket_get(struct http_request *request, void *context)
{
    struct api *api = context;
    struct socket_query query = {0};
    const enum socket_admission admission = socket_auth_admit(api, request);
    if (admission == SOCKET_REFUSED)
        return;
    if (!decode_query(request, &query)) {
        socket_auth_refuse(request);
        return;
    }
    struct bash_socket *socket = mem_zero(1, sizeof(*socket));
    socket->api = api;
    socket->resends_all = str_is_set(query.resend_mode) || query.resend_all.value;
    socket->ws = ws_accept(request, &ws_events, socket);
    socket_auth_open(&socket->auth, api, socket->ws, admission);
    if (admission == SOCKET_ADMITTED)
        subscribe(socket);
}
