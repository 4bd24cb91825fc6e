#include "server/http/connection.h"

#include "tests/unit/http/fixture.h"

/* What the handlers of the test saw, and a request that is answered when the test says so. */
static struct {
    struct http_request *held;
    unsigned gone;
    struct buf received;
    unsigned ended;
    unsigned aborted;
    bool pauses;
} seen;

static void on_hello(struct http_request *request, void *context)
{
    (void)context;
    reply_text(request, 200, "text/plain", STR("hello"));
}

static void on_echo(struct http_request *request, void *context)
{
    (void)context;
    reply_text(request, 200, "text/plain", request->body);
}

static void on_gone(void *owner)
{
    (void)owner;
    seen.gone++;
}

static void on_hold(struct http_request *request, void *context)
{
    (void)context;
    seen.held = request;
    http_request_on_gone(request, on_gone, NULL);
}

static void on_piece(void *owner, struct str piece)
{
    buf_append(&seen.received, piece);
    if (seen.pauses)
        http_request_pause(owner);
}

static void on_complete(void *owner)
{
    seen.ended++;
    reply_text(owner, 200, "text/plain", STR("complete"));
}

static void on_broken(void *owner)
{
    seen.aborted++;
    reply_text(owner, 400, "text/plain", STR("aborted"));
}

static void on_upload(struct http_request *request, void *context)
{
    (void)context;
    static const struct http_body_events events = {
        .on_data = on_piece,
        .on_end = on_complete,
        .on_abort = on_broken,
    };
    seen.held = request;
    http_request_receive(request, &events, request);
}

static void on_refused_upload(struct http_request *request, void *context)
{
    (void)context;
    reply_detail(request, 401, STR("Unauthorized"));
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET, .pattern = "/hello", .handler = on_hello},
    {.method = HTTP_METHOD_POST, .pattern = "/hello", .handler = on_hello},
    {.method = HTTP_METHOD_GET, .pattern = "/v0", .auth = ROUTE_AUTH_V0, .handler = on_hello},
    {.method = HTTP_METHOD_GET, .pattern = "/hold", .handler = on_hold},
    {.method = HTTP_METHOD_POST, .pattern = "/echo", .body = ROUTE_BODY_RAW, .handler = on_echo},
    {.method = HTTP_METHOD_POST,
     .pattern = "/upload",
     .body = ROUTE_BODY_STREAM,
     .handler = on_upload},
    {.method = HTTP_METHOD_POST,
     .pattern = "/refused",
     .body = ROUTE_BODY_STREAM,
     .handler = on_refused_upload},
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture_open(&fixture, routes, ARRAY_SIZE(routes));
    buf_fini(&seen.received);
    memset(&seen, 0, sizeof(seen));
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    buf_fini(&seen.received);
    fixture_close(*state);
    return 0;
}

static void step_until_held(struct fixture *fixture)
{
    while (seen.held == NULL)
        assert_true(loop_step(fixture->loop));
}

