#include "plugins/mcp/mcp_servers.h"

#include "server/base/json.h"
#include "tests/support/mcp_web.h"

/* What happened to the servers that are open. */
struct witness {
    unsigned started;
    unsigned changed;
    struct mcp_servers *servers;
};

struct outcome {
    unsigned count;
    bool has_failed;
    bool is_error;
    enum mcp_block_kind kind;
    struct buf text;
};

static struct witness witness;

static void on_started(void *owner)
{
    struct witness *seen = owner;
    seen->started++;
}

static void on_tools_changed(void *owner)
{
    struct witness *seen = owner;
    seen->changed++;
}

static bool find_secret(void *owner, struct str name, struct buf *out)
{
    (void)owner;
    if (!str_equal(name, STR("TOKEN")))
        return false;
    buf_append(out, STR("s3cret"));
    return true;
}

/* In a configuration, @S stands for the script of a child, @W for the address of the peer. */
static void append_config(struct buf *out, struct str text)
{
    size_t at;
    while ((at = str_find_byte(text, '@')) != SIZE_MAX) {
        buf_append(out, str_slice(text, 0, at));
        if (str_starts_with(str_skip(text, at), STR("@S")))
            buf_append(out, str_from(mcp_script_path()));
        else
            buf_append(out, str_from(mcp_url("")));
        text = str_skip(text, at + 2);
    }
    buf_append(out, text);
}

static void open_servers(const char *text, uint64_t start_timeout_ms)
{
    static const struct mcp_servers_events events = {.on_started = on_started,
                                                     .on_tools_changed = on_tools_changed};
    struct doc_error problem;
    scoped_buf struct buf json = {0};
    append_config(&json, str_from(text));
    mcp_command(NULL); /* for the environment */
    struct doc *config = doc_parse(buf_str(&json), &problem);
    assert_non_null(config);
    const struct mcp_servers_options options = {
        .loop = mcp_loop,
        .processes = mcp_processes,
        .http = mcp_http_client,
        .env = mcp_env,
        .config = doc_root(config),
        .find_secret = find_secret,
        .start_timeout_ms = start_timeout_ms,
    };
    witness = (struct witness){0};
    witness.servers = mcp_servers_open(&options, &events, &witness);
    assert_int_equal(witness.started, 0);
    doc_free(config);
}

static void start_servers(const char *text)
{
    open_servers(text, 0);
    while (witness.started == 0)
        assert_true(loop_step(mcp_loop));
    assert_true(mcp_servers_have_started(witness.servers));
}

static void close_servers(void)
{
    bool is_closed = false;
    mcp_servers_close(witness.servers, mcp_note_closed, &is_closed);
    assert_false(is_closed);
    while (!is_closed)
        assert_true(loop_step(mcp_loop));
}

static void on_result(void *owner, const struct mcp_call_result *result)
{
    struct outcome *outcome = owner;
    outcome->count++;
    outcome->has_failed = result->has_failed;
    outcome->is_error = result->is_error;
    assert_true(result->content.count > 0);
    outcome->kind = result->content.blocks[0].kind;
    buf_clear(&outcome->text);
    buf_append(&outcome->text, result->content.blocks[0].text);
}

static void await(const struct outcome *outcome)
{
    while (outcome->count == 0)
        assert_true(loop_step(mcp_loop));
}

static void call(const char *tool, const char *arguments, struct outcome *outcome)
{
    outcome->count = 0;
    (void)mcp_servers_call(witness.servers, str_from(tool), str_from(arguments), 0, on_result,
                           outcome);
    assert_int_equal(outcome->count, 0);
    await(outcome);
}

static void outcome_fini(struct outcome *outcome)
{
    buf_fini(&outcome->text);
}
#define scoped_outcome __attribute__((cleanup(outcome_fini)))

