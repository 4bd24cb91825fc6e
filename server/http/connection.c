#include "server/http/connection.h"

#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/http/connection_input.h"
#include "server/http/connection_state.h"
#include "server/http/tcp.h"

#define KEPT_HEAD_BYTES 4096 /* a larger head buffer is given back after its request */

static void schedule(struct http_connection *connection)
{
    hub_schedule(connection->hub, &connection->turn);
}

static void close_socket(struct http_connection *connection, bool with_reset)
{
    connection->state = STATE_CLOSED;
    deadline_clear(&connection->read_deadline);
    deadline_clear(&connection->write_deadline);
    if (connection->tcp == NULL)
        return;
    if (with_reset)
        tcp_reset(connection->tcp);
    else
        tcp_close(connection->tcp);
}

void connection_mark_gone(struct http_connection *connection, bool with_reset)
{
    if (connection->is_gone)
        return;
    connection->is_gone = true;
    close_socket(connection, with_reset);
    schedule(connection);
}

static void set_read_deadline(struct http_connection *connection, enum deadline_kind kind)
{
    deadline_set(connection->hub->deadlines, &connection->read_deadline, kind);
}

void connection_release_request(struct http_connection *connection)
{
    struct http_request *request = &connection->request;
    doc_free(request->document);
    buf_fini(&request->body_bytes);
    arena_fini(&request->arena);
    *request = (struct http_request){0};
    if (connection->head.capacity > KEPT_HEAD_BYTES)
        buf_fini(&connection->head);
    buf_clear(&connection->head);
    connection->is_open = false;
    connection->sink = NULL;
    connection->user = NULL;
}

/* Says goodbye once everything has left: our end first, then the client's. */
static void part(struct http_connection *connection)
{
    if (connection->has_peer_ended) {
        connection_mark_gone(connection, false);
        return;
    }
    tcp_end(connection->tcp);
    set_read_deadline(connection, DEADLINE_LINGER);
}

void connection_linger(struct http_connection *connection)
{
    connection->state = STATE_LINGERING;
    deadline_clear(&connection->read_deadline);
    if (tcp_pending_bytes(connection->tcp) == 0)
        part(connection);
}

static bool put(struct http_connection *connection, bool is_written)
{
    if (!is_written) {
        connection_mark_gone(connection, false);
        return false;
    }
    if (tcp_pending_bytes(connection->tcp) > 0) {
        if (!list_is_linked(&connection->write_deadline.link)) {
            deadline_set(connection->hub->deadlines, &connection->write_deadline, DEADLINE_WRITE);
            connection->sent_mark = tcp_sent_bytes(connection->tcp);
        }
    } else if (connection->user != NULL) {
        connection_call_drained(connection);
    }
    return true;
}

bool connection_write(struct http_connection *connection, const struct str *parts, size_t count)
{
    if (connection->is_gone)
        return false;
    return put(connection, tcp_write(connection->tcp, parts, count));
}

bool connection_write_buf(struct http_connection *connection, struct str head, struct buf *body,
                          struct str tail)
{
    if (connection->is_gone) {
        buf_fini(body);
        return false;
    }
    return put(connection, tcp_write_buf(connection->tcp, head, body, tail));
}

size_t connection_pending_bytes(const struct http_connection *connection)
{
    return connection->is_gone ? 0 : tcp_pending_bytes(connection->tcp);
}

static void on_data(void *owner, struct str bytes)
{
    struct http_connection *connection = owner;
    magic_check(connection, MAGIC_CONNECTION);
    input_feed(connection, bytes);
}

void connection_watch_client(struct http_connection *connection)
{
    if (!connection->has_peer_ended || connection->is_gone || connection->is_http_1_0 ||
        connection->has_replied || connection->request.on_gone == NULL)
        return;
    /* Only writing shows whether the client has left or just has nothing more to say, and an
     * interim answer may be sent at any time. */
    const struct str probe = STR("HTTP/1.1 100 Continue\r\n\r\n");
    (void)connection_write(connection, &probe, 1); /* what it shows is noticed there */
}

static void on_end_while_open(struct http_connection *connection)
{
    tcp_watch(connection->tcp);
    if (connection->user == NULL)
        connection_watch_client(connection);
    else if (connection->user->on_peer_ended != NULL)
        connection->user->on_peer_ended(connection->user_owner);
}

static void on_end(void *owner)
{
    struct http_connection *connection = owner;
    magic_check(connection, MAGIC_CONNECTION);
    connection->has_peer_ended = true;
    switch (connection->state) {
    case STATE_BODY:
    case STATE_DROPPING:
        input_fail_body(connection, BODY_CUT_OFF);
        input_resume(connection);
        break;
    case STATE_HANDLING:
    case STATE_TAKEN:
        on_end_while_open(connection);
        break;
    case STATE_FLUSHING:
        break;
    case STATE_LINGERING:
        if (tcp_pending_bytes(connection->tcp) > 0)
            break;
        connection_mark_gone(connection, false);
        break;
    case STATE_WAITING:
    case STATE_CLOSED:
        connection_mark_gone(connection, false);
        break;
    }
}