static void a_request_is_answered(void **state)
{
    scoped_buf struct buf answer = {0};
    client_talk(*state, STR("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
                &answer);
    assert_starts(&answer, "HTTP/1.1 200 OK\r\n");
    assert_contains(&answer, "\r\nserver: actiond\r\n");
    assert_contains(&answer, "\r\nvary: Origin\r\n");
    assert_contains(&answer, "\r\nconnection: close\r\n");
    assert_contains(&answer, "\r\n\r\nhello");
}

static void a_request_may_come_byte_by_byte(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    const struct str bytes =
        STR("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n");
    for (size_t i = 0; i < bytes.len; i++) {
        client_send(fixture, fd, str_slice(bytes, i, i + 1));
        assert_true(loop_step(fixture->loop));
    }
    scoped_buf struct buf answer = {0};
    assert_true(client_read_until(fixture, fd, &answer, STR("\r\n\r\nabcde")));
}

static void a_connection_is_kept_for_the_next_request(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    for (int i = 0; i < 3; i++) {
        scoped_buf struct buf answer = {0};
        client_send(fixture, fd, STR("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert_true(client_read_until(fixture, fd, &answer, STR("hello")));
        assert_lacks(&answer, "connection:");
    }
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    scoped_buf struct buf answer = {0};
    client_talk(*state,
                STR("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
                    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\ntwo"
                    "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
                &answer);
    const size_t one = str_find(buf_str(&answer), STR("\r\n\r\none"));
    const size_t two = str_find(buf_str(&answer), STR("\r\n\r\ntwo"));
    assert_true(one < two && two < str_find(buf_str(&answer), STR("\r\n\r\nhello")));
}

static void a_pipelined_request_waits_for_a_held_one(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd,
                STR("GET /hold HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    step_until_held(fixture);
    reply_text(seen.held, 200, "text/plain", STR("held"));
    assert_true(client_read_until(fixture, fd, &answer, STR("\r\n\r\nhello")));
    assert_true(str_find(buf_str(&answer), STR("held")) <
                str_find(buf_str(&answer), STR("\r\n\r\nhello")));
}

static void http_1_0_ends_with_its_answer(void **state)
{
    scoped_buf struct buf answer = {0};
    client_talk(*state, STR("GET /hello HTTP/1.0\r\n\r\n"), &answer);
    assert_contains(&answer, "connection: close");
    assert_contains(&answer, "hello");
}

static void http_1_0_is_kept_when_it_asks_for_it(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd, STR("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    assert_true(client_read_until(fixture, fd, &answer, STR("hello")));
    assert_contains(&answer, "connection: keep-alive");
}

static void what_is_no_request_is_refused(void **state)
{
    scoped_buf struct buf answer = {0};
    client_talk(*state, STR("GARBAGE\r\n\r\n"), &answer);
    assert_string_equal(answer.data, "HTTP/1.1 400 Bad Request\r\n"
                                     "content-type: text/plain; charset=utf-8\r\n"
                                     "content-length: 30\r\n"
                                     "connection: close\r\n\r\n"
                                     "Invalid HTTP request received.");
}

static void bytes_of_another_protocol_are_refused_at_once(void **state)
{
    scoped_buf struct buf answer = {0};
    client_talk(*state, STR("\x16\x03\x01\x02"), &answer);
    assert_starts(&answer, "HTTP/1.1 400 ");
}

/* A head of exactly `len` bytes. */
static void make_head(struct buf *out, size_t len)
{
    buf_append(out, STR("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Fill: "));
    while (out->len < len - 4)
        buf_append_byte(out, 'a');
    buf_append(out, STR("\r\n\r\n"));
}

static void a_head_at_the_limit_is_accepted(void **state)
{
    scoped_buf struct buf head = {0};
    scoped_buf struct buf answer = {0};
    make_head(&head, HTTP_MAX_HEAD_BYTES);
    client_talk(*state, buf_str(&head), &answer);
    assert_starts(&answer, "HTTP/1.1 200 ");
}

static void a_head_past_the_limit_is_refused(void **state)
{
    scoped_buf struct buf head = {0};
    scoped_buf struct buf answer = {0};
    make_head(&head, HTTP_MAX_HEAD_BYTES + 1);
    client_talk(*state, buf_str(&head), &answer);
    assert_starts(&answer, "HTTP/1.1 400 ");
}

static void a_half_closed_client_gets_its_answer(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd,
                STR("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
                    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\ntwo"));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    client_read_all(fixture, fd, &answer);
    assert_contains(&answer, "\r\n\r\none");
    assert_contains(&answer, "\r\n\r\ntwo");
}

static void a_half_closed_client_may_wait_for_its_answer(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd, STR("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    step_until_held(fixture);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    assert_true(client_read_until(fixture, fd, &answer, STR("100 Continue\r\n\r\n")));
    assert_int_equal(seen.gone, 0);
    reply_text(seen.held, 200, "text/plain", STR("held"));
    client_read_all(fixture, fd, &answer);
    assert_contains(&answer, "\r\n\r\nheld");
}

static void a_client_that_leaves_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    int fd = client_open(fixture);
    client_send(fixture, fd, STR("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    step_until_held(fixture);
    fd_close(&fd);
    while (seen.gone == 0)
        assert_true(loop_step(fixture->loop));
    assert_true(http_request_is_gone(seen.held));
    reply_text(seen.held, 200, "text/plain", STR("too late"));
    while (http_server_connections(fixture->server) > 0)
        assert_true(loop_step(fixture->loop));
    assert_int_equal(seen.gone, 1);
}

static void a_client_that_resets_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    int fd = client_open(fixture);
    const struct linger at_once = {.l_onoff = 1};
    client_send(fixture, fd, STR("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    step_until_held(fixture);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
    fd_close(&fd);
    while (seen.gone == 0)
        assert_true(loop_step(fixture->loop));
    reply_empty(seen.held, 204);
}

static void a_body_is_asked_for_before_it_is_sent(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd,
                STR("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
                    "Expect: 100-continue\r\n\r\n"));
    assert_true(client_read_until(fixture, fd, &answer, STR("HTTP/1.1 100 Continue\r\n\r\n")));
    client_send(fixture, fd, STR("body"));
    assert_true(client_read_until(fixture, fd, &answer, STR("\r\n\r\nbody")));
}

static void a_body_that_is_not_wanted_is_not_asked_for(void **state)
{
    scoped_buf struct buf answer = {0};
    client_talk(*state,
                STR("POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
                    "Expect: 100-continue\r\n\r\n"),
                &answer);
    assert_starts(&answer, "HTTP/1.1 401 ");
    assert_contains(&answer, "connection: close");
}

static void a_short_body_nobody_wants_keeps_the_connection(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd, STR("POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"));
    assert_true(client_read_until(fixture, fd, &answer, STR("Unauthorized")));
    client_send(fixture, fd, STR("bodyGET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(client_read_until(fixture, fd, &answer, STR("\r\n\r\nhello")));
}

static void the_rest_of_a_body_is_read_up_to_a_limit(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int at_the_limit = client_open(fixture);
    scoped_fd int past_the_limit = client_open(fixture);
    scoped_buf struct buf kept = {0};
    scoped_buf struct buf closed = {0};
    client_send(fixture, at_the_limit,
                STR("POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n"));
    client_send(fixture, past_the_limit,
                STR("POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n"));
    assert_true(client_read_until(fixture, at_the_limit, &kept, STR("Unauthorized")));
    assert_true(client_read_until(fixture, past_the_limit, &closed, STR("Unauthorized")));
    assert_lacks(&kept, "connection: close");
    assert_contains(&closed, "connection: close");
}

static void a_long_body_nobody_wants_does_not_hide_the_answer(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    scoped_buf struct buf part = {0};
    memset(buf_reserve(&part, 1 << 20), 'x', 1 << 20);
    part.len = 1 << 20;
    client_send(fixture, fd,
                STR("POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 8388608\r\n\r\n"));
    for (int i = 0; i < 8; i++)
        client_send(fixture, fd, buf_str(&part));
    client_read_all(fixture, fd, &answer);
    assert_starts(&answer, "HTTP/1.1 401 ");
    assert_contains(&answer, "connection: close");
}

static void a_body_past_the_limit_is_refused(void **state)
{
    scoped_buf struct buf answer = {0};
    client_talk(*state, STR("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 67108865\r\n\r\n"),
                &answer);
    assert_starts(&answer, "HTTP/1.1 413 ");
    assert_contains(&answer, "{\"detail\":\"Request body is too large\"}");
}

static void send_chunks(struct fixture *fixture, int fd, size_t total)
{
    scoped_buf struct buf chunk = {0};
    const size_t size = (size_t)1 << 20;
    buf_append(&chunk, STR("100000\r\n"));
    memset(buf_reserve(&chunk, size), 'x', size);
    chunk.len += size;
    buf_append(&chunk, STR("\r\n"));
    for (size_t sent = 0; sent < total; sent += size)
        client_send(fixture, fd, buf_str(&chunk));
}

static void chunks_at_the_limit_are_collected(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {.max_bytes = (size_t)80 << 20};
    client_send(fixture, fd,
                STR("POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n"));
    send_chunks(fixture, fd, HTTP_MAX_BODY_BYTES);
    client_send(fixture, fd, STR("0\r\n\r\n"));
    client_read_all(fixture, fd, &answer);
    assert_contains(&answer, "content-length: 67108864\r\n");
}

static void chunks_past_the_limit_are_refused(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd,
                STR("POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n"));
    send_chunks(fixture, fd, HTTP_MAX_BODY_BYTES);
    client_send(fixture, fd, STR("1\r\nx\r\n0\r\n\r\n"));
    client_read_all(fixture, fd, &answer);
    assert_starts(&answer, "HTTP/1.1 413 ");
}

static void a_malformed_chunk_is_refused(void **state)
{
    scoped_buf struct buf answer = {0};
    client_talk(*state,
                STR("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab"),
                &answer);
    assert_starts(&answer, "HTTP/1.1 400 ");
    assert_contains(&answer, "Invalid HTTP request received.");
}

static void a_body_cut_off_gets_no_answer(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd, STR("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo"));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    client_read_all(fixture, fd, &answer);
    assert_int_equal(answer.len, 0);
}

static void a_streamed_body_arrives_whole(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd,
                STR("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
    send_chunks(fixture, fd, (size_t)4 << 20);
    client_send(fixture, fd, STR("0\r\n\r\n"));
    assert_true(client_read_until(fixture, fd, &answer, STR("complete")));
    assert_int_equal(seen.received.len, (size_t)4 << 20);
    assert_int_equal(seen.ended, 1);
}

static void a_streamed_body_may_be_empty(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd, STR("POST /upload HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(client_read_until(fixture, fd, &answer, STR("complete")));
}

static void a_paused_body_holds_the_sender_back(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf part = {0};
    seen.pauses = true;
    memset(buf_reserve(&part, 1 << 20), 'x', 1 << 20);
    part.len = 1 << 20;
    client_send(fixture, fd,
                STR("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n"));
    while (seen.received.len == 0) {
        (void)send(fd, part.data, part.len, MSG_NOSIGNAL); /* as much as fits */
        assert_true(loop_step(fixture->loop));
    }
    const size_t received = seen.received.len;
    assert_true(received <= 65536);
    while (send(fd, part.data, part.len, MSG_NOSIGNAL) > 0) {
    }
    http_request_resume(seen.held);
    while (seen.received.len == received)
        assert_true(loop_step(fixture->loop));
    assert_true(seen.received.len <= received + 65536);
}

static void a_paused_body_goes_on_where_it_stopped(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    seen.pauses = true;
    client_send(fixture, fd,
                STR("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n"));
    step_until_held(fixture);
    for (size_t before = 0; before < 11;) {
        while (seen.received.len == before)
            assert_true(loop_step(fixture->loop));
        before = seen.received.len;
        assert_int_equal(seen.ended, 0);
        http_request_resume(seen.held);
    }
    assert_true(client_read_until(fixture, fd, &answer, STR("complete")));
    assert_string_equal(seen.received.data, "onetwothree");
}

static void a_sender_that_leaves_aborts_its_upload(void **state)
{
    struct fixture *fixture = *state;
    int fd = client_open(fixture);
    client_send(fixture, fd,
                STR("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"));
    step_until_held(fixture);
    fd_close(&fd);
    while (seen.aborted == 0)
        assert_true(loop_step(fixture->loop));
    assert_int_equal(seen.ended, 0);
}

static void a_malformed_chunk_aborts_an_upload(void **state)
{
    scoped_buf struct buf answer = {0};
    client_talk(*state,
                STR("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
                &answer);
    assert_contains(&answer, "aborted");
    assert_int_equal(seen.aborted, 1);
}

static void a_silent_connection_is_closed(void **state)
{
    struct fixture *fixture = *state;
    fixture_hurry(fixture, DEADLINE_IDLE);
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd, STR("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    client_read_all(fixture, fd, &answer);
    assert_contains(&answer, "hello");
}

static void a_client_of_v0_may_be_silent_for_longer(void **state)
{
    struct fixture *fixture = *state;
    fixture_hurry(fixture, DEADLINE_PAUSE);
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd, STR("GET /v0 HTTP/1.1\r\nHost: x\r\n\r\n"));
    client_read_all(fixture, fd, &answer); /* ended by the pause, which alone is short here */
    assert_contains(&answer, "hello");
    assert_true(HTTP_PAUSE_TIMEOUT_MS > HTTP_IDLE_TIMEOUT_MS);
}

static void a_slow_head_is_given_up(void **state)
{
    struct fixture *fixture = *state;
    fixture_hurry(fixture, DEADLINE_HEAD);
    scoped_buf struct buf answer = {0};
    client_talk(fixture, STR("GET /hello HTTP/1.1\r\nHost"), &answer);
    assert_starts(&answer, "HTTP/1.1 408 ");
}

static void a_slow_body_is_given_up(void **state)
{
    struct fixture *fixture = *state;
    fixture_hurry(fixture, DEADLINE_BODY);
    scoped_buf struct buf answer = {0};
    client_talk(fixture, STR("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo"),
                &answer);
    assert_starts(&answer, "HTTP/1.1 408 ");
}

static void a_slow_upload_is_aborted(void **state)
{
    struct fixture *fixture = *state;
    fixture_hurry(fixture, DEADLINE_BODY);
    scoped_buf struct buf answer = {0};
    client_talk(fixture, STR("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo"),
                &answer);
    assert_contains(&answer, "aborted");
}

static void a_client_that_does_not_close_is_closed(void **state)
{
    struct fixture *fixture = *state;
    fixture_hurry(fixture, DEADLINE_LINGER);
    scoped_fd int fd = client_open(fixture);
    client_send(fixture, fd, STR("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    do
        assert_true(loop_step(fixture->loop));
    while (http_server_connections(fixture->server) > 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_request_is_answered),
        CASE(a_request_may_come_byte_by_byte),
        CASE(a_connection_is_kept_for_the_next_request),
        CASE(pipelined_requests_are_answered_in_order),
        CASE(a_pipelined_request_waits_for_a_held_one),
        CASE(http_1_0_ends_with_its_answer),
        CASE(http_1_0_is_kept_when_it_asks_for_it),
        CASE(what_is_no_request_is_refused),
        CASE(bytes_of_another_protocol_are_refused_at_once),
        CASE(a_head_at_the_limit_is_accepted),
        CASE(a_head_past_the_limit_is_refused),
        CASE(a_half_closed_client_gets_its_answer),
        CASE(a_half_closed_client_may_wait_for_its_answer),
        CASE(a_client_that_leaves_is_noticed),
        CASE(a_client_that_resets_is_noticed),
        CASE(a_body_is_asked_for_before_it_is_sent),
        CASE(a_body_that_is_not_wanted_is_not_asked_for),
        CASE(a_short_body_nobody_wants_keeps_the_connection),
        CASE(the_rest_of_a_body_is_read_up_to_a_limit),
        CASE(a_long_body_nobody_wants_does_not_hide_the_answer),
        CASE(a_body_past_the_limit_is_refused),
        CASE(chunks_at_the_limit_are_collected),
        CASE(chunks_past_the_limit_are_refused),
        CASE(a_malformed_chunk_is_refused),
        CASE(a_body_cut_off_gets_no_answer),
        CASE(a_streamed_body_arrives_whole),
        CASE(a_streamed_body_may_be_empty),
        CASE(a_paused_body_holds_the_sender_back),
        CASE(a_paused_body_goes_on_where_it_stopped),
        CASE(a_sender_that_leaves_aborts_its_upload),
        CASE(a_malformed_chunk_aborts_an_upload),
        CASE(a_silent_connection_is_closed),
        CASE(a_client_of_v0_may_be_silent_for_longer),
        CASE(a_slow_head_is_given_up),
        CASE(a_slow_body_is_given_up),
        CASE(a_slow_upload_is_aborted),
        CASE(a_client_that_does_not_close_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
