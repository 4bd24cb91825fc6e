#include "plugins/mcp/jsonrpc.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "tests/support/test.h"

static struct doc *doc;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    doc = NULL;
    out = (struct buf){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    doc_free(doc);
    buf_fini(&out);
    return 0;
}

static bool read_text(const char *text, struct jsonrpc_message *message)
{
    struct doc_error error;
    doc_free(doc);
    doc = doc_parse(str_from(text), &error);
    assert_non_null(doc);
    return jsonrpc_read(doc_root(doc), message);
}

static void assert_text(struct str text, const char *expected)
{
    if (!str_equal(text, str_from(expected)))
        fail_msg("'%.*s' is not '%s'", STR_ARG(text), expected);
}

static void a_request_has_a_method_and_an_id(void **state)
{
    (void)state;
    struct jsonrpc_message message;
    assert_true(read_text("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\",\"params\":{\"a\":1}}",
                          &message));
    assert_int_equal(message.kind, JSONRPC_REQUEST);
    assert_int_equal(doc_int(message.id), 7);
    assert_text(message.method, "ping");
    assert_int_equal(doc_count(message.params), 1);
}

static void ids_may_be_strings(void **state)
{
    (void)state;
    struct jsonrpc_message message;
    assert_true(read_text("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"ping\"}", &message));
    assert_int_equal(message.kind, JSONRPC_REQUEST);
    assert_text(doc_string(message.id), "x");
    assert_null(message.params);
}

static void a_method_without_an_id_that_can_be_answered_is_a_notification(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"jsonrpc\":\"2.0\",\"method\":\"n\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"n\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"n\",\"params\":null}",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct jsonrpc_message message;
        assert_true(read_text(texts[i], &message));
        assert_int_equal(message.kind, JSONRPC_NOTIFICATION);
        assert_null(message.id);
    }
}

static void answers_are_results_or_errors(void **state)
{
    (void)state;
    struct jsonrpc_message message;
    assert_true(read_text("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":2}}", &message));
    assert_int_equal(message.kind, JSONRPC_RESULT);
    assert_int_equal(doc_count(message.outcome), 1);
    assert_true(read_text(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-5,\"message\":\"no\"}}", &message));
    assert_int_equal(message.kind, JSONRPC_ERROR);
    assert_int_equal(jsonrpc_error_code(message.outcome), -5);
    assert_text(jsonrpc_error_text(message.outcome), "no");
}

static void everything_else_is_no_message(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "42",
        "[]",
        "{}",
        "{\"id\":1,\"method\":\"m\"}",
        "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"m\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":[1]}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1}",
        "{\"jsonrpc\":\"2.0\",\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":\"no\"}",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct jsonrpc_message message;
        if (read_text(texts[i], &message))
            fail_msg("taken as a message: %s", texts[i]);
    }
}

static void what_is_written_is_one_line(void **state)
{
    (void)state;
    jsonrpc_write_request(&out, 3, STR("tools/call"), STR("{\"name\":\"x\"}"));
    assert_text(buf_str(&out), "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\","
                               "\"params\":{\"name\":\"x\"}}");
    buf_clear(&out);
    jsonrpc_write_notification(&out, STR("n"), STR_NULL);
    assert_text(buf_str(&out), "{\"jsonrpc\":\"2.0\",\"method\":\"n\"}");
    buf_clear(&out);
    jsonrpc_write_result(&out, STR("\"a\""), STR("{}"));
    assert_text(buf_str(&out), "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{}}");
    buf_clear(&out);
    jsonrpc_write_error(&out, STR("1"), JSONRPC_UNKNOWN_METHOD, STR("a\nb"));
    assert_text(buf_str(&out), "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,"
                               "\"message\":\"a\\nb\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_has_a_method_and_an_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ids_may_be_strings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_method_without_an_id_that_can_be_answered_is_a_notification, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_are_results_or_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(everything_else_is_no_message, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_written_is_one_line, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
