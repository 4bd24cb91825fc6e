#include "agent/event_form.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "tests/support/test.h"

static struct doc *parse(const char *text)
{
    struct doc_error error;
    struct doc *doc = doc_parse(str_from(text), &error);
    assert_non_null(doc);
    return doc;
}

static void assert_full(const char *stored, const char *full)
{
    scoped_buf struct buf text = {0};
    struct doc *doc = parse(stored);
    event_form_full(doc_root(doc), &text);
    assert_string_equal(text.data, full);
    doc_free(doc);
}

/* NULL: the event is not shown at all. */
static void assert_level(enum event_level level, const char *stored, const char *shown)
{
    scoped_buf struct buf text = {0};
    struct doc *doc = parse(stored);
    assert_int_equal(event_form_level(doc_root(doc), level, &text), shown != NULL);
    assert_string_equal(text.len == 0 ? "" : text.data, shown == NULL ? "" : shown);
    doc_free(doc);
}

static void a_full_message_has_its_nulls(void **state)
{
    (void)state;
    assert_full(
        "{\"id\":\"1\",\"parent_id\":\"0\",\"llm_message\":{\"role\":\"user\",\"content\":[]},"
        "\"sender\":\"me\",\"kind\":\"MessageEvent\"}",
        "{\"id\":\"1\",\"parent_id\":\"0\",\"llm_message\":{\"role\":\"user\",\"content\":[],"
        "\"tool_calls\":null,\"tool_call_id\":null,\"name\":null,"
        "\"reasoning_content\":null,\"responses_reasoning_item\":null},\"sender\":\"me\","
        "\"kind\":\"MessageEvent\",\"llm_response_id\":null,\"critic_result\":null}");
}

static void a_full_action_has_the_nulls_of_its_payload(void **state)
{
    (void)state;
    assert_full("{\"parent_id\":\"0\",\"action\":{\"command\":\"ls\",\"kind\":\"TerminalAction\"},"
                "\"tool_call\":{\"id\":\"c\"},\"summary\":\"s\",\"kind\":\"ActionEvent\"}",
                "{\"parent_id\":\"0\",\"action\":{\"command\":\"ls\",\"kind\":\"TerminalAction\","
                "\"timeout\":null},"
                "\"tool_call\":{\"id\":\"c\",\"responses_item_id\":null},\"summary\":\"s\","
                "\"kind\":\"ActionEvent\",\"reasoning_content\":null,"
                "\"responses_reasoning_item\":null,\"critic_result\":null}");
}

static void the_metadata_of_a_full_observation_has_its_nulls(void **state)
{
    (void)state;
    assert_full("{\"parent_id\":\"0\",\"observation\":{\"command\":\"ls\",\"exit_code\":0,"
                "\"metadata\":{\"pid\":-1},"
                "\"full_output_save_dir\":\"d\",\"kind\":\"TerminalObservation\"},"
                "\"kind\":\"ObservationEvent\"}",
                "{\"parent_id\":\"0\",\"observation\":{\"command\":\"ls\",\"exit_code\":0,"
                "\"metadata\":{\"pid\":-1,"
                "\"username\":null,\"hostname\":null,\"working_dir\":null,"
                "\"py_interpreter_path\":null},\"full_output_save_dir\":\"d\","
                "\"kind\":\"TerminalObservation\"},\"kind\":\"ObservationEvent\"}");
}

static void free_values_stay_as_they_are(void **state)
{
    (void)state;
    static const char *const event =
        "{\"parent_id\":\"0\",\"key\":\"full_state\",\"value\":{\"tool_call\":{},\"a\":null},"
        "\"kind\":\"ConversationStateUpdateEvent\"}";
    assert_full(event, event);
}

static void an_event_without_a_parent_has_none_that_is_null(void **state)
{
    (void)state;
    assert_full("{\"id\":\"1\",\"kind\":\"PauseEvent\"}",
                "{\"id\":\"1\",\"kind\":\"PauseEvent\",\"parent_id\":null}");
}

