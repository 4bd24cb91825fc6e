#include "server/http/stream.h"

#include "tests/unit/http/fixture.h"

static struct {
    struct http_stream *stream;
    unsigned writable;
    unsigned closed;
    bool is_complete;
    unsigned peer_ended;
    unsigned shut_down;
} seen;

static void on_writable(void *owner)
{
    (void)owner;
    seen.writable++;
}

static void on_closed(void *owner, bool is_complete)
{
    (void)owner;
    seen.closed++;
    seen.is_complete = is_complete;
    seen.stream = NULL;
}

static void on_peer_ended(void *owner)
{
    (void)owner;
    seen.peer_ended++;
}

static void on_shut_down(void *owner)
{
    (void)owner;
    seen.shut_down++;
    stream_end(seen.stream);
}

static const struct http_stream_events events = {
    .on_writable = on_writable,
    .on_closed = on_closed,
    .on_peer_ended = on_peer_ended,
    .on_shut_down = on_shut_down,
};

static void on_open(struct http_request *request, void *context)
{
    (void)context;
    seen.stream = reply_stream(request, 200, "text/plain", -1, &events, NULL);
}

static void on_sized(struct http_request *request, void *context)
{
    (void)context;
    seen.stream = reply_stream(request, 200, "text/plain", 5, &events, NULL);
}

static void on_hello(struct http_request *request, void *context)
{
    (void)context;
    reply_text(request, 200, "text/plain", STR("hello"));
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET, .pattern = "/open", .handler = on_open},
    {.method = HTTP_METHOD_HEAD, .pattern = "/open", .handler = on_open},
    {.method = HTTP_METHOD_GET, .pattern = "/sized", .handler = on_sized},
    {.method = HTTP_METHOD_HEAD, .pattern = "/sized", .handler = on_sized},
    {.method = HTTP_METHOD_GET, .pattern = "/hello", .handler = on_hello},
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture_open(&fixture, routes, ARRAY_SIZE(routes));
    memset(&seen, 0, sizeof(seen));
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    fixture_close(*state);
    return 0;
}

static int open_stream(struct fixture *fixture, const char *request_line)
{
    scoped_buf struct buf bytes = {0};
    const int fd = client_open(fixture);
    buf_printf(&bytes, "%s\r\nHost: x\r\n\r\n", request_line);
    client_send(fixture, fd, buf_str(&bytes));
    while (seen.stream == NULL && seen.closed == 0)
        assert_true(loop_step(fixture->loop));
    return fd;
}

static void pieces_leave_as_chunks(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_stream(fixture, "GET /open HTTP/1.1");
    scoped_buf struct buf answer = {0};
    assert_true(stream_write(seen.stream, STR("one")));
    assert_true(client_read_until(fixture, fd, &answer, STR("3\r\none\r\n")));
    assert_contains(&answer, "\r\ntransfer-encoding: chunked\r\n");
    struct buf two = {0};
    buf_append(&two, STR("and two"));
    assert_true(stream_write_buf(seen.stream, &two));
    stream_end(seen.stream);
    assert_true(client_read_until(fixture, fd, &answer, STR("7\r\nand two\r\n0\r\n\r\n")));
}