static void assert_skipped(size_t index, const char *server, const char *reason)
{
    assert_true(index < mcp_servers_skipped_count(witness.servers));
    const struct mcp_skipped skipped = mcp_servers_skipped(witness.servers, index);
    assert_true(str_equal(skipped.server, str_from(server)));
    if (!str_contains(skipped.reason, str_from(reason)))
        fail_msg("'%s' is not in: %.*s", reason, STR_ARG(skipped.reason));
}

static bool has_tool(const char *name)
{
    return mcp_servers_find_tool(witness.servers, str_from(name)) != NULL;
}

#define CHILD(more) "{\"command\":\"python3\",\"args\":[\"@S\"" more "]}"

static void one_server_keeps_the_names_of_its_tools(void **state)
{
    (void)state;
    scoped_outcome struct outcome outcome = {0};
    start_servers("{\"a\":" CHILD(",\"--page\",\"3\"") "}");
    assert_int_equal(mcp_servers_tool_count(witness.servers), 19);
    const struct mcp_tool *tool = mcp_servers_tool(witness.servers, 0);
    assert_true(str_equal(tool->name, STR("echo")));
    assert_true(str_equal(tool->description, STR("Gives its text back")));
    assert_true(str_starts_with(tool->input_schema, STR("{\"type\":\"object\"")));
    call("echo", "{\"text\":\"hello\"}", &outcome);
    assert_string_equal(outcome.text.data, "hello");
    assert_false(outcome.is_error);
    close_servers();
}

static void several_servers_put_their_names_in_front(void **state)
{
    (void)state;
    scoped_outcome struct outcome outcome = {0};
    start_servers("{\"a\":" CHILD("") ",\"web\":{\"url\":\"@W/mcp\"},"
                                      "\"old\":{\"url\":\"@W/sse\"}}");
    assert_true(has_tool("a_echo"));
    assert_true(has_tool("web_header"));
    assert_true(has_tool("old_header"));
    assert_true(str_contains(mcp_servers_find_tool(witness.servers, STR("a_echo"))->json,
                             STR("\"name\":\"a_echo\"")));
    call("old_echo", "{\"text\":\"by SSE\"}", &outcome);
    assert_string_equal(outcome.text.data, "by SSE");
    call("web_echo", "{\"text\":\"by HTTP\"}", &outcome);
    assert_string_equal(outcome.text.data, "by HTTP");
    close_servers();
}

static void a_server_that_does_not_start_is_skipped_with_its_reason(void **state)
{
    (void)state;
    start_servers("{\"bad\":{\"command\":\"/nowhere/server\"},\"good\":" CHILD(
        "") ","
            "\"dead\":" CHILD(
                ",\"--die\",\"no database\"") ","
                                              "\"refused\":{\"url\":\"@W/status/401\"},"
                                              "\"vague\":{\"description\":\"nothing\"},"
                                              "\"off\":{\"command\":\"/"
                                              "nowhere\",\"enabled\":false}}");
    assert_true(has_tool("good_echo"));
    assert_int_equal(mcp_servers_tool_count(witness.servers), 19);
    assert_int_equal(mcp_servers_skipped_count(witness.servers), 4);
    assert_skipped(0, "bad", "/nowhere/server");
    assert_skipped(1, "dead", "no database");
    assert_skipped(2, "refused", "HTTP 401");
    assert_skipped(3, "vague", "no command");
    close_servers();
}

static void a_server_that_is_switched_off_does_not_count(void **state)
{
    (void)state;
    start_servers("{\"a\":" CHILD("") ",\"off\":{\"command\":\"x\",\"enabled\":false}}");
    assert_true(has_tool("echo"));
    assert_int_equal(mcp_servers_skipped_count(witness.servers), 0);
    close_servers();
}

static void a_slow_server_is_skipped_when_its_time_is_over(void **state)
{
    (void)state;
    open_servers("{\"slow\":" CHILD(",\"--mute\"") ",\"mute\":{\"url\":\"@W/silent\"}}", 100);
    while (witness.started == 0)
        assert_true(loop_step(mcp_loop));
    assert_skipped(0, "slow", "did not start in time");
    assert_skipped(1, "mute", "did not start in time");
    close_servers();
}

