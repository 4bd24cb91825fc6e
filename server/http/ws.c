#include "server/http/ws.h"

#include <wslay/wslay.h>

#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/http/connection.h"
#include "server/http/deadline.h"
#include "server/http/hub.h"
#include "server/http/request.h"
#include "server/http/ws_key.h"

/*
 * wslay reads: frames, fragments, masks, UTF-8, and it answers pings and closes. What we send is
 * whole frames whose head is written here, so that a message goes to the socket without a copy.
 *
 * When a close frame has been sent the connection is left to itself (it lingers until the client
 * closes) and a turn tells the owner and frees the socket; nothing is freed under a callback.
 */

#define MAGIC_WS             0x57454253u
#define FULL_BYTES           ((size_t)1 << 20)
#define MAX_FRAME_HEAD_BYTES 10
#define MAX_REASON_BYTES     123
#define FINAL                0x80
#define MAX_UNANSWERED_PINGS 2

struct ws {
    uint32_t magic;
    struct http_connection *connection;
    struct hub *hub;
    const struct ws_events *events;
    void *owner;
    wslay_event_context_ptr wslay;
    struct str incoming; /* not yet read by wslay */
    struct turn end;
    struct deadline silence;
    unsigned unanswered_pings;
    bool is_over; /* nothing is sent or delivered any more */
};

static struct str header(const struct http_request *request, const char *name)
{
    return http_request_header(request, name);
}

bool ws_is_handshake(const struct http_request *request)
{
    return request->wants_upgrade && request->method == HTTP_METHOD_GET &&
           str_equal(header(request, "sec-websocket-version"), STR("13")) &&
           ws_key_is_valid(header(request, "sec-websocket-key"));
}

static void free_ws(struct ws *ws)
{
    deadline_clear(&ws->silence);
    wslay_event_context_free(ws->wslay);
    const struct ws_events *events = ws->events;
    void *owner = ws->owner;
    ws->magic = 0;
    free(ws);
    events->on_closed(owner);
}

static void on_end(void *owner)
{
    free_ws(owner);
}

/* A close frame is on its way: the rest happens without us. */
static void finish(struct ws *ws)
{
    if (ws->is_over)
        return;
    ws->is_over = true;
    ws->incoming = STR_NULL;
    deadline_clear(&ws->silence);
    connection_release(ws->connection);
    hub_schedule(ws->hub, &ws->end);
}

static void send_frame(struct ws *ws, enum wslay_opcode opcode, struct str payload)
{
    unsigned char head[MAX_FRAME_HEAD_BYTES];
    size_t len = 2;
    head[0] = (unsigned char)(FINAL | opcode);
    if (payload.len < 126) {
        head[1] = (unsigned char)payload.len;
    } else {
        const unsigned size_bytes = payload.len <= UINT16_MAX ? 2 : 8;
        head[1] = size_bytes == 2 ? 126 : 127;
        for (unsigned i = size_bytes; i > 0; i--)
            head[len++] = (unsigned char)((uint64_t)payload.len >> (8 * (i - 1)));
    }
    const struct str parts[] = {str_span((const char *)head, len), payload};
    (void)connection_write(ws->connection, parts, ARRAY_SIZE(parts)); /* on_gone tells */
}

static void send_message(struct ws *ws, enum wslay_opcode opcode, struct str message)
{
    if (ws->is_over)
        return;
    if (connection_pending_bytes(ws->connection) + message.len > WS_MAX_QUEUE_BYTES &&
        connection_pending_bytes(ws->connection) > 0) {
        log_warn("ws.queue_full", "peer=%.*s action=close",
                 STR_ARG(connection_peer(ws->connection)));
        ws_close(ws, WS_CLOSE_TRY_LATER, STR("Too slow"));
        return;
    }
    send_frame(ws, opcode, message);
}

void ws_send_text(struct ws *ws, struct str message)
{
    send_message(ws, WSLAY_TEXT_FRAME, message);
}

void ws_send_binary(struct ws *ws, struct str message)
{
    send_message(ws, WSLAY_BINARY_FRAME, message);
}

bool ws_is_full(const struct ws *ws)
{
    return !ws->is_over && connection_pending_bytes(ws->connection) >= FULL_BYTES;
}

size_t ws_pending_bytes(const struct ws *ws)
{
    return ws->is_over ? 0 : connection_pending_bytes(ws->connection);
}

void ws_close(struct ws *ws, int code, struct str reason)
{
    if (ws->is_over)
        return;
    char payload[2 + MAX_REASON_BYTES] = {(char)(code >> 8), (char)(code & 0xff)};
    assert(reason.len <= MAX_REASON_BYTES);
    if (reason.len > 0)
        memcpy(payload + 2, reason.data, reason.len);
    send_frame(ws, WSLAY_CONNECTION_CLOSE, str_span(payload, 2 + reason.len));
    finish(ws);
}

void ws_abort(struct ws *ws)
{
    if (ws->is_over)
        return;
    ws->is_over = true;
    ws->incoming = STR_NULL;
    deadline_clear(&ws->silence);
    connection_cut(ws->connection); /* on_gone ends it */
}

