#include "plugins/mcp/mcp_stdio.h"

#include "tests/support/mcp.h"

static void lines_that_are_no_messages_are_passed_over(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--chatter", NULL};
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = mcp_open_client(arguments);
    mcp_call(client, "garbage", "{}", &reply);
    assert_reply(&reply, "after garbage");
    mcp_close_client(client);
}

static void a_message_of_many_reads_arrives_whole(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply large = {0};
    scoped_reply struct mcp_reply next = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    mcp_call(client, "huge", "{\"bytes\":5000000}", &large);
    assert_true(large.result.len > 5000000);
    mcp_call(client, "echo", "{\"text\":\"next\"}", &next);
    assert_reply(&next, "next");
    mcp_close_client(client);
}

static void a_line_without_end_ends_the_server(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--endless", NULL};
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = mcp_open_client(arguments);
    mcp_call(client, "echo", "{}", &reply);
    assert_failure(&reply, ERROR_TOO_LARGE, "more than 67108864 bytes");
    mcp_close_client(client);
}

static void a_child_that_holds_the_output_does_not_hold_the_end(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    mcp_call(client, "leave", "{}", &reply);
    assert_failure(&reply, ERROR_UNAVAILABLE, "Connection closed (exit code 0)");
    mcp_close_client(client);
}

static void a_server_that_closes_its_output_is_over(void **state)
{
    (void)state;
    static const char *const argv[] = {"/bin/sh", "-c", "exec >/dev/null; read line; read line",
                                       NULL};
    static const char *const env[] = {NULL};
    scoped_reply struct mcp_reply reply = {0};
    const struct mcp_client_options options = {
        .name = STR("test"),
        .transport = {.loop = mcp_loop, .processes = mcp_processes, .argv = argv, .env = env},
    };
    struct mcp_client *client = mcp_client_open(&options);
    mcp_call(client, "echo", "{}", &reply);
    assert_failure(&reply, ERROR_UNAVAILABLE, "Connection closed (its output was closed)");
    mcp_close_client(client);
}

static void the_last_of_its_log_is_kept(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    for (size_t i = 0; i < 2 * MCP_STDIO_LOG_BYTES / 100; i++) {
        scoped_reply struct mcp_reply line = {0};
        mcp_call(client, "complain",
                 "{\"text\":\"01234567890123456789012345678901234567890123456789"
                 "01234567890123456789012345678901234567890123456789\"}",
                 &line);
    }
    mcp_call(client, "complain", "{\"text\":\"the end\"}", &reply);
    while (!str_ends_with(mcp_client_log(client), STR("the end\n")))
        assert_true(loop_step(mcp_loop));
    assert_true(mcp_client_log(client).len <= MCP_STDIO_LOG_BYTES);
    mcp_close_client(client);
    buf_fini(&reply.result);
}

static void a_server_that_does_not_read_fails_requests(void **state)
{
    (void)state;
    static const char *const argv[] = {
        "/bin/sh", "-c",
        "read line; echo '{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"protocolVersion\":"
        "\"2025-06-18\"}}'; exec tail -f /dev/null",
        NULL};
    static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
    scoped_reply struct mcp_reply first = {0};
    scoped_reply struct mcp_reply second = {0};
    scoped_buf struct buf params = {0};
    const struct mcp_client_options options = {
        .name = STR("test"),
        .transport = {.loop = mcp_loop, .processes = mcp_processes, .argv = argv, .env = env},
    };
    struct mcp_client *client = mcp_client_open(&options);
    buf_append(&params, STR("{\"text\":\""));
    char *text = buf_reserve(&params, MCP_STDIO_MAX_UNREAD_BYTES / 2);
    memset(text, 'x', MCP_STDIO_MAX_UNREAD_BYTES / 2);
    params.len += MCP_STDIO_MAX_UNREAD_BYTES / 2;
    buf_append(&params, STR("\"}"));
    (void)mcp_client_request(client, STR("m"), buf_str(&params), 0, mcp_on_result, &first);
    (void)mcp_client_request(client, STR("m"), buf_str(&params), 0, mcp_on_result, &second);
    mcp_await(&second);
    assert_failure(&second, ERROR_LIMIT, "does not read");
    assert_int_equal(first.count, 0);
    mcp_close_client(client);
}

static void a_server_that_will_not_end_is_killed(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--stay", NULL};
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = mcp_open_client(arguments);
    mcp_call(client, "echo", "{}", &reply);
    mcp_close_client(client);
    assert_int_equal(processes_running(mcp_processes), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mcp_open_loop, mcp_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_that_are_no_messages_are_passed_over),
        TEST(a_message_of_many_reads_arrives_whole),
        TEST(a_line_without_end_ends_the_server),
        TEST(a_child_that_holds_the_output_does_not_hold_the_end),
        TEST(a_server_that_closes_its_output_is_over),
        TEST(the_last_of_its_log_is_kept),
        TEST(a_server_that_does_not_read_fails_requests),
        TEST(a_server_that_will_not_end_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
