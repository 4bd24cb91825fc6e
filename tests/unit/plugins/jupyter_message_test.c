#include "plugins/jupyter/message.h"

#include "server/base/error.h"
#include "server/base/json.h"
#include "tests/support/test.h"

#define MAX_PARTS 12

/* A message of parts that are given as texts, NULL-terminated. */
static bool read_parts(const char *const *texts, struct jupyter_message *message,
                       struct error *error)
{
    struct str parts[MAX_PARTS];
    size_t count = 0;
    for (; texts[count] != NULL; count++)
        parts[count] = str_from(texts[count]);
    struct jupyter_frame frame;
    return jupyter_frame_find(parts, count, &frame) && jupyter_message_read(&frame, message, error);
}

static void a_message_is_found_behind_its_addresses_and_before_its_buffers(void **state)
{
    (void)state;
    struct jupyter_message message;
    struct error error;
    const char *const parts[] = {"topic",
                                 "another",
                                 "<IDS|MSG>",
                                 "signature",
                                 "{\"msg_type\":\"stream\"}",
                                 "{\"msg_id\":\"7\"}",
                                 "{}",
                                 "{\"text\":\"hi\"}",
                                 "buffer",
                                 NULL};
    assert_true(read_parts(parts, &message, &error));
    assert_true(str_equal(message.type, STR("stream")));
    assert_true(str_equal(message.parent_id, STR("7")));
    assert_true(str_equal(jupyter_message_text(&message, "text"), STR("hi")));
    jupyter_message_fini(&message);
}

static void what_is_missing_is_empty(void **state)
{
    (void)state;
    struct jupyter_message message;
    struct error error;
    const char *const parts[] = {"<IDS|MSG>", "", "{\"msg_type\":3}", "{}", "{}", "{}", NULL};
    assert_true(read_parts(parts, &message, &error));
    assert_int_equal(message.type.len, 0);
    assert_int_equal(message.parent_id.len, 0);
    assert_int_equal(jupyter_message_text(&message, "text").len, 0);
    jupyter_message_fini(&message);
}

static void half_characters_are_repaired(void **state)
{
    (void)state;
    struct jupyter_message message;
    struct error error;
    const char *const parts[] = {"<IDS|MSG>", "", "{}", "{}", "{}", "{\"text\":\"a\xc3\"}", NULL};
    assert_true(read_parts(parts, &message, &error));
    assert_true(str_equal(jupyter_message_text(&message, "text"), STR("a\xef\xbf\xbd")));
    jupyter_message_fini(&message);
}

static void too_few_parts_are_no_message(void **state)
{
    (void)state;
    static const char *const cases[][MAX_PARTS] = {
        {NULL},
        {"a", NULL},
        {"<IDS|MSG>", NULL},
        {"<IDS|MSG>", "", "{}", "{}", "{}", NULL},
        {"", "{}", "{}", "{}", "{}", "{}", "<IDS|MSG>", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct jupyter_message message;
        assert_false(read_parts(cases[i], &message, NULL));
    }
}

static void a_part_that_is_no_object_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *parts[MAX_PARTS];
        const char *text;
    } cases[] = {
        {{"<IDS|MSG>", "", "[]", "{}", "{}", "{}"},
         "the header of a kernel's message is no JSON object"},
        {{"<IDS|MSG>", "", "{}", "", "{}", "{}"},
         "the parent of a kernel's message is no JSON object"},
        {{"<IDS|MSG>", "", "{}", "{}", "{}", "{"},
         "the content of a kernel's message is no JSON object"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct jupyter_message message;
        struct error error;
        assert_false(read_parts(cases[i].parts, &message, &error));
        assert_string_equal(error.text, cases[i].text);
    }
}

static void a_request_carries_its_id_its_session_and_its_content(void **state)
{
    (void)state;
    struct jupyter_request request;
    struct doc_error ignored;
    const struct id session = id_new();
    jupyter_request_init(&request, "execute_request", session, STR("{\"code\":\"1\"}"));
    struct doc *header = doc_parse(buf_str(&request.json[0]), &ignored);
    const struct doc_value *root = doc_root(header);
    assert_true(
        str_equal(doc_string(doc_find(root, STR("msg_id"))), str_from(id_hex(request.id).text)));
    assert_true(
        str_equal(doc_string(doc_find(root, STR("session"))), str_from(id_hex(session).text)));
    assert_true(str_equal(doc_string(doc_find(root, STR("msg_type"))), STR("execute_request")));
    assert_true(str_equal(doc_string(doc_find(root, STR("version"))), STR("5.3")));
    assert_string_equal(request.json[1].data, "{}");
    assert_string_equal(request.json[2].data, "{}");
    assert_string_equal(request.json[3].data, "{\"code\":\"1\"}");
    doc_free(header);
    jupyter_request_fini(&request);
}

static void code_is_executed_without_history_and_without_input(void **state)
{
    (void)state;
    scoped_buf struct buf content = {0};
    jupyter_execute_content(STR("print('\"')\n"), true, &content);
    assert_string_equal(content.data,
                        "{\"code\":\"print('\\\"')\\n\",\"silent\":true,\"store_history\":false,"
                        "\"user_expressions\":{},\"allow_stdin\":false,\"stop_on_error\":false}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_found_behind_its_addresses_and_before_its_buffers),
        cmocka_unit_test(what_is_missing_is_empty),
        cmocka_unit_test(half_characters_are_repaired),
        cmocka_unit_test(too_few_parts_are_no_message),
        cmocka_unit_test(a_part_that_is_no_object_is_named),
        cmocka_unit_test(a_request_carries_its_id_its_session_and_its_content),
        cmocka_unit_test(code_is_executed_without_history_and_without_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
