#include "api/v1/init_body.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/base/schema.h"
#include "server/config/config.h"
#include "tests/support/test.h"

static struct doc *parse(const char *text)
{
    struct doc_error at;
    struct doc *doc = doc_parse(str_from(text), &at);
    assert_non_null(doc);
    return doc;
}

static void expect_items(const char *body, const char *items)
{
    struct doc *doc = parse(body);
    struct arena arena = {0};
    struct issues issues;
    scoped_buf struct buf out = {0};
    issues_init(&issues, &out);
    init_body_check(doc_root(doc), &arena, &issues);
    assert_string_equal(out.data, items);
    arena_fini(&arena);
    doc_free(doc);
}

static void expect_changes(const struct config *config, const char *body, const char *changes)
{
    struct doc *doc = parse(body);
    scoped_buf struct buf out = {0};
    init_body_changes(doc_root(doc), config, &out);
    assert_string_equal(out.data, changes);
    doc_free(doc);
}

static void an_empty_body_is_complete(void **state)
{
    (void)state;
    expect_items("{}", "[]");
}

static void every_field_may_be_null(void **state)
{
    (void)state;
    expect_items("{\"session_api_keys\":null,\"secret_key\":null,\"previous_secret_keys\":null,"
                 "\"conversations_path\":null,\"bash_events_dir\":null,"
                 "\"conversation_worktree_root\":null,\"webhooks\":null,\"web_url\":null,"
                 "\"allow_cors_origins\":null,\"max_concurrent_runs\":null,\"env\":null,"
                 "\"telemetry\":null}",
                 "[]");
}

static void an_unknown_field_is_refused(void **state)
{
    (void)state;
    expect_items("{\"colour\": \"blue\"}",
                 "[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"colour\"],"
                 "\"msg\":\"Extra inputs are not permitted\",\"input\":\"blue\"}]");
}

static void items_come_in_the_order_of_the_fields(void **state)
{
    (void)state;
    expect_items("{\"conversations_path\": 5, \"bash_events_dir\": [], \"web_url\": 7}",
                 "[{\"type\":\"path_type\",\"loc\":[\"body\",\"conversations_path\"],"
                 "\"msg\":\"Input is not a valid path for <class 'pathlib.Path'>\",\"input\":5},"
                 "{\"type\":\"path_type\",\"loc\":[\"body\",\"bash_events_dir\"],"
                 "\"msg\":\"Input is not a valid path for <class 'pathlib.Path'>\",\"input\":[]},"
                 "{\"type\":\"string_type\",\"loc\":[\"body\",\"web_url\"],"
                 "\"msg\":\"Input should be a valid string\",\"input\":7}]");
}

static void items_of_a_webhook_name_its_index(void **state)
{
    (void)state;
    expect_items("{\"webhooks\": [{\"base_url\":\"http://x\"},{}]}",
                 "[{\"type\":\"missing\",\"loc\":[\"body\",\"webhooks\",1,\"base_url\"],"
                 "\"msg\":\"Field required\",\"input\":{}}]");
    expect_items("{\"webhooks\": 1}", "[{\"type\":\"list_type\",\"loc\":[\"body\",\"webhooks\"],"
                                      "\"msg\":\"Input should be a valid list\",\"input\":1}]");
}

static void a_body_that_is_no_object_is_one_item(void **state)
{
    (void)state;
    expect_items("[]", "[{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],\"msg\":\"Input "
                       "should be a valid dictionary or object to extract fields from\","
                       "\"input\":[]}]");
}

static void an_empty_key_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        bool has_empty_key;
    } cases[] = {
        {"{}", false},
        {"{\"session_api_keys\":null}", false},
        {"{\"session_api_keys\":[]}", false},
        {"{\"session_api_keys\":[\"a\"]}", false},
        {"{\"session_api_keys\":[\"a\",\"\"]}", true},
        {"{\"session_api_keys\":[\" \"]}", true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct doc *doc = parse(cases[i].body);
        assert_int_equal(init_body_has_empty_key(doc_root(doc)), cases[i].has_empty_key);
        doc_free(doc);
    }
}

static void only_given_options_change(void **state)
{
    (void)state;
    const struct config config = {.secret_key = STR_INIT("old")};
    expect_changes(&config, "{}", "{}");
    expect_changes(&config, "{\"web_url\":null,\"env\":{\"A\":\"b\"},\"telemetry\":{}}", "{}");
    expect_changes(&config, "{\"web_url\":\"x\",\"session_api_keys\":[\"k\"]}",
                   "{\"web_url\":\"x\",\"session_api_keys\":[\"k\"]}");
}

static void a_blank_secret_key_is_not_given(void **state)
{
    (void)state;
    const struct config config = {.secret_key = STR_INIT("old")};
    expect_changes(&config, "{\"secret_key\":\" \"}", "{}");
    expect_changes(&config, "{\"secret_key\":\"new\"}", "{\"secret_key\":\"new\"}");
}

static void the_first_session_key_stands_in_for_a_secret_key(void **state)
{
    (void)state;
    const struct config config = {0};
    expect_changes(&config, "{\"session_api_keys\":[\"a\",\"b\"]}",
                   "{\"session_api_keys\":[\"a\",\"b\"],\"secret_key\":\"a\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_body_is_complete),
        cmocka_unit_test(every_field_may_be_null),
        cmocka_unit_test(an_unknown_field_is_refused),
        cmocka_unit_test(items_come_in_the_order_of_the_fields),
        cmocka_unit_test(items_of_a_webhook_name_its_index),
        cmocka_unit_test(a_body_that_is_no_object_is_one_item),
        cmocka_unit_test(an_empty_key_is_found),
        cmocka_unit_test(only_given_options_change),
        cmocka_unit_test(a_blank_secret_key_is_not_given),
        cmocka_unit_test(the_first_session_key_stands_in_for_a_secret_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
