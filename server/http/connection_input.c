#include "server/http/connection_input.h"

#include "server/http/connection.h"
#include "server/http/dispatch.h"
#include "server/http/incoming.h"
#include "server/http/parser.h"
#include "server/http/tcp.h"

/* An answer without a request: what was sent cannot be understood, or took too long. */
static void refuse(struct http_connection *connection, struct str answer)
{
    connection_release_request(connection);
    (void)connection_write(connection, &answer, 1); /* a client that is gone is noticed there */
    if (!connection->is_gone)
        connection_linger(connection);
}

void input_refuse_malformed(struct http_connection *connection)
{
    refuse(connection, STR("HTTP/1.1 400 Bad Request\r\n"
                           "content-type: text/plain; charset=utf-8\r\n"
                           "content-length: 30\r\n"
                           "connection: close\r\n\r\n"
                           "Invalid HTTP request received."));
}

void input_refuse_slow(struct http_connection *connection)
{
    refuse(connection, STR("HTTP/1.1 408 Request Timeout\r\n"
                           "content-type: text/plain; charset=utf-8\r\n"
                           "content-length: 17\r\n"
                           "connection: close\r\n\r\n"
                           "Request timed out"));
}

static void set_deadline(struct http_connection *connection, enum deadline_kind kind)
{
    deadline_set(connection->hub->deadlines, &connection->read_deadline, kind);
}

static void start_request(struct http_connection *connection)
{
    struct parser_head head;
    deadline_clear(&connection->read_deadline);
    if (!parser_read_head(&connection->parser, buf_str(&connection->head),
                          &connection->request.arena, HTTP_MAX_HEADERS, &head)) {
        input_refuse_malformed(connection);
        return;
    }
    incoming_fill(&connection->request, connection, &head);
    connection->is_open = true;
    connection->is_paused = false;
    connection->is_end_told = false;
    connection->has_replied = false;
    connection->is_http_1_0 = head.is_http_1_0;
    connection->keeps_alive = head.keeps_alive;
    connection->body_failure = BODY_FINE;
    connection->body_left = head.content_length;
    connection->dropped_bytes = 0;
    connection->owes_continue = head.expects_continue && connection->request.has_body;
    connection->state = connection->request.has_body ? STATE_BODY : STATE_HANDLING;
    dispatch_request(&connection->request);
}

/* Gathers the head; what comes behind it is left in *bytes. */
static bool advance_head(struct http_connection *connection, struct str *bytes)
{
    struct buf *head = &connection->head;
    if (bytes->len == 0)
        return false;
    const size_t old_len = head->len;
    const size_t room = HTTP_MAX_HEAD_BYTES - old_len;
    size_t end = old_len == 0 ? parser_head_length(str_slice(*bytes, 0, room), 0) : 0;
    size_t taken = end > 0 || bytes->len < room ? bytes->len : room;
    if (end > 0)
        taken = end;
    buf_append(head, str_slice(*bytes, 0, taken));
    if (old_len > 0)
        end = parser_head_length(buf_str(head), old_len < 2 ? 0 : old_len - 2);
    if (end > 0) {
        *bytes = str_skip(*bytes, end - old_len);
        buf_truncate(head, end);
        start_request(connection);
        return true;
    }
    *bytes = STR_NULL;
    if (head->len == HTTP_MAX_HEAD_BYTES || !parser_may_be_head(buf_str(head)))
        input_refuse_malformed(connection);
    else if (old_len == 0)
        set_deadline(connection, DEADLINE_HEAD);
    return true;
}

static void on_body(void *owner, struct str piece)
{
    struct http_connection *connection = owner;
    connection->body_left -= connection->body_left < piece.len ? connection->body_left : piece.len;
    if (connection->sink == NULL || connection->is_end_told)
        connection->dropped_bytes += piece.len;
    else
        connection->sink->on_data(connection->sink_owner, piece);
    if (connection->is_paused && connection->state == STATE_BODY)
        parser_stop(&connection->parser);
}

/* The body will not become complete. Whoever receives it replies, the rest is not read. */
void input_fail_body(struct http_connection *connection, enum body_failure failure)
{
    connection->body_failure = failure;
    connection->keeps_alive = false;
    deadline_clear(&connection->read_deadline);
    if (connection->state == STATE_DROPPING) {
        connection_linger(connection);
        return;
    }
    connection->state = STATE_HANDLING;
    buf_clear(&connection->input);
}