static void on_broken(void *owner)
{
    struct http_connection *connection = owner;
    magic_check(connection, MAGIC_CONNECTION);
    connection_mark_gone(connection, false);
}

static void on_drained(void *owner)
{
    struct http_connection *connection = owner;
    magic_check(connection, MAGIC_CONNECTION);
    deadline_clear(&connection->write_deadline);
    connection->is_drained_due = false;
    if (connection->user != NULL && connection->user->on_drained != NULL)
        connection->user->on_drained(connection->user_owner);
    else if (connection->state == STATE_LINGERING)
        part(connection);
    else
        input_resume(connection);
}

static void on_closed(void *owner)
{
    struct http_connection *connection = owner;
    magic_check(connection, MAGIC_CONNECTION);
    connection->tcp = NULL;
    schedule(connection);
}

static const struct tcp_events tcp_events = {
    .on_data = on_data,
    .on_end = on_end,
    .on_broken = on_broken,
    .on_drained = on_drained,
    .on_closed = on_closed,
};

/* Tells whoever is concerned that the client is gone; an open request still waits for its reply. */
static void tell_gone(struct http_connection *connection)
{
    connection->is_gone_told = true;
    const struct connection_user *user = connection->user;
    connection->user = NULL;
    buf_fini(&connection->input);
    if (user != NULL) {
        user->on_gone(connection->user_owner);
        return;
    }
    if (!connection->is_open)
        return;
    const struct http_body_events *sink = connection->sink;
    if (sink != NULL && sink->on_abort != NULL && !connection->is_end_told) {
        connection->is_end_told = true;
        sink->on_abort(connection->sink_owner);
    } else if (connection->request.on_gone != NULL) {
        connection->request.on_gone(connection->request.gone_owner);
    }
}

static void destroy(struct http_connection *connection)
{
    struct hub *hub = connection->hub;
    list_remove(&connection->link);
    list_remove(&connection->turn.link);
    hub->connection_count--;
    hub_wake(hub);
    connection_release_request(connection);
    buf_fini(&connection->head);
    buf_fini(&connection->input);
    buf_fini(&connection->peer);
    connection->magic = 0;
    free(connection);
}

static void on_turn(void *owner)
{
    struct http_connection *connection = owner;
    magic_check(connection, MAGIC_CONNECTION);
    if (connection->is_gone && !connection->is_gone_told)
        tell_gone(connection);
    if (connection->is_gone) {
        if (connection->tcp == NULL && !connection->is_open && connection->user == NULL)
            destroy(connection);
        return;
    }
    if (connection->is_drained_due && connection->user != NULL &&
        tcp_pending_bytes(connection->tcp) == 0) {
        connection->is_drained_due = false;
        if (connection->user->on_drained != NULL)
            connection->user->on_drained(connection->user_owner);
    }
    input_resume(connection);
}

static void on_read_due(void *owner)
{
    struct http_connection *connection = owner;
    magic_check(connection, MAGIC_CONNECTION);
    if (connection->state == STATE_WAITING && connection->head.len > 0) {
        input_refuse_slow(connection);
    } else if (connection->state == STATE_BODY) {
        input_fail_body(connection, BODY_TOO_SLOW);
        input_resume(connection);
    } else {
        connection_mark_gone(connection, false);
    }
}

static void on_write_due(void *owner)
{
    struct http_connection *connection = owner;
    magic_check(connection, MAGIC_CONNECTION);
    const uint64_t sent = tcp_sent_bytes(connection->tcp);
    if (sent == connection->sent_mark) {
        connection_mark_gone(connection, true);
        return;
    }
    connection->sent_mark = sent;
    deadline_set(connection->hub->deadlines, &connection->write_deadline, DEADLINE_WRITE);
}

void connection_open(struct hub *hub, int fd)
{
    struct http_connection *connection = mem_zero(1, sizeof(*connection));
    connection->tcp = tcp_open(hub->loop, fd, hub->read_buffer, &tcp_events, connection);
    if (connection->tcp == NULL) {
        free(connection);
        return;
    }
    connection->magic = MAGIC_CONNECTION;
    connection->hub = hub;
    connection->turn = (struct turn){.run = on_turn, .owner = connection};
    connection->read_deadline = (struct deadline){.on_due = on_read_due, .owner = connection};
    connection->write_deadline = (struct deadline){.on_due = on_write_due, .owner = connection};
    connection->head.max_bytes = HTTP_MAX_HEAD_BYTES;
    list_append(&hub->connections, &connection->link);
    hub->connection_count++;
    connection->state = STATE_WAITING;
    set_read_deadline(connection, DEADLINE_HEAD);
    tcp_read_start(connection->tcp);
}

struct hub *connection_hub(const struct http_connection *connection)
{
    return connection->hub;
}

