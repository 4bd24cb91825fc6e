#include "agent/event.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "tests/support/test.h"

static void kinds_are_found_by_name_and_by_path(void **state)
{
    (void)state;
    assert_int_equal(event_kind_find(STR("MessageEvent")), EVENT_MESSAGE);
    assert_int_equal(event_kind_find(STR("openhands.sdk.event.user_action.InterruptEvent")),
                     EVENT_INTERRUPT);
    assert_int_equal(event_kind_find(STR("openhands.sdk.event.message.InterruptEvent")),
                     EVENT_UNKNOWN);
    assert_int_equal(event_kind_find(STR("NoSuchEvent")), EVENT_UNKNOWN);
    assert_int_equal(event_kind_find(STR("")), EVENT_UNKNOWN);
}

static void every_kind_is_found_by_its_own_name(void **state)
{
    (void)state;
    for (enum event_kind kind = EVENT_UNKNOWN + 1; kind < EVENT_KIND_COUNT; kind++)
        assert_int_equal(event_kind_find(event_kind_name(kind)), kind);
}

static void an_event_is_written_in_the_order_of_the_reference(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    const struct event_draft draft = {.kind = EVENT_STATE_UPDATE,
                                      .source = EVENT_FROM_ENVIRONMENT,
                                      .members = STR("\"key\":\"x\",\"value\":1")};
    const struct event_stamp stamp = {.time_us = 1, .parent = STR(EVENT_ROOT)};
    setenv("TZ", "UTC", 1);
    event_write(&draft, &stamp, &text);
    assert_string_equal(text.data, "{\"id\":\"00000000-0000-0000-0000-000000000000\","
                                   "\"timestamp\":\"1970-01-01T00:00:00.000001\","
                                   "\"source\":\"environment\",\"parent_id\":\"__root__\","
                                   "\"key\":\"x\",\"value\":1,"
                                   "\"kind\":\"ConversationStateUpdateEvent\"}");
}

static void an_event_without_members_of_its_own_is_whole(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    const struct event_draft draft = {.kind = EVENT_PAUSE, .source = EVENT_FROM_USER};
    const struct event_stamp stamp = {.time_us = 0};
    struct doc_error error;
    struct event_head head;
    event_write(&draft, &stamp, &text);
    struct doc *doc = doc_parse(buf_str(&text), &error);
    assert_non_null(doc);
    assert_true(event_read_head(doc_root(doc), &head));
    assert_int_equal(head.kind, EVENT_PAUSE);
    assert_int_equal(head.source, EVENT_FROM_USER);
    assert_false(str_is_set(head.parent));
    doc_free(doc);
}

static void what_is_no_event_has_no_head(void **state)
{
    (void)state;
    static const char *const texts[] = {"[]", "5", "{}", "{\"id\":\"x\"}",
                                        "{\"id\":1,\"timestamp\":2}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct doc_error error;
        struct event_head head;
        struct doc *doc = doc_parse(str_from(texts[i]), &error);
        assert_non_null(doc);
        assert_false(event_read_head(doc_root(doc), &head));
        doc_free(doc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_found_by_name_and_by_path),
        cmocka_unit_test(every_kind_is_found_by_its_own_name),
        cmocka_unit_test(an_event_is_written_in_the_order_of_the_reference),
        cmocka_unit_test(an_event_without_members_of_its_own_is_whole),
        cmocka_unit_test(what_is_no_event_has_no_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
