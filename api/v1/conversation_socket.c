

#include "api/v1/conversation_socket.h"
#include "agent/event_log.h"
#include "agent/registry.h"
#include "api/api.h"
#include "api/v1/conversation_feed.h"
#include "api/v1/conversation_frame.h"
#include "api/v1/conversation_talk.h"
#include "api/v1/conversation_time.h"
#include "api/v1/socket_auth.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/http/ws.h"
#include <stdlib.h>

/* Shared with what is under way when the client leaves. */
struct event_socket {
    struct api *api;
    struct ws *ws; /* NULL: it has closed */
    struct socket_auth auth;
    struct id id;
    struct conversation_feed feed;
    unsigned refs;
    bool resends_all;
    bool resends_since;
    int64_t since_us; /* naive */
};

static void unref(struct event_socket *socket)
{
    if (--socket->refs == 0)
        free(socket);
}

/* --- events out --- */

static bool is_full(void *owner)
{
    const struct event_socket *socket = owner;
    return ws_is_full(socket->ws);
}

static void send_event(void *owner, size_t number, struct str event)
{
    const struct event_socket *socket = owner;
    (void)number; /* these clients know events by their ids */
    ws_send_text(socket->ws, event);
}

static void send_transient(void *owner, struct str event)
{
    const struct event_socket *socket = owner;
    ws_send_text(socket->ws, event);
}

static void send_piece(void *owner, const struct conversation_piece *piece, size_t count)
{
    const struct event_socket *socket = owner;
    scoped_buf struct buf text = {0};
    (void)count; /* has no place in these frames */
    if (conversation_frame_write_piece(socket->feed.conversation, piece, &text))
        ws_send_text(socket->ws, buf_str(&text));
}

static void on_overflow(void *owner)
{
    const struct event_socket *socket = owner;
    ws_close(socket->ws, WS_CLOSE_TRY_LATER, STR("slow_consumer"));
}

/* One that was closed to disk opens again when the client comes back. */
static void on_conversation_closed(void *owner, bool is_deleted)
{
    const struct event_socket *socket = owner;
    if (is_deleted)
        ws_close(socket->ws, WS_CLOSE_NOT_FOUND, STR("Conversation not found"));
    else
        ws_close(socket->ws, WS_CLOSE_RESTART, STR_NULL);
}

static const struct conversation_feed_events feed_events = {
    .is_full = is_full,
    .on_event = send_event,
    .on_transient = send_transient,
    .on_piece = send_piece,
    .on_overflow = on_overflow,
    .on_closed = on_conversation_closed,
};

/* --- the conversation --- */

static size_t first_event(const struct event_socket *socket,
                          const struct conversation *conversation)
{
    if (socket->resends_all)
        return 0;
    if (socket->resends_since)
        return conversation_feed_find_time(conversation, socket->since_us);
    return event_log_count(conversation_log(conversation));
}

static void subscribe(struct event_socket *socket, struct conversation *conversation)
{
    scoped_buf struct buf state = {0};
    if (conversation_listener_count(conversation) >= CONVERSATION_MAX_LISTENERS) {
        ws_close(socket->ws, WS_CLOSE_TRY_LATER, STR("Too many connections for this conversation"));
        return;
    }
    conversation_print_full_state(conversation, &state);
    ws_send_text(socket->ws, buf_str(&state));
    conversation_feed_open(&socket->feed, socket->api->loop, conversation, &feed_events, socket,
                           first_event(socket, conversation));
}

static void on_found(void *owner, struct conversation *conversation, const struct error *error)
{
    struct event_socket *socket = owner;
    if (socket->ws != NULL && error != NULL)
        ws_close(socket->ws, WS_CLOSE_NOT_FOUND, STR("Conversation not found"));
    else if (socket->ws != NULL && conversation_is_closing(conversation))
        on_conversation_closed(socket, false);
    else if (socket->ws != NULL)
        subscribe(socket, conversation);
    unref(socket);
}

