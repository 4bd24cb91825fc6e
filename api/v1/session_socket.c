#include "api/v1/session_socket.h"

#include <stdlib.h>

#include "agent/event_log.h"
#include "agent/registry.h"
#include "api/api.h"
#include "api/v1/conversation_feed.h"
#include "api/v1/conversation_socket.h"
#include "api/v1/conversation_talk.h"
#include "api/v1/session_frame.h"
#include "api/v1/socket_auth.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/http/ws.h"

/* Shared with what is under way when the client leaves. */
struct session_socket {
    struct api *api;
    struct ws *ws; /* NULL: it has closed */
    struct socket_auth auth;
    struct id id;
    struct session_place place;
    struct conversation_feed feed;
    unsigned refs;
};

static void unref(struct session_socket *socket)
{
    if (--socket->refs == 0)
        free(socket);
}

/* --- frames out --- */

static bool is_full(void *owner)
{
    const struct session_socket *socket = owner;
    return ws_is_full(socket->ws);
}

/* No frame is ever left out: one that is too large ends the connection. */
static void send_frame(struct session_socket *socket, const struct buf *frame)
{
    if (frame->len <= SESSION_SOCKET_MAX_FRAME_BYTES) {
        ws_send_text(socket->ws, buf_str(frame));
        return;
    }
    conversation_feed_stop(&socket->feed);
    ws_close(socket->ws, WS_CLOSE_TRY_LATER, STR("frame_too_large"));
}

static void send_event(void *owner, size_t number, struct str event)
{
    scoped_buf struct buf frame = {0};
    session_frame_durable(number, event, &frame);
    send_frame(owner, &frame);
}

static void send_transient(void *owner, struct str event)
{
    scoped_buf struct buf frame = {0};
    session_frame_transient(event, &frame);
    send_frame(owner, &frame);
}

static void send_piece(void *owner, const struct conversation_piece *piece, size_t count)
{
    scoped_buf struct buf frame = {0};
    session_frame_piece(piece, count, &frame);
    send_frame(owner, &frame);
}

static void on_overflow(void *owner)
{
    const struct session_socket *socket = owner;
    ws_close(socket->ws, WS_CLOSE_TRY_LATER, STR("slow_consumer"));
}

/* One that was closed to disk opens again when the client comes back. */
static void on_conversation_closed(void *owner, bool is_deleted)
{
    const struct session_socket *socket = owner;
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

static void subscribe(struct session_socket *socket, struct conversation *conversation)
{
    scoped_buf struct buf frame = {0};
    const size_t count = event_log_count(conversation_log(conversation));
    if (conversation_listener_count(conversation) >= CONVERSATION_MAX_LISTENERS) {
        ws_close(socket->ws, WS_CLOSE_TRY_LATER, STR("Too many connections for this conversation"));
        return;
    }
    session_frame_sync(&socket->place, count, &frame);
    ws_send_text(socket->ws, buf_str(&frame));
    conversation_feed_open(&socket->feed, socket->api->loop, conversation, &feed_events, socket,
                           session_place_first(&socket->place, count));
    conversation_feed_add_state(&socket->feed);
}

static void refuse(const struct session_socket *socket, const struct error *error)
{
    if (error->code == ERROR_NOT_FOUND)
        ws_close(socket->ws, WS_CLOSE_NOT_FOUND, STR("Conversation not found"));
    else
        ws_close(socket->ws, WS_CLOSE_INTERNAL, STR("subscribe_failed"));
}

static void on_found(void *owner, struct conversation *conversation, const struct error *error)
{
    struct session_socket *socket = owner;
    if (socket->ws != NULL && error != NULL)
        refuse(socket, error);
    else if (socket->ws != NULL && conversation_is_closing(conversation))
        on_conversation_closed(socket, false);
    else if (socket->ws != NULL)
        subscribe(socket, conversation);
    unref(socket);
}

static void find_conversation(struct session_socket *socket)
{
    socket->refs++;
    registry_find(socket->api->registry, socket->id, on_found, socket);
}

/* --- messages in --- */

static void on_talked(void *owner, struct str code, struct str detail)
{
    struct session_socket *socket = owner;
    scoped_buf struct buf frame = {0};
    if (str_is_set(code) && socket->ws != NULL) {
        session_frame_error(code, detail, &frame);
        ws_send_text(socket->ws, buf_str(&frame));
    }
    unref(socket);
}

static void take_message(struct session_socket *socket, struct str text, bool is_binary)
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
    struct session_socket *socket = owner;
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
    struct session_socket *socket = owner;
    if (socket->feed.conversation != NULL)
        conversation_feed_resume(&socket->feed);
}

static void on_closed(void *owner)
{
    struct session_socket *socket = owner;
    socket_auth_close(&socket->auth);
    conversation_feed_close(&socket->feed);
    socket->ws = NULL;
    unref(socket);
}

static const struct ws_events ws_events = {
    .on_message = on_message, .on_ready = on_ready, .on_closed = on_closed};

/* --- the handshake --- */

/* False: it is no number. */
static bool read_place(struct http_request *request, struct session_place *place)
{
    const struct str after = http_request_query(request, "after_seq");
    place->is_set = str_is_set(after);
    return !place->is_set || str_to_i64(after, INT64_MIN, INT64_MAX, &place->after_seq);
}

void session_socket_get(struct http_request *request, void *context)
{
    struct api *api = context;
    struct session_place place = {0};
    struct id id;
    const enum socket_admission admission = socket_auth_admit(api, request);
    if (admission == SOCKET_REFUSED)
        return;
    if (!id_parse(request->params[0], &id) || !read_place(request, &place)) {
        socket_auth_refuse(request);
        return;
    }
    struct session_socket *socket = mem_zero(1, sizeof(*socket));
    socket->api = api;
    socket->id = id;
    socket->place = place;
    socket->refs = 1;
    socket->ws = ws_accept(request, &ws_events, socket);
    socket_auth_open(&socket->auth, api, socket->ws, admission);
    if (admission == SOCKET_ADMITTED)
        find_conversation(socket);
}