static void no_configuration_starts_later_without_tools(void **state)
{
    (void)state;
    start_servers("{}");
    assert_int_equal(mcp_servers_tool_count(witness.servers), 0);
    close_servers();
    start_servers("{\"mcpServers\":{\"a\":" CHILD("") "}}");
    assert_true(has_tool("echo"));
    close_servers();
}

static void secrets_reach_environment_and_headers(void **state)
{
    (void)state;
    scoped_outcome struct outcome outcome = {0};
    start_servers("{\"a\":{\"command\":\"python3\",\"args\":[\"@S\"],"
                  "\"env\":{\"KEY\":\"<${TOKEN}>\",\"OTHER\":\"${NONE:-default}\"}},"
                  "\"b\":{\"url\":\"@W/mcp\",\"auth\":{\"strategy\":\"bearer\","
                  "\"value\":\"${TOKEN}\"}}}");
    call("a_environment", "{\"name\":\"KEY\"}", &outcome);
    assert_string_equal(outcome.text.data, "<s3cret>");
    call("a_environment", "{\"name\":\"OTHER\"}", &outcome);
    assert_string_equal(outcome.text.data, "default");
    call("a_environment", "{\"name\":\"GREETING\"}", &outcome);
    assert_string_equal(outcome.text.data, "(unset)");
    call("b_header", "{\"name\":\"authorization\"}", &outcome);
    assert_string_equal(outcome.text.data, "Bearer s3cret");
    close_servers();
}

static void failures_of_calls_are_worded_for_the_model(void **state)
{
    (void)state;
    scoped_outcome struct outcome outcome = {0};
    start_servers("{\"a\":" CHILD("") "}");
    call("fail", "{\"text\":\"disk full\"}", &outcome);
    assert_string_equal(outcome.text.data, "disk full");
    assert_true(outcome.is_error && !outcome.has_failed);
    call("refuse", "{\"text\":\"not today\"}", &outcome);
    assert_string_equal(outcome.text.data, "Error calling MCP tool refuse: not today");
    assert_true(outcome.has_failed);
    call("none", "{}", &outcome);
    assert_string_equal(outcome.text.data, "Error calling MCP tool none: there is no such tool");
    call("exit", "{\"code\":3}", &outcome);
    assert_string_equal(outcome.text.data,
                        "Error calling MCP tool exit: Connection closed (exit code 3)");
    call("echo", "{\"text\":\"back\"}", &outcome);
    assert_string_equal(outcome.text.data, "back");
    close_servers();
}

static void a_call_out_of_time_says_so(void **state)
{
    (void)state;
    scoped_outcome struct outcome outcome = {0};
    start_servers("{\"a\":" CHILD("") "}");
    (void)mcp_servers_call(witness.servers, STR("hang"), STR_NULL, 500, on_result, &outcome);
    await(&outcome);
    assert_true(str_starts_with(buf_str(&outcome.text),
                                STR("MCP tool 'hang' timed out after 0.5 seconds. The tool")));
    close_servers();
}

static void a_server_that_does_not_come_back_is_told(void **state)
{
    (void)state;
    scoped_outcome struct outcome outcome = {0};
    start_servers("{\"old\":{\"url\":\"@W/sse\"}}");
    call("drop", "{}", &outcome);
    assert_true(outcome.has_failed);
    peer_stop(&mcp_peer);
    call("echo", "{}", &outcome);
    assert_true(str_starts_with(
        buf_str(&outcome.text),
        STR("MCP client not connected for tool 'echo'. Reconnection attempt failed: ")));
    close_servers();
}

