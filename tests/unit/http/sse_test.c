#include "server/http/sse.h"

#include "tests/unit/http/fixture.h"

static struct {
    struct sse *sse;
    unsigned ready;
    unsigned closed;
    struct buf last_id;
} seen;

static void on_ready(void *owner)
{
    (void)owner;
    seen.ready++;
}

static void on_closed(void *owner)
{
    (void)owner;
    seen.closed++;
    seen.sse = NULL;
}

static const struct sse_events events = {.on_ready = on_ready, .on_closed = on_closed};

static void on_open(struct http_request *request, void *context)
{
    (void)context;
    buf_append(&seen.last_id, sse_last_event_id(request));
    seen.sse = sse_open(request, &events, NULL);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET, .pattern = "/events", .handler = on_open},
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
    buf_fini(&seen.last_id);
    fixture_close(*state);
    return 0;
}

static int open_events(struct fixture *fixture, const char *target_and_headers)
{
    scoped_buf struct buf bytes = {0};
    const int fd = client_open(fixture);
    buf_printf(&bytes, "GET /events%s\r\nHost: x\r\n\r\n", target_and_headers);
    client_send(fixture, fd, buf_str(&bytes));
    while (seen.sse == NULL)
        assert_true(loop_step(fixture->loop));
    return fd;
}

static void a_stream_begins_at_once(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_events(fixture, " HTTP/1.1");
    scoped_buf struct buf answer = {0};
    assert_true(client_read_until(fixture, fd, &answer, STR("retry: 1000\n\n")));
    assert_contains(&answer, "\r\ncontent-type: text/event-stream");
    assert_contains(&answer, "\r\ncache-control: no-store\r\n");
    assert_contains(&answer, "\r\nx-accel-buffering: no\r\n");
}

static void an_event_is_one_record(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_events(fixture, " HTTP/1.1");
    scoped_buf struct buf answer = {0};
    sse_send(seen.sse, STR("7"), STR("output"), STR("one\ntwo"));
    sse_send(seen.sse, STR_NULL, STR_NULL, STR("three"));
    assert_true(client_read_until(fixture, fd, &answer, STR("data: three\n\n")));
    assert_contains(&answer, "id: 7\nevent: output\ndata: one\ndata: two\n\n");
}

static void the_last_event_id_comes_by_header_or_query(void **state)
{
    struct fixture *fixture = *state;
    int by_header = open_events(fixture, "?last_event_id=1 HTTP/1.1\r\nLast-Event-ID: 2");
    seen.sse = NULL;
    int by_query = open_events(fixture, "?last_event_id=3 HTTP/1.1");
    assert_string_equal(seen.last_id.data, "23");
    fd_close(&by_header);
    fd_close(&by_query);
}

static void a_full_stream_says_when_there_is_room(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_events(fixture, " HTTP/1.1");
    scoped_buf struct buf answer = {0};
    scoped_buf struct buf large = {0};
    memset(buf_reserve(&large, 1 << 20), 'x', 1 << 20);
    large.len = 1 << 20;
    while (!sse_is_full(seen.sse))
        sse_send(seen.sse, STR_NULL, STR_NULL, buf_str(&large));
    const unsigned ready = seen.ready;
    while (seen.ready == ready) {
        assert_true(client_receive(fd, &answer));
        assert_true(loop_step(fixture->loop));
    }
    assert_false(sse_is_full(seen.sse));
}

static void an_end_sends_what_is_left(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_events(fixture, " HTTP/1.1");
    scoped_buf struct buf answer = {0};
    sse_send(seen.sse, STR_NULL, STR_NULL, STR("last"));
    sse_end(seen.sse);
    assert_true(client_read_until(fixture, fd, &answer, STR("data: last\n\n\r\n0\r\n\r\n")));
    while (seen.closed == 0)
        assert_true(loop_step(fixture->loop));
}

static void a_client_that_leaves_is_noticed_without_an_event(void **state)
{
    struct fixture *fixture = *state;
    int fd = open_events(fixture, " HTTP/1.1");
    fd_close(&fd);
    while (seen.closed == 0)
        assert_true(loop_step(fixture->loop));
    assert_int_equal(seen.closed, 1);
}

static void a_half_closed_client_gets_its_events(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_events(fixture, " HTTP/1.1");
    scoped_buf struct buf answer = {0};
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    assert_true(client_read_until(fixture, fd, &answer, STR("\r\n:\n\n")));
    sse_send(seen.sse, STR_NULL, STR_NULL, STR("still"));
    assert_true(client_read_until(fixture, fd, &answer, STR("data: still\n\n")));
}

static void a_server_that_goes_down_ends_its_streams(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_events(fixture, " HTTP/1.1");
    scoped_buf struct buf answer = {0};
    http_server_drain(fixture->server, NULL, NULL);
    client_read_all(fixture, fd, &answer);
    assert_contains(&answer, "0\r\n\r\n");
    assert_int_equal(seen.closed, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_stream_begins_at_once),
        CASE(an_event_is_one_record),
        CASE(the_last_event_id_comes_by_header_or_query),
        CASE(a_full_stream_says_when_there_is_room),
        CASE(an_end_sends_what_is_left),
        CASE(a_client_that_leaves_is_noticed_without_an_event),
        CASE(a_half_closed_client_gets_its_events),
        CASE(a_server_that_goes_down_ends_its_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