static void find_conversation(struct event_socket *socket)
{
    socket->refs++;
    registry_find(socket->api->registry, socket->id, on_found, socket);
}

/* --- messages in --- */

static void on_talked(void *owner, struct str code, struct str detail)
{
    struct event_socket *socket = owner;
    scoped_buf struct buf text = {0};
    if (str_is_set(code) && socket->ws != NULL) {
        conversation_frame_write_error(code, detail, &text);
        ws_send_text(socket->ws, buf_str(&text));
    }
    unref(socket);
}

static void take_message(struct event_socket *socket, struct str text, bool is_binary)
{
    const struct conversation_talk talk = {.api = socket->api,
                                           .id = socket->id,
                                           .frame = text,
                                           .is_binary = is_binary,
                                           .on_done = on_talked,
                                           .owner = socket};
    socket->refs++;
    conversation_talk(&talk);
}

static void on_message(void *owner, struct str message, bool is_binary)
{
    struct event_socket *socket = owner;
    switch (socket_auth_receive(&socket->auth, message, is_binary)) {
    case SOCKET_MESSAGE:
        take_message(socket, message, is_binary);
        break;
    case SOCKET_PROVEN:
        find_conversation(socket);
        break;
    case SOCKET_CONSUMED:
        break;
    }
}

static void on_ready(void *owner)
{
    struct event_socket *socket = owner;
    if (socket->feed.conversation != NULL)
        conversation_feed_resume(&socket->feed);
}

static void on_closed(void *owner)
{
    struct event_socket *socket = owner;
    socket_auth_close(&socket->auth);
    conversation_feed_close(&socket->feed);
    socket->ws = NULL;
    unref(socket);
}

static const struct ws_events ws_events = {
    .on_message = on_message, .on_ready = on_ready, .on_closed = on_closed};

/* --- the handshake --- */

struct socket_query {
    struct str resend_mode;
    struct schema_bool resend_all;
    struct schema_int after_timestamp;
};

static const char *const resend_modes[] = {"all", "since", NULL};

static const struct schema_field query_fields[] = {
    {.name = "resend_mode",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct socket_query, resend_mode),
     .is_nullable = true,
     .choices = resend_modes},
    {.name = "resend_all",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct socket_query, resend_all)},
    {.name = "after_timestamp",
     .kind = SCHEMA_DATETIME,
     .offset = offsetof(struct socket_query, after_timestamp),
     .is_nullable = true},
};
static SCHEMA_DEFINE(query_schema, "EventSocketQuery", query_fields, false);

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

static void choose_history(struct event_socket *socket, struct http_request *request,
                           const struct socket_query *query)
{
    const struct str mode = query->resend_mode;
    socket->resends_all = str_is_set(mode) ? str_equal(mode, STR("all")) : query->resend_all.value;
    socket->resends_since = str_equal(mode, STR("since")) && query->after_timestamp.is_set;
    if (socket->resends_since)
        socket->since_us = conversation_time_naive(http_request_query(request, "after_timestamp"),
                                                   query->after_timestamp.value);
}

void conversation_socket_get(struct http_request *request, void *context)
{
    struct api *api = context;
    struct socket_query query = {0};
    struct id id;
    const enum socket_admission admission = socket_auth_admit(api, request);
    if (admission == SOCKET_REFUSED)
        return;
    if (!id_parse(request->params[0], &id) || !decode_query(request, &query)) {
        socket_auth_refuse(request);
        return;
    }
    struct event_socket *socket = mem_zero(1, sizeof(*socket));
    socket->api = api;
    socket->id = id;
    socket->refs = 1;
    choose_history(socket, request, &query);
    socket->ws = ws_accept(request, &ws_events, socket);
    socket_auth_open(&socket->auth, api, socket->ws, admission);
    if (admission == SOCKET_ADMITTED)
        find_conversation(socket);
}