static void new_clients_see_everything(void **state)
{
    (void)state;
    static const char *const event = "{\"id\":\"1\",\"parent_id\":\"0\",\"extended_content\":[],"
                                     "\"kind\":\"ObservationEvent\"}";
    assert_level(EVENT_LEVEL_1_40, event, event);
}

static void clients_before_1_40_see_no_classification(void **state)
{
    (void)state;
    static const char *const event =
        "{\"parent_id\":\"0\",\"classification\":{\"kind\":\"auth\"},\"kind\":\"AgentErrorEvent\"}";
    assert_level(EVENT_LEVEL_1_32, event, "{\"parent_id\":\"0\",\"kind\":\"AgentErrorEvent\"}");
    assert_level(EVENT_LEVEL_1_20, event, "{\"kind\":\"AgentErrorEvent\"}");
}

static void extended_content_goes_where_it_is_empty_or_unknown(void **state)
{
    (void)state;
    static const char *const empty = "{\"extended_content\":[],\"kind\":\"ObservationEvent\"}";
    static const char *const full = "{\"extended_content\":[1],\"kind\":\"ObservationEvent\"}";
    static const char *const bare = "{\"kind\":\"ObservationEvent\"}";
    assert_level(EVENT_LEVEL_1_32, empty, bare);
    assert_level(EVENT_LEVEL_1_32, full, full);
    assert_level(EVENT_LEVEL_1_20, full, bare);
    assert_level(EVENT_LEVEL_1_20, "{\"extended_content\":[],\"kind\":\"MessageEvent\"}",
                 "{\"extended_content\":[],\"kind\":\"MessageEvent\"}");
}

static void the_oldest_clients_get_one_prompt(void **state)
{
    (void)state;
    assert_level(EVENT_LEVEL_1_10,
                 "{\"system_prompt\":{\"type\":\"text\",\"text\":\"a\"},"
                 "\"dynamic_context\":{\"type\":\"text\",\"text\":\"b\"},"
                 "\"kind\":\"SystemPromptEvent\"}",
                 "{\"system_prompt\":{\"cache_prompt\":false,\"type\":\"text\","
                 "\"text\":\"a\\n\\nb\"},\"kind\":\"SystemPromptEvent\"}");
}

static void the_oldest_clients_do_not_see_new_kinds(void **state)
{
    (void)state;
    assert_level(EVENT_LEVEL_1_10, "{\"kind\":\"InterruptEvent\"}", NULL);
    assert_level(EVENT_LEVEL_1_10, "{\"kind\":\"HookExecutionEvent\"}", NULL);
    assert_level(EVENT_LEVEL_1_20, "{\"kind\":\"InterruptEvent\"}",
                 "{\"kind\":\"InterruptEvent\"}");
    assert_level(EVENT_LEVEL_1_32, "{\"kind\":\"SecurityAnalysisEvent\"}", NULL);
}

static void the_oldest_clients_know_no_ids_of_items(void **state)
{
    (void)state;
    assert_level(EVENT_LEVEL_1_10,
                 "{\"tool_call\":{\"id\":\"c\",\"responses_item_id\":\"r\",\"name\":\"n\"},"
                 "\"kind\":\"ActionEvent\"}",
                 "{\"tool_call\":{\"id\":\"c\",\"name\":\"n\"},\"kind\":\"ActionEvent\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_message_has_its_nulls),
        cmocka_unit_test(a_full_action_has_the_nulls_of_its_payload),
        cmocka_unit_test(the_metadata_of_a_full_observation_has_its_nulls),
        cmocka_unit_test(free_values_stay_as_they_are),
        cmocka_unit_test(an_event_without_a_parent_has_none_that_is_null),
        cmocka_unit_test(new_clients_see_everything),
        cmocka_unit_test(clients_before_1_40_see_no_classification),
        cmocka_unit_test(extended_content_goes_where_it_is_empty_or_unknown),
        cmocka_unit_test(the_oldest_clients_get_one_prompt),
        cmocka_unit_test(the_oldest_clients_do_not_see_new_kinds),
        cmocka_unit_test(the_oldest_clients_know_no_ids_of_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