static bool advance_body(struct http_connection *connection, struct str *bytes)
{
    const bool is_wanted =
        connection->state == STATE_DROPPING || (connection->sink != NULL && !connection->is_paused);
    if (bytes->len == 0 || !is_wanted)
        return false;
    size_t taken;
    connection->owes_continue = false; /* the client did not wait */
    set_deadline(connection, DEADLINE_BODY);
    const enum parser_outcome outcome =
        parser_read_body(&connection->parser, *bytes, on_body, connection, &taken);
    *bytes = str_skip(*bytes, taken);
    if (connection->state != STATE_BODY && connection->state != STATE_DROPPING)
        return true; /* a reply came meanwhile, and the connection is to end */
    if (outcome == PARSER_MALFORMED) {
        *bytes = STR_NULL;
        input_fail_body(connection, BODY_MALFORMED);
    } else if (outcome == PARSER_DONE) {
        deadline_clear(&connection->read_deadline);
        connection->state = connection->state == STATE_BODY ? STATE_HANDLING : STATE_FLUSHING;
    } else if (connection->state == STATE_DROPPING &&
               connection->dropped_bytes > CONNECTION_MAX_DROP_BYTES) {
        connection_linger(connection);
    } else if (connection->is_paused) {
        deadline_clear(&connection->read_deadline);
    }
    return true;
}

/* Tells the receiver of the body how it ended. */
static bool advance_end(struct http_connection *connection)
{
    const struct http_body_events *sink = connection->sink;
    if (sink == NULL || connection->is_end_told)
        return false;
    if (connection->is_paused && connection->body_failure == BODY_FINE)
        return false;
    connection->is_end_told = true;
    if (connection->body_failure == BODY_FINE)
        sink->on_end(connection->sink_owner);
    else if (sink->on_abort != NULL)
        sink->on_abort(connection->sink_owner);
    return true;
}

static bool advance_taken(struct http_connection *connection, struct str *bytes)
{
    const struct str all = *bytes;
    if (all.len == 0 || connection->user == NULL)
        return false;
    *bytes = STR_NULL;
    connection->user->on_data(connection->user_owner, all);
    return true;
}

static bool advance(struct http_connection *connection, struct str *bytes)
{
    switch (connection->state) {
    case STATE_WAITING:
        return advance_head(connection, bytes);
    case STATE_BODY:
    case STATE_DROPPING:
        return advance_body(connection, bytes);
    case STATE_HANDLING:
        return advance_end(connection);
    case STATE_FLUSHING:
        if (tcp_pending_bytes(connection->tcp) > 0)
            return false;
        connection->state = STATE_WAITING;
        set_deadline(connection, connection->idles_long ? DEADLINE_PAUSE : DEADLINE_IDLE);
        return true;
    case STATE_TAKEN:
        return advance_taken(connection, bytes);
    case STATE_LINGERING:
    case STATE_CLOSED:
        *bytes = STR_NULL;
        return false;
    }
    return false;
}

static bool wants_input(const struct http_connection *connection)
{
    const bool has_input = connection->input.len > 0;
    switch (connection->state) {
    case STATE_BODY:
        return connection->sink != NULL && !connection->is_paused && !has_input;
    case STATE_HANDLING:
    case STATE_FLUSHING:
        return connection->input.len < CONNECTION_AHEAD_BYTES &&
               connection->body_failure == BODY_FINE;
    case STATE_WAITING:
    case STATE_DROPPING:
    case STATE_TAKEN:
    case STATE_LINGERING:
        return true;
    case STATE_CLOSED:
        return false;
    }
    return false;
}

void input_settle(struct http_connection *connection)
{
    if (connection->is_gone)
        return;
    const bool is_over = connection->has_peer_ended || connection->hub->is_draining;
    if (connection->state == STATE_WAITING && is_over && connection->head.len == 0 &&
        connection->input.len == 0) {
        connection_mark_gone(connection, false);
        return;
    }
    if (wants_input(connection) && !connection->has_peer_ended)
        tcp_read_start(connection->tcp);
    else
        tcp_read_stop(connection->tcp);
}

static void run(struct http_connection *connection, struct str *bytes)
{
    assert(!connection->is_advancing);
    connection->is_advancing = true;
    while (advance(connection, bytes)) {
    }
    connection->is_advancing = false;
}

void input_resume(struct http_connection *connection)
{
    struct buf pending = buf_take(&connection->input);
    struct str bytes = buf_str(&pending);
    run(connection, &bytes);
    if (bytes.len > 0 && connection->state != STATE_CLOSED) {
        buf_consume(&pending, pending.len - bytes.len);
        connection->input = buf_take(&pending);
    }
    buf_fini(&pending);
    input_settle(connection);
}

void input_feed(struct http_connection *connection, struct str bytes)
{
    if (connection->input.len > 0) {
        buf_append(&connection->input, bytes);
        input_resume(connection);
        return;
    }
    run(connection, &bytes);
    if (connection->state != STATE_CLOSED)
        buf_append(&connection->input, bytes);
    input_settle(connection);
}
