#include "plugins/mcp/mcp_http.h"

#include "tests/support/mcp_web.h"

static struct mcp_client *open_at(const char *path)
{
    return mcp_open_remote(MCP_TRANSPORT_HTTP, path);
}

static void streams_and_plain_json_are_answers(void **state)
{
    (void)state;
    static const char *const paths[] = {"/mcp", "/json"};
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        scoped_reply struct mcp_reply echo = {0};
        scoped_reply struct mcp_reply fail = {0};
        struct mcp_client *client = open_at(paths[i]);
        mcp_call(client, "echo", "{\"text\":\"h\\u00e9\"}", &echo);
        assert_reply(&echo, "\"text\":\"h\xc3\xa9\"");
        mcp_call(client, "refuse", "{\"text\":\"not today\"}", &fail);
        assert_reply(&fail, "not today");
        assert_true(fail.is_error);
        mcp_close_client(client);
    }
}

static void headers_of_the_configuration_are_sent(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply key = {0};
    scoped_reply struct mcp_reply version = {0};
    struct mcp_client *client = open_at("/mcp");
    mcp_call(client, "header", "{\"name\":\"x-key\"}", &key);
    assert_reply(&key, "\"secret\"");
    mcp_call(client, "header", "{\"name\":\"mcp-protocol-version\"}", &version);
    assert_reply(&version, "\"" MCP_PROTOCOL_VERSION "\"");
    mcp_close_client(client);
}

static void a_session_is_kept_and_ended(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply grown = {0};
    scoped_reply struct mcp_reply again = {0};
    scoped_reply struct mcp_reply goodbyes = {0};
    struct mcp_client *client = open_at("/mcp");
    mcp_call(client, "grow", "{}", &grown);
    mcp_call(client, "grown", "{}", &again);
    assert_reply(&again, "\"grown\"");
    mcp_close_client(client);
    client = open_at("/mcp");
    mcp_call(client, "goodbyes", "{}", &goodbyes);
    assert_reply(&goodbyes, "goodbyes: 1");
    mcp_close_client(client);
}

static void a_forgotten_session_fails_what_comes_next_and_is_opened_again(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply forget = {0};
    scoped_reply struct mcp_reply lost = {0};
    scoped_reply struct mcp_reply found = {0};
    struct mcp_client *client = open_at("/mcp");
    mcp_call(client, "forget", "{}", &forget);
    assert_reply(&forget, "forgotten");
    mcp_call(client, "echo", "{}", &lost);
    assert_failure(&lost, ERROR_GONE, "Session terminated");
    mcp_call(client, "echo", "{\"text\":\"back\"}", &found);
    assert_reply(&found, "back");
    mcp_close_client(client);
}

static void a_redirect_is_followed_to_the_same_server_only(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply moved = {0};
    scoped_reply struct mcp_reply away = {0};
    struct mcp_client *client = open_at("/moved/");
    mcp_call(client, "echo", "{\"text\":\"here\"}", &moved);
    assert_reply(&moved, "here");
    mcp_close_client(client);
    client = open_at("/away");
    mcp_call(client, "echo", "{}", &away);
    assert_failure(&away, ERROR_UNAVAILABLE, "to another one");
    mcp_close_client(client);
}

static void a_bad_status_is_told_with_its_body(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum error_code code;
        const char *text;
    } cases[] = {
        {"/status/401", ERROR_UNAUTHORIZED, "HTTP 401: no entry"},
        {"/status/403", ERROR_FORBIDDEN, "HTTP 403: no entry"},
        {"/status/404", ERROR_NOT_FOUND, "HTTP 404: no entry"},
        {"/status/500", ERROR_UNAVAILABLE, "HTTP 500: no entry"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_reply struct mcp_reply reply = {0};
        struct mcp_client *client = open_at(cases[i].path);
        mcp_call(client, "echo", "{}", &reply);
        assert_failure(&reply, cases[i].code, cases[i].text);
        mcp_close_client(client);
    }
}

static void an_answer_that_is_cut_or_no_json_fails_its_request_only(void **state)
{
    (void)state;
    static const char *const paths[] = {"/cut", "/garbage"};
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        scoped_reply struct mcp_reply cut = {0};
        scoped_reply struct mcp_reply list = {0};
        struct mcp_client *client = open_at(paths[i]);
        mcp_call(client, "echo", "{}", &cut);
        assert_failure(&cut, ERROR_UNAVAILABLE, "no answer that can be read");
        (void)mcp_client_request(client, STR("tools/list"), STR_NULL, 0, mcp_on_result, &list);
        mcp_await(&list);
        assert_reply(&list, "\"echo\"");
        mcp_close_client(client);
    }
}

