#include "plugins/mcp/mcp_client.h"

#include "tests/support/mcp.h"

static void a_server_answers_and_stays_warm(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply echo = {0};
    scoped_reply struct mcp_reply first = {0};
    scoped_reply struct mcp_reply second = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    mcp_call(client, "echo", "{\"text\":\"h\\u00e9\"}", &echo);
    assert_reply(&echo, "\"text\":\"h\xc3\xa9\"");
    mcp_call(client, "pid", "{}", &first);
    mcp_call(client, "pid", "{}", &second);
    assert_string_equal(first.result.data, second.result.data);
    mcp_close_client(client);
}

static void the_handshake_tells_who_the_server_is(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--name", "librarian", NULL};
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = mcp_open_client(arguments);
    assert_false(str_is_set(mcp_client_server(client)));
    assert_false(mcp_client_is_ready(client));
    mcp_call(client, "echo", "{}", &reply);
    assert_true(mcp_client_is_ready(client));
    assert_true(str_contains(mcp_client_server(client), STR("\"librarian\"")));
    mcp_close_client(client);
}

static void requests_made_before_the_start_are_answered_in_any_order(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply waiting = {0};
    scoped_reply struct mcp_reply quick = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    (void)mcp_start_call(client, "wait", "{}", &waiting);
    (void)mcp_start_call(client, "echo", "{\"text\":\"first\"}", &quick);
    mcp_await(&quick);
    assert_reply(&quick, "first");
    mcp_await(&waiting);
    assert_true(quick.place < waiting.place);
    assert_reply(&waiting, "second");
    mcp_close_client(client);
}

static void errors_of_the_protocol_come_as_they_are(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    mcp_call(client, "refuse", "{\"text\":\"not today\"}", &reply);
    assert_reply(&reply, "\"message\":\"not today\"");
    assert_true(reply.is_error);
    mcp_close_client(client);
}

static void children_get_the_given_environment_only(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply given = {0};
    scoped_reply struct mcp_reply ours = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    mcp_call(client, "environment", "{\"name\":\"GREETING\"}", &given);
    assert_reply(&given, "good day");
    mcp_call(client, "environment", "{\"name\":\"HOME\"}", &ours);
    assert_reply(&ours, "(unset)");
    mcp_close_client(client);
}

static void a_server_that_dies_at_start_fails_with_its_last_words(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--die", "no such database", NULL};
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = mcp_open_client(arguments);
    mcp_call(client, "echo", "{}", &reply);
    assert_failure(&reply, ERROR_UNAVAILABLE, "Connection closed (exit code 1): no such database");
    mcp_close_client(client);
}

static void a_program_that_is_not_there_fails_later_not_inside_the_call(void **state)
{
    (void)state;
    static const char *const argv[] = {"/nowhere/server", NULL};
    static const char *const env[] = {NULL};
    scoped_reply struct mcp_reply reply = {0};
    const struct mcp_client_options options = {
        .name = STR("test"),
        .transport = {.loop = mcp_loop, .processes = mcp_processes, .argv = argv, .env = env},
    };
    struct mcp_client *client = mcp_client_open(&options);
    (void)mcp_start_call(client, "echo", "{}", &reply);
    assert_int_equal(reply.count, 0);
    mcp_await(&reply);
    assert_failure(&reply, ERROR_NOT_FOUND, "'/nowhere/server'");
    mcp_close_client(client);
}

static void a_refused_handshake_is_a_failure(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--refuse", "wrong licence", NULL};
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = mcp_open_client(arguments);
    mcp_call(client, "echo", "{}", &reply);
    assert_failure(&reply, ERROR_UNAVAILABLE, "wrong licence");
    mcp_close_client(client);
}

/* Opens a client whose start may take that long. */
static struct mcp_client *open_hasty(const char *const *arguments, uint64_t start_timeout_ms)
{
    mcp_command(arguments);
    const struct mcp_client_options options = {
        .name = STR("test"),
        .transport = {.loop = mcp_loop,
                      .processes = mcp_processes,
                      .argv = mcp_argv,
                      .env = mcp_env},
        .start_timeout_ms = start_timeout_ms,
    };
    return mcp_client_open(&options);
}

