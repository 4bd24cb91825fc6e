#include "server/http/server.h"

#include <sys/resource.h>

#include "tests/unit/http/fixture.h"

static struct {
    struct http_request *held;
    unsigned drained;
} seen;

static void on_hello(struct http_request *request, void *context)
{
    (void)context;
    reply_text(request, 200, "text/plain", STR("hello"));
}

static void on_hold(struct http_request *request, void *context)
{
    (void)context;
    seen.held = request;
}

static void on_drained(void *owner)
{
    (void)owner;
    seen.drained++;
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET, .pattern = "/hello", .handler = on_hello},
    {.method = HTTP_METHOD_GET, .pattern = "/hold", .handler = on_hold},
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

static void step_until_drained(struct fixture *fixture)
{
    while (seen.drained == 0)
        assert_true(loop_step(fixture->loop));
    assert_int_equal(http_server_connections(fixture->server), 0);
}

static void a_drain_without_connections_is_over_soon(void **state)
{
    struct fixture *fixture = *state;
    http_server_drain(fixture->server, on_drained, NULL);
    assert_int_equal(seen.drained, 0);
    step_until_drained(fixture);
}

static void a_drain_closes_idle_connections(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd, STR("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(client_read_until(fixture, fd, &answer, STR("hello")));
    http_server_drain(fixture->server, on_drained, NULL);
    step_until_drained(fixture);
    client_read_all(fixture, fd, &answer);
}

static void a_drain_waits_for_a_running_request(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd, STR("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    while (seen.held == NULL)
        assert_true(loop_step(fixture->loop));
    http_server_drain(fixture->server, on_drained, NULL);
    reply_text(seen.held, 200, "text/plain", STR("held"));
    client_read_all(fixture, fd, &answer);
    assert_contains(&answer, "\r\nconnection: close\r\n");
    assert_contains(&answer, "\r\n\r\nheld");
    fd_close(&fd);
    step_until_drained(fixture);
}

static void a_draining_server_accepts_nobody(void **state)
{
    struct fixture *fixture = *state;
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(fixture->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    http_server_drain(fixture->server, on_drained, NULL);
    scoped_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), -1);
    step_until_drained(fixture);
}

static void a_request_survives_the_close_of_its_server(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf answer = {0};
    client_send(fixture, fd, STR("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    while (seen.held == NULL)
        assert_true(loop_step(fixture->loop));
    http_server_close(fixture->server);
    client_read_all(fixture, fd, &answer);
    assert_int_equal(answer.len, 0);
    assert_true(http_request_is_gone(seen.held));
    reply_text(seen.held, 200, "text/plain", STR("too late"));
    struct error error = {0};
    const struct http_server_options options = {.router = fixture->router};
    assert_true(http_server_open(fixture->loop, &options, &fixture->server, &error));
}

static void an_address_in_use_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {0};
    uint16_t port;
    assert_false(http_server_listen(fixture->server, "127.0.0.1", fixture->port, &port, &error));
    assert_non_null(strstr(error.text, "'127.0.0.1' port"));
    assert_non_null(strstr(error.text, "Address already in use"));
}

static void a_host_that_is_none_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {0};
    uint16_t port;
    assert_false(http_server_listen(fixture->server, "not an address", 0, &port, &error));
    assert_non_null(strstr(error.text, "listen on 'not an address'"));
}

/* Takes all descriptors, one of which the caller may give back. */
static size_t exhaust(int *taken, size_t max)
{
    size_t count = 0;
    while (count < max && (taken[count] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)) >= 0)
        count++;
    assert_true(count < max);
    return count;
}

static void a_server_without_descriptors_waits_for_a_connection_to_close(void **state)
{
    struct fixture *fixture = *state;
    static int taken[256];
    struct rlimit before;
    scoped_buf struct buf answer = {0};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit few = {.rlim_cur = 64, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    int served = client_open(fixture);
    assert_true(loop_step(fixture->loop));
    scoped_fd int waiting = client_open(fixture);
    size_t count = exhaust(taken, ARRAY_SIZE(taken));
    client_send(fixture, waiting, STR("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(loop_step(fixture->loop)); /* accepting fails and pauses */
    assert_int_equal(http_server_connections(fixture->server), 1);
    fd_close(&served);
    assert_true(client_read_until(fixture, waiting, &answer, STR("hello")));
    while (count > 0)
        fd_close(&taken[--count]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void options_may_change_while_it_runs(void **state)
{
    struct fixture *fixture = *state;
    scoped_buf struct buf answer = {0};
    http_server_options(fixture->server)->root_path = STR("/later");
    client_talk(fixture, STR("GET /later/hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
                &answer);
    assert_starts(&answer, "HTTP/1.1 200 ");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_drain_without_connections_is_over_soon),
        CASE(a_drain_closes_idle_connections),
        CASE(a_drain_waits_for_a_running_request),
        CASE(a_draining_server_accepts_nobody),
        CASE(a_request_survives_the_close_of_its_server),
        CASE(an_address_in_use_is_told),
        CASE(a_host_that_is_none_is_told),
        CASE(a_server_without_descriptors_waits_for_a_connection_to_close),
        CASE(options_may_change_while_it_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