static ssize_t give_bytes(wslay_event_context_ptr wslay, uint8_t *buffer, size_t len, int flags,
                          void *owner)
{
    (void)flags; /* always 0 */
    struct ws *ws = owner;
    const size_t given = ws->incoming.len < len ? ws->incoming.len : len;
    if (given == 0) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(buffer, ws->incoming.data, given);
    ws->incoming = str_skip(ws->incoming, given);
    return (ssize_t)given;
}

/* Only answers to control frames come this way. */
static ssize_t take_bytes(wslay_event_context_ptr wslay, const uint8_t *bytes, size_t len,
                          int flags, void *owner)
{
    (void)wslay;
    (void)flags; /* a hint that more follows */
    struct ws *ws = owner;
    const struct str part = str_span((const char *)bytes, len);
    (void)connection_write(ws->connection, &part, 1); /* on_gone tells */
    return (ssize_t)len;
}

static void on_message(wslay_event_context_ptr wslay,
                       const struct wslay_event_on_msg_recv_arg *message, void *owner)
{
    (void)wslay;
    struct ws *ws = owner;
    if (ws->is_over || wslay_is_ctrl_frame(message->opcode))
        return;
    ws->events->on_message(ws->owner, str_span((const char *)message->msg, message->msg_length),
                           message->opcode == WSLAY_BINARY_FRAME);
}

static void on_data(void *owner, struct str bytes)
{
    struct ws *ws = owner;
    magic_check(ws, MAGIC_WS);
    ws->unanswered_pings = 0;
    deadline_set(ws->hub->deadlines, &ws->silence, DEADLINE_PING);
    ws->incoming = bytes;
    const bool has_failed = wslay_event_recv(ws->wslay) != 0;
    ws->incoming = STR_NULL;
    if (ws->is_over)
        return;
    if (has_failed || wslay_event_send(ws->wslay) != 0)
        ws_close(ws, WSLAY_CODE_PROTOCOL_ERROR, STR(""));
    else if (wslay_event_get_close_sent(ws->wslay) != 0)
        finish(ws);
    else if (connection_pending_bytes(ws->connection) > WS_MAX_QUEUE_BYTES)
        ws_abort(ws); /* it sends pings without end and reads no answer */
}

static void on_drained(void *owner)
{
    const struct ws *ws = owner;
    magic_check(ws, MAGIC_WS);
    if (!ws->is_over && ws->events->on_ready != NULL)
        ws->events->on_ready(ws->owner);
}

/* Without a close frame there is nobody to talk to any more. */
static void on_peer_ended(void *owner)
{
    ws_abort(owner);
}

static void on_shut_down(void *owner)
{
    ws_close(owner, WS_CLOSE_RESTART, STR(""));
}

static void on_gone(void *owner)
{
    struct ws *ws = owner;
    magic_check(ws, MAGIC_WS);
    ws->is_over = true;
    free_ws(ws);
}

static const struct connection_user user = {
    .on_data = on_data,
    .on_drained = on_drained,
    .on_peer_ended = on_peer_ended,
    .on_shut_down = on_shut_down,
    .on_gone = on_gone,
};

static void on_silence(void *owner)
{
    struct ws *ws = owner;
    magic_check(ws, MAGIC_WS);
    if (ws->unanswered_pings == MAX_UNANSWERED_PINGS) {
        ws_abort(ws);
        return;
    }
    ws->unanswered_pings++;
    deadline_set(ws->hub->deadlines, &ws->silence, DEADLINE_PING);
    send_frame(ws, WSLAY_PING, STR(""));
}

static void open_wslay(struct ws *ws)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = give_bytes,
        .send_callback = take_bytes,
        .on_msg_recv_callback = on_message,
    };
    const int status = wslay_event_context_server_init(&ws->wslay, &callbacks, ws);
    assert(status == 0); /* fails without memory only */
    wslay_event_config_set_max_recv_msg_length(ws->wslay, WS_MAX_MESSAGE_BYTES);
}

static void answer_handshake(struct http_request *request, struct hub *hub)
{
    struct buf *out = &hub->head;
    buf_clear(out);
    buf_append(out, STR("HTTP/1.1 101 Switching Protocols\r\ndate: "));
    buf_append(out, hub_date(hub));
    buf_append(out, STR("\r\nserver: actiond\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"));
    buf_printf(out, "sec-websocket-accept: %s\r\n\r\n",
               ws_key_accept(header(request, "sec-websocket-key")).text);
    const struct str text = buf_str(out);
    (void)connection_write(request->connection, &text, 1); /* on_gone tells */
}

struct ws *ws_accept(struct http_request *request, const struct ws_events *events, void *owner)
{
    struct ws *ws = mem_zero(1, sizeof(*ws));
    ws->magic = MAGIC_WS;
    ws->connection = request->connection;
    ws->hub = connection_hub(request->connection);
    ws->events = events;
    ws->owner = owner;
    ws->end = (struct turn){.run = on_end, .owner = ws};
    ws->silence = (struct deadline){.on_due = on_silence, .owner = ws};
    open_wslay(ws);
    answer_handshake(request, ws->hub);
    if (ws->hub->options.logs_access)
        log_info("ws.opened", "request=%llu peer=%.*s path=%.*s",
                 (unsigned long long)request->number, STR_ARG(http_request_peer(request)),
                 STR_ARG(request->path));
    connection_take(ws->connection, &user, ws);
    deadline_set(ws->hub->deadlines, &ws->silence, DEADLINE_PING);
    return ws;
}