static void a_server_that_never_answers_is_given_up(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--mute", NULL};
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = open_hasty(arguments, 100);
    mcp_call(client, "echo", "{}", &reply);
    assert_failure(&reply, ERROR_TIMEOUT, "did not start");
    mcp_close_client(client);
}

static void a_server_that_floods_is_given_up(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--flood", NULL};
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = open_hasty(arguments, 300);
    mcp_call(client, "echo", "{}", &reply);
    assert_failure(&reply, ERROR_TIMEOUT, "did not start");
    mcp_close_client(client);
}

static void a_request_out_of_time_fails_and_the_server_is_told(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply ready = {0};
    scoped_reply struct mcp_reply hanging = {0};
    scoped_reply struct mcp_reply cancelled = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    mcp_call(client, "echo", "{}", &ready);
    (void)mcp_client_request(client, STR("tools/call"), STR("{\"name\":\"hang\"}"), 20,
                             mcp_on_result, &hanging);
    mcp_await(&hanging);
    assert_failure(&hanging, ERROR_TIMEOUT, "did not answer in time");
    mcp_call(client, "cancelled", "{}", &cancelled);
    assert_reply(&cancelled, "[2]");
    mcp_close_client(client);
}

static void a_cancelled_request_calls_nobody_and_the_server_is_told(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply ready = {0};
    scoped_reply struct mcp_reply hanging = {0};
    scoped_reply struct mcp_reply cancelled = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    mcp_call(client, "echo", "{}", &ready);
    mcp_client_cancel(client, mcp_start_call(client, "hang", "{}", &hanging));
    mcp_client_cancel(client, 4711);
    mcp_call(client, "cancelled", "{}", &cancelled);
    assert_reply(&cancelled, "[2]");
    mcp_close_client(client);
    assert_int_equal(hanging.count, 0);
}

static void a_request_cancelled_before_the_start_is_never_sent(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply exiting = {0};
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    mcp_client_cancel(client, mcp_start_call(client, "exit", "{}", &exiting));
    mcp_call(client, "echo", "{\"text\":\"alive\"}", &reply);
    assert_reply(&reply, "alive");
    mcp_close_client(client);
    assert_int_equal(exiting.count, 0);
}

static void a_server_that_exits_in_the_middle_is_started_again(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply hanging = {0};
    scoped_reply struct mcp_reply exiting = {0};
    scoped_reply struct mcp_reply again = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    (void)mcp_start_call(client, "hang", "{}", &hanging);
    mcp_call(client, "exit", "{\"code\":3}", &exiting);
    assert_failure(&exiting, ERROR_UNAVAILABLE, "Connection closed (exit code 3)");
    assert_failure(&hanging, ERROR_UNAVAILABLE, "Connection closed");
    assert_false(mcp_client_is_ready(client));
    mcp_call(client, "echo", "{\"text\":\"back\"}", &again);
    assert_reply(&again, "back");
    mcp_close_client(client);
}

static void what_the_server_asks_for_is_refused(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    mcp_call(client, "roots", "{}", &reply);
    assert_reply(&reply, "Method not found");
    mcp_close_client(client);
}

static void an_answer_that_comes_twice_counts_once(void **state)
{
    (void)state;
    scoped_reply struct mcp_reply twice = {0};
    scoped_reply struct mcp_reply next = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    mcp_call(client, "twice", "{}", &twice);
    mcp_call(client, "echo", "{}", &next);
    assert_int_equal(twice.count, 1);
    assert_reply(&twice, "\"once\"");
    mcp_close_client(client);
}

struct notification {
    unsigned count;
    struct buf text;
};

static void on_notification(void *owner, struct str method, struct str params)
{
    struct notification *notification = owner;
    notification->count++;
    buf_printf(&notification->text, "%.*s %.*s\n", STR_ARG(method), STR_ARG(params));
}

static void notifications_are_passed_on_before_the_answer(void **state)
{
    (void)state;
    struct notification notification = {0};
    scoped_reply struct mcp_reply logged = {0};
    scoped_reply struct mcp_reply grown = {0};
    struct mcp_client *client = mcp_open_client(NULL);
    mcp_client_on_notification(client, on_notification, &notification);
    mcp_call(client, "log", "{\"text\":\"look\"}", &logged);
    mcp_call(client, "grow", "{}", &grown);
    assert_int_equal(notification.count, 2);
    assert_string_equal(notification.text.data,
                        "notifications/message {\"level\":\"info\",\"data\":\"look\"}\n"
                        "notifications/tools/list_changed {}\n");
    mcp_close_client(client);
    buf_fini(&notification.text);
}