static void a_call_after_a_forgotten_session_is_made_again(void **state)
{
    (void)state;
    scoped_outcome struct outcome outcome = {0};
    start_servers("{\"web\":{\"url\":\"@W/mcp\"}}");
    call("forget", "{}", &outcome);
    call("echo", "{\"text\":\"again\"}", &outcome);
    assert_string_equal(outcome.text.data, "again");
    close_servers();
}

static void changed_lists_are_read_again(void **state)
{
    (void)state;
    static const char *const configs[] = {"{\"a\":" CHILD("") "}",
                                          "{\"web\":{\"url\":\"@W/mcp\"}}"};
    static const char *const tools[] = {"grow", "announce"};
    static const char *const added[] = {"grown", "announced"};
    for (size_t i = 0; i < ARRAY_SIZE(configs); i++) {
        scoped_outcome struct outcome outcome = {0};
        start_servers(configs[i]);
        assert_false(has_tool(added[i]));
        call(tools[i], "{}", &outcome);
        while (witness.changed == 0)
            assert_true(loop_step(mcp_loop));
        assert_true(has_tool(added[i]));
        close_servers();
    }
}

static void names_that_two_servers_give_are_told(void **state)
{
    (void)state;
    start_servers("{\"web\":{\"url\":\"@W/names/b_echo\"},\"web_b\":{\"url\":\"@W/names/echo\"}}");
    assert_true(str_equal(mcp_servers_duplicate(witness.servers), STR("web_b_echo")));
    assert_int_equal(mcp_servers_tool_count(witness.servers), 1);
    close_servers();
}

static void a_cancelled_call_calls_nobody(void **state)
{
    (void)state;
    scoped_outcome struct outcome hanging = {0};
    scoped_outcome struct outcome unknown = {0};
    scoped_outcome struct outcome next = {0};
    start_servers("{\"a\":" CHILD("") "}");
    mcp_call_cancel(
        mcp_servers_call(witness.servers, STR("hang"), STR_NULL, 0, on_result, &hanging));
    mcp_call_cancel(
        mcp_servers_call(witness.servers, STR("none"), STR_NULL, 0, on_result, &unknown));
    call("echo", "{}", &next);
    assert_int_equal(hanging.count + unknown.count, 0);
    close_servers();
}

static void closing_fails_calls_and_ends_children(void **state)
{
    (void)state;
    scoped_outcome struct outcome hanging = {0};
    start_servers("{\"a\":" CHILD("") ",\"b\":{\"url\":\"@W/mcp\"}}");
    (void)mcp_servers_call(witness.servers, STR("a_hang"), STR_NULL, 0, on_result, &hanging);
    close_servers();
    assert_int_equal(hanging.count, 1);
    assert_true(hanging.has_failed);
    assert_int_equal(processes_running(mcp_processes), 0);
}

static void closing_while_they_start_tells_nobody(void **state)
{
    (void)state;
    open_servers("{\"a\":" CHILD("") ",\"b\":{\"url\":\"@W/mcp\"}}", 0);
    close_servers();
    assert_int_equal(witness.started, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mcp_open_web, mcp_close_web)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_server_keeps_the_names_of_its_tools),
        TEST(several_servers_put_their_names_in_front),
        TEST(a_server_that_does_not_start_is_skipped_with_its_reason),
        TEST(a_server_that_is_switched_off_does_not_count),
        TEST(a_slow_server_is_skipped_when_its_time_is_over),
        TEST(no_configuration_starts_later_without_tools),
        TEST(secrets_reach_environment_and_headers),
        TEST(failures_of_calls_are_worded_for_the_model),
        TEST(a_call_out_of_time_says_so),
        TEST(a_server_that_does_not_come_back_is_told),
        TEST(a_call_after_a_forgotten_session_is_made_again),
        TEST(changed_lists_are_read_again),
        TEST(names_that_two_servers_give_are_told),
        TEST(a_cancelled_call_calls_nobody),
        TEST(closing_fails_calls_and_ends_children),
        TEST(closing_while_they_start_tells_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