struct http_connection *connection_from_link(struct list *link)
{
    struct http_connection *connection = container_of(link, struct http_connection, link);
    magic_check(connection, MAGIC_CONNECTION);
    return connection;
}

void connection_shut_down(struct http_connection *connection)
{
    if (connection->state == STATE_WAITING && connection->head.len == 0)
        connection_mark_gone(connection, false);
    else if (connection->user != NULL && connection->user->on_shut_down != NULL)
        connection->user->on_shut_down(connection->user_owner);
}

void connection_cut(struct http_connection *connection)
{
    connection_mark_gone(connection, true);
}

void connection_receive(struct http_connection *connection, const struct http_body_events *events,
                        void *owner)
{
    connection->sink = events;
    connection->sink_owner = owner;
    if (connection->owes_continue && connection->input.len == 0) {
        const struct str go_on = STR("HTTP/1.1 100 Continue\r\n\r\n");
        (void)connection_write(connection, &go_on, 1); /* a client that is gone is noticed there */
    }
    connection->owes_continue = false;
    if (connection->state == STATE_BODY)
        set_read_deadline(connection, DEADLINE_BODY);
    if (!connection->is_advancing)
        schedule(connection);
}

void connection_pause(struct http_connection *connection, bool is_paused)
{
    connection->is_paused = is_paused;
    if (is_paused) {
        if (connection->state == STATE_BODY)
            deadline_clear(&connection->read_deadline);
        input_settle(connection);
        return;
    }
    if (connection->state == STATE_BODY && connection->sink != NULL)
        set_read_deadline(connection, DEADLINE_BODY);
    if (!connection->is_advancing)
        schedule(connection);
}

bool connection_is_gone(const struct http_connection *connection)
{
    return connection->is_gone;
}

struct str connection_peer(struct http_connection *connection)
{
    if (connection->peer.len == 0 && connection->tcp != NULL)
        tcp_peer(connection->tcp, &connection->peer);
    return buf_str(&connection->peer);
}

void connection_local(struct http_connection *connection, struct buf *out)
{
    if (connection->tcp != NULL)
        tcp_local(connection->tcp, out);
}

bool connection_is_http_1_0(const struct http_connection *connection)
{
    return connection->is_http_1_0;
}

void connection_end_after(struct http_connection *connection)
{
    connection->keeps_alive = false;
}

/* A body that is not wanted is read to its end when little is left of it; a client that still
 * waits for 100 Continue may never send it. */
static bool may_drop_rest(const struct http_connection *connection)
{
    return connection->state != STATE_BODY ||
           (!connection->owes_continue && connection->body_left <= CONNECTION_MAX_DROP_BYTES);
}

bool connection_keep_alive(struct http_connection *connection)
{
    connection->has_replied = true;
    if (connection->hub->is_draining || connection->is_gone || !may_drop_rest(connection))
        connection->keeps_alive = false;
    return connection->keeps_alive;
}

void connection_finish(struct http_connection *connection)
{
    const bool has_rest = connection->state == STATE_BODY;
    connection_release_request(connection);
    if (connection->is_gone) {
        schedule(connection);
        return;
    }
    if (!connection->keeps_alive)
        connection_linger(connection);
    else
        connection->state = has_rest ? STATE_DROPPING : STATE_FLUSHING;
    if (connection->state == STATE_DROPPING)
        set_read_deadline(connection, DEADLINE_BODY);
    if (connection->is_advancing)
        return;
    if (connection->input.len > 0)
        schedule(connection); /* handlers of pipelined requests run in a turn, not in this call */
    else
        input_resume(connection);
}

void connection_abandon(struct http_connection *connection)
{
    connection->keeps_alive = false;
    if (connection->is_gone || connection->body_failure == BODY_CUT_OFF) {
        connection_mark_gone(connection, false);
        connection_finish(connection);
    } else if (connection->body_failure == BODY_TOO_SLOW) {
        input_refuse_slow(connection);
    } else {
        input_refuse_malformed(connection);
    }
}

void connection_use(struct http_connection *connection, const struct connection_user *user,
                    void *owner)
{
    connection->user = user;
    connection->user_owner = owner;
    connection->is_drained_due = false;
    if (connection->is_gone) { /* the one before has been told, this one has not */
        connection->is_gone_told = false;
        schedule(connection);
    }
}

void connection_idle_long(struct http_connection *connection)
{
    connection->idles_long = true;
}

void connection_call_drained(struct http_connection *connection)
{
    connection->is_drained_due = true;
    schedule(connection);
}

void connection_take(struct http_connection *connection, const struct connection_user *user,
                     void *owner)
{
    connection_release_request(connection);
    buf_fini(&connection->head);
    if (!connection->is_gone)
        connection->state = STATE_TAKEN;
    connection_use(connection, user, owner);
    if (!connection->is_advancing)
        schedule(connection);
}

void connection_release(struct http_connection *connection)
{
    connection->user = NULL;
    if (connection->is_gone)
        schedule(connection);
    else
        connection_linger(connection);
}
