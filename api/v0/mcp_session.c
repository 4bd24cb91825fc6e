#include "api/v0/mcp_session.h"

#include "api/v0/mcp_calls.h"
#include "api/v0/mcp_proxy.h"
#include "api/v0/reply.h"
#include "plugins/mcp/jsonrpc.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/id.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/http/stream.h"
#include "server/loop/timer.h"

#define MAGIC_MCP_SESSION 0x4d435045u

struct mcp_session {
    uint32_t magic;
    struct id id;
    struct mcp_proxy *proxy;
    struct mcp_calls *calls;
    struct http_stream *stream;
    struct timer *ping;
    bool is_ended;
};

static void send_event(struct mcp_session *session, const char *event, struct str data)
{
    scoped_buf struct buf record = {0};
    buf_printf(&record, "event: %s\r\ndata: ", event);
    buf_append(&record, data);
    buf_append(&record, STR("\r\n\r\n"));
    (void)stream_write_buf(session->stream, &record); /* on_closed tells */
}

static void on_ping(void *owner)
{
    struct mcp_session *session = owner;
    scoped_buf struct buf comment = {0};
    buf_append(&comment, STR(": ping - "));
    clock_format_utc(&comment, clock_wall_us());
    buf_append(&comment, STR("\r\n\r\n"));
    (void)stream_write_buf(session->stream, &comment); /* on_closed tells */
}

static void on_answer(void *owner, struct str text)
{
    struct mcp_session *session = owner;
    magic_check(session, MAGIC_MCP_SESSION);
    if (session->is_ended)
        return;
    if (stream_pending_bytes(session->stream) < MCP_SESSION_MAX_BYTES) {
        send_event(session, "message", text);
        return;
    }
    log_warn("mcp.session_cut", "id=%s reason=\"its client does not read\"",
             id_hex(session->id).text);
    session->is_ended = true;
    stream_abort(session->stream);
}

static void on_closed(void *owner, bool is_complete)
{
    (void)is_complete; /* it has no natural end */
    struct mcp_session *session = owner;
    magic_check(session, MAGIC_MCP_SESSION);
    struct mcp_proxy *proxy = session->proxy;
    const struct id id = session->id;
    timer_close(session->ping);
    mcp_calls_free(session->calls);
    session->magic = 0;
    free(session);
    mcp_proxy_remove_session(proxy, id);
}

static void on_peer_ended(void *owner)
{
    on_ping(owner); /* it may have left altogether; writing tells */
}

static void on_shut_down(void *owner)
{
    mcp_session_end(owner);
}

static const struct http_stream_events stream_events = {
    .on_closed = on_closed,
    .on_peer_ended = on_peer_ended,
    .on_shut_down = on_shut_down,
};

static void open_stream(struct mcp_session *session, struct http_request *request)
{
    reply_header(request, "cache-control", STR("no-store"));
    reply_header(request, "x-accel-buffering", STR("no"));
    session->ping = timer_open(http_request_loop(request), on_ping, session);
    session->stream =
        reply_stream(request, 200, "text/event-stream; charset=utf-8", -1, &stream_events, session);
    timer_start(session->ping, MCP_SESSION_PING_MS, MCP_SESSION_PING_MS);
}

void mcp_session_open(struct http_request *request, struct mcp_proxy *proxy, struct str path)
{
    struct mcp_session *session = mem_zero(1, sizeof(*session));
    session->magic = MAGIC_MCP_SESSION;
    session->id = id_new();
    session->proxy = proxy;
    if (!mcp_proxy_add_session(proxy, session->id, session)) {
        free(session);
        v0_reply_detail(request, 503, STR("Too many MCP sessions"));
        return;
    }
    session->calls = mcp_calls_new(proxy, on_answer, session);
    scoped_buf struct buf endpoint = {0};
    buf_printf(&endpoint, "%.*s?session_id=%s", STR_ARG(path), id_hex(session->id).text);
    open_stream(session, request);
    send_event(session, "endpoint", buf_str(&endpoint));
}

void mcp_session_receive(struct mcp_session *session, const struct jsonrpc_message *message)
{
    magic_check(session, MAGIC_MCP_SESSION);
    if (session->is_ended)
        return;
    if (message->kind == JSONRPC_REQUEST)
        mcp_calls_start(session->calls, message);
    else if (message->kind == JSONRPC_NOTIFICATION)
        mcp_calls_notice(session->calls, message);
}

void mcp_session_tell(struct mcp_session *session, struct str text)
{
    magic_check(session, MAGIC_MCP_SESSION);
    if (!session->is_ended && stream_pending_bytes(session->stream) < STREAM_HIGH_WATER_BYTES)
        send_event(session, "message", text);
}

bool mcp_session_tell_progress(struct mcp_session *session, struct str params)
{
    scoped_buf struct buf text = {0};
    if (!mcp_calls_print_progress(session->calls, params, &text))
        return false;
    mcp_session_tell(session, buf_str(&text));
    return true;
}

bool mcp_session_uses(const struct mcp_session *session, const struct mcp_server *server)
{
    return mcp_calls_use(session->calls, server);
}

void mcp_session_end(struct mcp_session *session)
{
    magic_check(session, MAGIC_MCP_SESSION);
    session->is_ended = true;
    stream_end(session->stream);
}
