#include "plugins/mcp/mcp_sse.h"

#include "tests/support/mcp_web.h"

static struct mcp_client *open_at(const char *path)
{
    return mcp_open_remote(MCP_TRANSPORT_SSE, path);
}

static void answers_come_with_the_stream(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply echo = {0};
    scoped_reply struct mcp_reply key = {0};
    struct mcp_client *client = open_at("/sse");
    mcp_call(client, "echo", "{\"text\":\"h\\u00e9\"}", &echo);
    assert_reply(&echo, "\"text\":\"h\xc3\xa9\"");
    mcp_call(client, "header", "{\"name\":\"x-key\"}", &key);
    assert_reply(&key, "\"secret\"");
    mcp_close_client(client);
}

static void a_stream_that_ends_fails_what_waits_and_is_opened_again(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply dropped = {0};
    scoped_reply struct mcp_reply again = {0};
    struct mcp_client *client = open_at("/sse");
    mcp_call(client, "drop", "{}", &dropped);
    assert_failure(&dropped, ERROR_UNAVAILABLE, "Connection closed");
    mcp_call(client, "echo", "{\"text\":\"back\"}", &again);
    assert_reply(&again, "back");
    mcp_close_client(client);
}

static void a_message_the_server_refuses_fails_its_request(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply forget = {0};
    scoped_reply struct mcp_reply lost = {0};
    struct mcp_client *client = open_at("/sse");
    mcp_call(client, "forget", "{}", &forget);
    mcp_call(client, "echo", "{}", &lost);
    assert_failure(&lost, ERROR_NOT_FOUND, "HTTP 404");
    mcp_close_client(client);
}

static void messages_are_not_sent_to_another_server(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = open_at("/sse-away");
    mcp_call(client, "echo", "{}", &reply);
    assert_failure(&reply, ERROR_UNAVAILABLE, "to another one");
    mcp_close_client(client);
}

static void what_is_no_stream_is_a_failure(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply refused = {0};
    scoped_reply struct mcp_reply plain = {0};
    struct mcp_client *client = open_at("/mcp");
    mcp_call(client, "echo", "{}", &refused);
    assert_failure(&refused, ERROR_NOT_FOUND, "HTTP 404");
    mcp_close_client(client);
    client = open_at("/status/200");
    mcp_call(client, "echo", "{}", &plain);
    assert_failure(&plain, ERROR_UNAVAILABLE, "no stream of events");
    mcp_close_client(client);
}

static void a_stream_without_an_address_is_given_up(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply reply = {0};
    const struct mcp_client_options options = {
        .name = STR("test"),
        .transport = {.loop = mcp_loop,
                      .kind = MCP_TRANSPORT_SSE,
                      .http = mcp_http_client,
                      .url = mcp_url("/sse-mute")},
        .start_timeout_ms = 100,
    };
    struct mcp_client *client = mcp_client_open(&options);
    mcp_call(client, "echo", "{}", &reply);
    assert_failure(&reply, ERROR_TIMEOUT, "did not start in time");
    mcp_close_client(client);
}

static void a_message_that_is_too_long_ends_the_stream(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = open_at("/sse");
    mcp_call(client, "huge", "{\"bytes\":17000000}", &reply);
    assert_failure(&reply, ERROR_TOO_LARGE, "too long");
    mcp_close_client(client);
}

static void a_cancelled_request_is_told(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply ready = {0};
    scoped_reply struct mcp_reply hanging = {0};
    scoped_reply struct mcp_reply cancelled = {0};
    struct mcp_client *client = open_at("/sse");
    mcp_call(client, "echo", "{}", &ready);
    mcp_client_cancel(client, mcp_start_call(client, "hang", "{}", &hanging));
    mcp_call(client, "cancelled", "{}", &cancelled);
    assert_reply(&cancelled, "[2]");
    mcp_close_client(client);
    assert_int_equal(hanging.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mcp_open_web, mcp_close_web)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_come_with_the_stream),
        TEST(a_stream_that_ends_fails_what_waits_and_is_opened_again),
        TEST(a_message_the_server_refuses_fails_its_request),
        TEST(messages_are_not_sent_to_another_server),
        TEST(what_is_no_stream_is_a_failure),
        TEST(a_stream_without_an_address_is_given_up),
        TEST(a_message_that_is_too_long_ends_the_stream),
        TEST(a_cancelled_request_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