static void the_connection_is_kept_after_a_stream(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_stream(fixture, "GET /open HTTP/1.1");
    scoped_buf struct buf answer = {0};
    stream_end(seen.stream);
    client_send(fixture, fd, STR("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(client_read_until(fixture, fd, &answer, STR("\r\n\r\nhello")));
    assert_int_equal(seen.closed, 1);
    assert_true(seen.is_complete);
}

static void a_stream_of_known_length_has_no_chunks(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_stream(fixture, "GET /sized HTTP/1.1");
    scoped_buf struct buf answer = {0};
    assert_true(stream_write(seen.stream, STR("hel")));
    assert_true(stream_write(seen.stream, STR("lo")));
    stream_end(seen.stream);
    assert_true(client_read_until(fixture, fd, &answer, STR("\r\n\r\nhello")));
    assert_contains(&answer, "\r\ncontent-length: 5\r\n");
}

static void bytes_beyond_the_length_are_dropped(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_stream(fixture, "GET /sized HTTP/1.1");
    scoped_buf struct buf answer = {0};
    assert_true(stream_write(seen.stream, STR("hello and more")));
    stream_end(seen.stream);
    client_send(fixture, fd, STR("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(client_read_until(fixture, fd, &answer, STR("helloHTTP/1.1 200 OK")));
}

static void a_stream_that_is_too_short_cuts_the_connection(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_stream(fixture, "GET /sized HTTP/1.1");
    scoped_buf struct buf answer = {0};
    assert_true(stream_write(seen.stream, STR("hel")));
    stream_end(seen.stream);
    client_read_all(fixture, fd, &answer);
    while (seen.closed == 0)
        assert_true(loop_step(fixture->loop));
    assert_false(seen.is_complete);
}

static void an_aborted_stream_has_no_last_chunk(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_stream(fixture, "GET /open HTTP/1.1");
    scoped_buf struct buf answer = {0};
    assert_true(stream_write(seen.stream, STR("one")));
    assert_true(client_read_until(fixture, fd, &answer, STR("one")));
    stream_abort(seen.stream);
    client_read_all(fixture, fd, &answer);
    assert_lacks(&answer, "0\r\n\r\n");
    while (seen.closed == 0)
        assert_true(loop_step(fixture->loop));
    assert_false(seen.is_complete);
}

static void http_1_0_gets_the_bytes_until_the_end(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_stream(fixture, "GET /open HTTP/1.0\r\nConnection: keep-alive");
    scoped_buf struct buf answer = {0};
    assert_true(stream_write(seen.stream, STR("bare")));
    stream_end(seen.stream);
    client_read_all(fixture, fd, &answer);
    assert_contains(&answer, "\r\nconnection: close\r\n");
    assert_contains(&answer, "\r\n\r\nbare");
    assert_lacks(&answer, "chunked");
}

static void head_gets_the_head_only(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_stream(fixture, "HEAD /sized HTTP/1.1");
    scoped_buf struct buf answer = {0};
    assert_true(stream_write(seen.stream, STR("hello")));
    client_send(fixture, fd, STR("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(client_read_until(fixture, fd, &answer, STR("\r\n\r\nhello")));
    assert_contains(&answer, "\r\n\r\nHTTP/1.1 200 OK");
    assert_int_equal(seen.closed, 1);
}

/* Writes a mebibyte. */
static void write_much(void)
{
    struct buf much = {0};
    const size_t len = (size_t)1 << 20;
    memset(buf_reserve(&much, len), 'x', len);
    much.len = len;
    (void)stream_write_buf(seen.stream, &much); /* on_closed tells */
}

static void a_slow_reader_holds_the_producer_back(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_stream(fixture, "GET /open HTTP/1.1");
    scoped_buf struct buf answer = {0};
    while (stream_pending_bytes(seen.stream) < 4 * STREAM_HIGH_WATER_BYTES)
        write_much();
    const unsigned writable = seen.writable;
    while (stream_pending_bytes(seen.stream) > 0) {
        assert_int_equal(seen.writable, writable);
        assert_true(client_receive(fd, &answer));
        assert_true(loop_step(fixture->loop));
    }
    assert_int_equal(seen.writable, writable + 1);
}

static void a_client_that_leaves_ends_the_stream(void **state)
{
    struct fixture *fixture = *state;
    int fd = open_stream(fixture, "GET /open HTTP/1.1");
    fd_close(&fd);
    while (seen.closed == 0) {
        (void)stream_write(seen.stream, STR("x")); /* on_closed tells */
        assert_true(loop_step(fixture->loop));
    }
    assert_false(seen.is_complete);
    assert_int_equal(seen.closed, 1);
}

static void a_client_that_says_no_more_is_told_of(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_stream(fixture, "GET /open HTTP/1.1");
    scoped_buf struct buf answer = {0};
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    while (seen.peer_ended == 0)
        assert_true(loop_step(fixture->loop));
    assert_true(stream_write(seen.stream, STR("still here")));
    stream_end(seen.stream);
    client_read_all(fixture, fd, &answer);
    assert_contains(&answer, "still here");
    assert_true(seen.is_complete);
}

static void a_client_that_reads_nothing_is_given_up(void **state)
{
    struct fixture *fixture = *state;
    int fd = open_stream(fixture, "GET /open HTTP/1.1");
    fixture_hurry(fixture, DEADLINE_WRITE);
    while (stream_pending_bytes(seen.stream) < STREAM_HIGH_WATER_BYTES)
        write_much();
    while (seen.closed == 0)
        assert_true(loop_step(fixture->loop));
    assert_false(seen.is_complete);
    fd_close(&fd);
}

static void a_server_that_goes_down_tells_its_streams(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_stream(fixture, "GET /open HTTP/1.1");
    scoped_buf struct buf answer = {0};
    http_server_drain(fixture->server, NULL, NULL);
    client_read_all(fixture, fd, &answer);
    assert_int_equal(seen.shut_down, 1);
    assert_contains(&answer, "0\r\n\r\n");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(pieces_leave_as_chunks),
        CASE(the_connection_is_kept_after_a_stream),
        CASE(a_stream_of_known_length_has_no_chunks),
        CASE(bytes_beyond_the_length_are_dropped),
        CASE(a_stream_that_is_too_short_cuts_the_connection),
        CASE(an_aborted_stream_has_no_last_chunk),
        CASE(http_1_0_gets_the_bytes_until_the_end),
        CASE(head_gets_the_head_only),
        CASE(a_slow_reader_holds_the_producer_back),
        CASE(a_client_that_leaves_ends_the_stream),
        CASE(a_client_that_says_no_more_is_told_of),
        CASE(a_client_that_reads_nothing_is_given_up),
        CASE(a_server_that_goes_down_tells_its_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