static void a_stream_with_numbers_is_taken_up(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = open_at("/resume");
    mcp_call(client, "echo", "{\"text\":\"after all\"}", &reply);
    assert_reply(&reply, "after all");
    mcp_close_client(client);
}

static void a_message_that_is_too_long_fails(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = open_at("/mcp");
    mcp_call(client, "huge", "{\"bytes\":17000000}", &reply);
    assert_failure(&reply, ERROR_TOO_LARGE, "too long");
    mcp_close_client(client);
}

static void nobody_listening_is_a_failure(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = open_at("/mcp");
    peer_stop(&mcp_peer);
    mcp_call(client, "echo", "{}", &reply);
    assert_failure(&reply, ERROR_UNAVAILABLE, "127.0.0.1");
    mcp_close_client(client);
}

static void a_server_that_goes_away_fails_its_requests(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = open_at("/mcp");
    mcp_call(client, "exit", "{}", &reply);
    assert_failure(&reply, ERROR_UNAVAILABLE, "");
    mcp_close_client(client);
}

static void a_request_out_of_time_is_withdrawn(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply ready = {0};
    scoped_reply struct mcp_reply hanging = {0};
    scoped_reply struct mcp_reply cancelled = {0};
    struct mcp_client *client = open_at("/mcp");
    mcp_call(client, "echo", "{}", &ready);
    (void)mcp_client_request(client, STR("tools/call"), STR("{\"name\":\"hang\"}"), 20,
                             mcp_on_result, &hanging);
    mcp_await(&hanging);
    assert_failure(&hanging, ERROR_TIMEOUT, "did not answer in time");
    mcp_call(client, "cancelled", "{}", &cancelled);
    assert_reply(&cancelled, "[2]");
    mcp_close_client(client);
}

static void a_silent_server_is_given_up(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply reply = {0};
    const struct mcp_client_options options = {
        .name = STR("test"),
        .transport = {.loop = mcp_loop,
                      .kind = MCP_TRANSPORT_HTTP,
                      .http = mcp_http_client,
                      .url = mcp_url("/silent")},
        .start_timeout_ms = 100,
    };
    struct mcp_client *client = mcp_client_open(&options);
    mcp_call(client, "echo", "{}", &reply);
    assert_failure(&reply, ERROR_TIMEOUT, "did not start in time");
    mcp_close_client(client);
}

static void on_notification(void *owner, struct str method, struct str params)
{
    (void)params;
    buf_append(owner, method);
}

static void what_the_server_says_by_itself_comes(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply reply = {0};
    scoped_buf struct buf heard = {0};
    struct mcp_client *client = open_at("/mcp");
    mcp_client_on_notification(client, on_notification, &heard);
    mcp_call(client, "announce", "{}", &reply);
    while (heard.len == 0)
        assert_true(loop_step(mcp_loop));
    assert_string_equal(heard.data, "notifications/tools/list_changed");
    mcp_close_client(client);
}

static void closing_fails_what_waits(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply ready = {0};
    scoped_reply struct mcp_reply hanging = {0};
    struct mcp_client *client = open_at("/mcp");
    mcp_call(client, "echo", "{}", &ready);
    (void)mcp_start_call(client, "hang", "{}", &hanging);
    mcp_close_client(client);
    assert_failure(&hanging, ERROR_CANCELLED, "Connection closed");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mcp_open_web, mcp_close_web)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(streams_and_plain_json_are_answers),
        TEST(headers_of_the_configuration_are_sent),
        TEST(a_session_is_kept_and_ended),
        TEST(a_forgotten_session_fails_what_comes_next_and_is_opened_again),
        TEST(a_redirect_is_followed_to_the_same_server_only),
        TEST(a_bad_status_is_told_with_its_body),
        TEST(an_answer_that_is_cut_or_no_json_fails_its_request_only),
        TEST(a_stream_with_numbers_is_taken_up),
        TEST(a_message_that_is_too_long_fails),
        TEST(nobody_listening_is_a_failure),
        TEST(a_server_that_goes_away_fails_its_requests),
        TEST(a_request_out_of_time_is_withdrawn),
        TEST(a_silent_server_is_given_up),
        TEST(what_the_server_says_by_itself_comes),
        TEST(closing_fails_what_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