static void more_requests_than_may_wait_fail(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--mute", NULL};
    scoped_reply struct mcp_reply waiting = {0};
    scoped_reply struct mcp_reply last = {0};
    struct mcp_client *client = mcp_open_client(arguments);
    for (size_t i = 0; i < MCP_MAX_PENDING; i++)
        (void)mcp_start_call(client, "echo", "{}", &waiting);
    mcp_call(client, "echo", "{}", &last);
    assert_failure(&last, ERROR_LIMIT, "too many requests");
    assert_int_equal(waiting.count, 0);
    mcp_close_client(client);
    assert_int_equal(waiting.count, MCP_MAX_PENDING);
    assert_failure(&waiting, ERROR_CANCELLED, "Connection closed");
}

/* Asks again inside each answer, until it has failed often enough. */
struct stubborn {
    struct mcp_client *client;
    unsigned count;
    bool is_closed;
};

static void ask_again(void *owner, struct str result, bool is_error, const struct error *error)
{
    (void)result;
    (void)is_error;
    struct stubborn *stubborn = owner;
    assert_non_null(error);
    if (++stubborn->count < 5)
        (void)mcp_client_request(stubborn->client, STR("ping"), STR_NULL, 0, ask_again, stubborn);
    else
        mcp_client_close(stubborn->client, mcp_note_closed, &stubborn->is_closed);
}

static void who_asks_again_inside_an_answer_gets_another_one(void **state)
{
    (void)state;
    static const char *const argv[] = {"/nowhere/server", NULL};
    static const char *const env[] = {NULL};
    const struct mcp_client_options options = {
        .name = STR("test"),
        .transport = {.loop = mcp_loop, .processes = mcp_processes, .argv = argv, .env = env},
    };
    struct stubborn stubborn = {.client = mcp_client_open(&options)};
    (void)mcp_client_request(stubborn.client, STR("ping"), STR_NULL, 0, ask_again, &stubborn);
    while (!stubborn.is_closed)
        assert_true(loop_step(mcp_loop));
    assert_int_equal(stubborn.count, 5);
}

static void a_version_that_is_not_known_is_refused(void **state)
{
    (void)state;
    static const char *const arguments[] = {"--version", "1999-01-01", NULL};
    scoped_reply struct mcp_reply reply = {0};
    struct mcp_client *client = mcp_open_client(arguments);
    mcp_call(client, "echo", "{}", &reply);
    assert_failure(&reply, ERROR_UNAVAILABLE, "version of the protocol");
    mcp_close_client(client);
}

static void a_client_that_was_never_used_closes(void **state)
{
    (void)state;
    mcp_close_client(mcp_open_client(NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mcp_open_loop, mcp_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_server_answers_and_stays_warm),
        TEST(the_handshake_tells_who_the_server_is),
        TEST(requests_made_before_the_start_are_answered_in_any_order),
        TEST(errors_of_the_protocol_come_as_they_are),
        TEST(children_get_the_given_environment_only),
        TEST(a_server_that_dies_at_start_fails_with_its_last_words),
        TEST(a_program_that_is_not_there_fails_later_not_inside_the_call),
        TEST(a_refused_handshake_is_a_failure),
        TEST(a_server_that_never_answers_is_given_up),
        TEST(a_server_that_floods_is_given_up),
        TEST(a_request_out_of_time_fails_and_the_server_is_told),
        TEST(a_cancelled_request_calls_nobody_and_the_server_is_told),
        TEST(a_request_cancelled_before_the_start_is_never_sent),
        TEST(a_server_that_exits_in_the_middle_is_started_again),
        TEST(what_the_server_asks_for_is_refused),
        TEST(an_answer_that_comes_twice_counts_once),
        TEST(notifications_are_passed_on_before_the_answer),
        TEST(more_requests_than_may_wait_fail),
        TEST(who_asks_again_inside_an_answer_gets_another_one),
        TEST(a_version_that_is_not_known_is_refused),
        TEST(a_client_that_was_never_used_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
