#include "agent/view.h"

#include "agent/llm/config.h"
#include "agent/llm/message.h"
#include "agent/llm/request.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "tests/support/test.h"

#define NATIVE     "{\"model\":\"gpt-4o\",\"api_key\":\"k\"}"
#define IN_TEXT    "{\"model\":\"gpt-4o\",\"api_key\":\"k\",\"native_tool_calling\":false}"
#define MAX_LOGGED 32

static struct llm_config *config;
static struct view *view;
/* The events so far, for a view of the whole branch. */
static struct view_branch_event branch[MAX_LOGGED];
static struct buf texts[MAX_LOGGED];
static size_t logged;

static void begin(const char *model)
{
    struct doc_error why;
    struct error error;
    struct doc *doc = doc_parse(str_from(model), &why);
    assert_non_null(doc);
    assert_true(llm_config_decode(doc_root(doc), &config, &error));
    doc_free(doc);
    view = view_new(config, STR_NULL);
}

static int end(void **state)
{
    (void)state;
    view_free(view);
    llm_config_free(config);
    for (size_t i = 0; i < logged; i++)
        buf_fini(&texts[i]);
    logged = 0;
    return 0;
}

static const char *uuid(size_t number)
{
    static char text[64];
    (void)snprintf(text, sizeof(text), "00000000-0000-4000-8000-%012zu", number);
    return text;
}

/* The next event, with the number in the log as its id. */
static void add(enum event_kind kind, enum event_source source, const char *members)
{
    struct buf *text = &texts[logged];
    *text = (struct buf){0};
    struct view_branch_event *event = &branch[logged];
    *event = (struct view_branch_event){.number = logged, .kind = kind, .source = source};
    assert_true(id_parse(str_from(uuid(logged)), &event->id));
    buf_printf(text, "{\"id\":\"%s\",\"timestamp\":\"t\",\"source\":\"%.*s\",%s,\"kind\":\"%.*s\"}",
               uuid(logged), STR_ARG(event_source_name(source)), members,
               STR_ARG(event_kind_name(kind)));
    logged++;
    view_add(view, logged - 1, buf_str(text));
}

static void prompt(const char *text)
{
    scoped_buf struct buf members = {0};
    buf_printf(&members, "\"system_prompt\":{\"type\":\"text\",\"text\":\"%s\"}", text);
    add(EVENT_SYSTEM_PROMPT, EVENT_FROM_AGENT, members.data);
}

static void say(enum event_source source, const char *text)
{
    scoped_buf struct buf members = {0};
    buf_printf(
        &members,
        "\"llm_message\":{\"role\":\"%s\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}",
        source == EVENT_FROM_AGENT ? "assistant" : "user", text);
    add(EVENT_MESSAGE, source, members.data);
}

static void call(const char *response, const char *id, const char *thought)
{
    scoped_buf struct buf members = {0};
    buf_printf(&members,
               "\"thought\":[%s%s%s],\"action\":{\"kind\":\"ThinkAction\"},\"tool_name\":\"f\","
               "\"tool_call_id\":\"%s\",\"tool_call\":{\"id\":\"%s\",\"name\":\"f\","
               "\"arguments\":\"{\\\"a\\\": 1}\"},\"llm_response_id\":\"%s\"",
               thought == NULL ? "" : "{\"type\":\"text\",\"text\":\"",
               thought == NULL ? "" : thought, thought == NULL ? "" : "\"}", id, id, response);
    add(EVENT_ACTION, EVENT_FROM_AGENT, members.data);
}

static void answer(size_t action, const char *id, const char *text)
{
    scoped_buf struct buf members = {0};
    buf_printf(
        &members,
        "\"tool_name\":\"f\",\"tool_call_id\":\"%s\",\"observation\":{\"content\":[{\"type\":"
        "\"text\",\"text\":\"%s\"}],\"is_error\":false,\"kind\":\"ThinkObservation\"},"
        "\"action_id\":\"%s\"",
        id, text, uuid(action));
    add(EVENT_OBSERVATION, EVENT_FROM_ENVIRONMENT, members.data);
}

static void complain(const char *id, const char *text)
{
    scoped_buf struct buf members = {0};
    buf_printf(&members, "\"tool_name\":\"f\",\"tool_call_id\":\"%s\",\"error\":\"%s\"", id, text);
    add(EVENT_AGENT_ERROR, EVENT_FROM_AGENT, members.data);
}

/* A negative offset: no summary. */
static void forget(size_t from, size_t to, int offset)
{
    scoped_buf struct buf members = {0};
    buf_append(&members, STR("\"forgotten_event_ids\":["));
    for (size_t i = from; i < to; i++)
        buf_printf(&members, "%s\"%s\"", i == from ? "" : ",", uuid(i));
    buf_append(&members, STR("],\"llm_response_id\":\"r\""));
    if (offset >= 0)
        buf_printf(&members, ",\"summary\":\"sum\",\"summary_offset\":%d", offset);
    add(EVENT_CONDENSATION, EVENT_FROM_ENVIRONMENT, members.data);
}

static void print_messages(struct view *shown, struct buf *out)
{
    const struct llm_fragment *const *fragments;
    const size_t count = view_fragments(shown, &fragments);
    const struct llm_request request = {
        .config = config, .fragments = fragments, .fragment_count = count};
    llm_request_join(&request, LLM_SYSTEM, out);
}

static bool read_logged(void *owner, const struct view_branch_event *event, struct buf *out)
{
    (void)owner;
    buf_append(out, buf_str(&texts[event->number]));
    return true;
}

/* Both the view that grew and one made of the whole branch show this. */
static void assert_messages(const char *expected)
{
    scoped_buf struct buf grown = {0};
    scoped_buf struct buf loaded = {0};
    struct view *whole = view_new(config, STR_NULL);
    view_load(whole, &(struct view_branch){.events = branch, .count = logged, .read = read_logged});
    print_messages(view, &grown);
    print_messages(whole, &loaded);
    view_free(whole);
    assert_string_equal(grown.len == 0 ? "" : grown.data, expected);
    assert_string_equal(loaded.len == 0 ? "" : loaded.data, expected);
}

#define SYSTEM(text) "{\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}],\"role\":\"system\"}"
#define USER(text)   "{\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}],\"role\":\"user\"}"
#define ASSISTANT(text)                                                                            \
    "{\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}],\"role\":\"assistant\"}"
#define CALL(id)                                                                                   \
    "{\"id\":\"" id "\",\"type\":\"function\",\"function\":{\"name\":\"f\","                       \
    "\"arguments\":\"{\\\"a\\\": 1}\"}}"
#define CALLS(calls) "{\"role\":\"assistant\",\"tool_calls\":[" calls "]}"
#define RESULT(id, text)                                                                           \
    "{\"content\":[{\"type\":\"text\",\"text\":\"" text                                            \
    "\"}],\"role\":\"tool\",\"tool_call_id\":\"" id "\",\"name\":\"f\"}"

static void messages_stand_in_the_order_of_their_events(void **state)
{
    (void)state;
    begin(NATIVE);
    prompt("be good");
    say(EVENT_FROM_USER, "hi");
    call("r1", "c1", NULL);
    answer(2, "c1", "done");
    say(EVENT_FROM_AGENT, "bye");
    assert_messages(SYSTEM("be good") "," USER("hi") "," CALLS(CALL("c1")) "," RESULT(
        "c1", "done") "," ASSISTANT("bye"));
}

static void the_calls_of_one_answer_are_one_message(void **state)
{
    (void)state;
    begin(NATIVE);
    call("r1", "c1", NULL);
    call("r1", "c2", NULL);
    answer(0, "c1", "one");
    answer(1, "c2", "two");
    assert_messages(
        CALLS(CALL("c1") "," CALL("c2")) "," RESULT("c1", "one") "," RESULT("c2", "two"));
}

static void an_error_between_the_calls_does_not_part_them(void **state)
{
    (void)state;
    begin(NATIVE);
    call("r1", "c1", NULL);
    complain("c1", "no");
    call("r1", "c2", NULL);
    answer(2, "c2", "two");
    assert_messages(
        CALLS(CALL("c1") "," CALL("c2")) "," RESULT("c1", "no") "," RESULT("c2", "two"));
}

static void a_result_follows_its_call_whatever_was_said_in_between(void **state)
{
    (void)state;
    begin(NATIVE);
    call("r1", "c1", NULL);
    say(EVENT_FROM_USER, "hurry");
    answer(0, "c1", "done");
    assert_messages(CALLS(CALL("c1")) "," RESULT("c1", "done") "," USER("hurry"));
}

static void a_call_without_its_result_is_not_sent(void **state)
{
    (void)state;
    size_t count;
    begin(NATIVE);
    say(EVENT_FROM_USER, "hi");
    call("r1", "c1", NULL);
    assert_messages(USER("hi"));
    assert_int_equal(view_unmatched(view, &count)[0], 1);
    assert_int_equal(count, 1);
    answer(1, "c1", "done");
    assert_messages(USER("hi") "," CALLS(CALL("c1")) "," RESULT("c1", "done"));
    (void)view_unmatched(view, &count);
    assert_int_equal(count, 0);
}

static void a_result_without_its_call_is_not_sent(void **state)
{
    (void)state;
    begin(NATIVE);
    say(EVENT_FROM_USER, "hi");
    answer(7, "c9", "done");
    assert_messages(USER("hi"));
}

static void only_the_first_result_of_a_call_is_sent(void **state)
{
    (void)state;
    begin(NATIVE);
    call("r1", "c1", NULL);
    complain("c1", "lost");
    answer(0, "c1", "late");
    assert_messages(CALLS(CALL("c1")) "," RESULT("c1", "lost"));
}

static void an_id_may_be_used_again_by_a_later_answer(void **state)
{
    (void)state;
    begin(NATIVE);
    call("r1", "c1", NULL);
    answer(0, "c1", "one");
    call("r2", "c1", NULL);
    answer(2, "c1", "two");
    assert_messages(
        CALLS(CALL("c1")) "," RESULT("c1", "one") "," CALLS(CALL("c1")) "," RESULT("c1", "two"));
}

static void a_summary_takes_the_place_of_what_is_forgotten(void **state)
{
    (void)state;
    begin(NATIVE);
    prompt("p");
    say(EVENT_FROM_USER, "hi");
    call("r1", "c1", NULL);
    answer(2, "c1", "one");
    say(EVENT_FROM_AGENT, "bye");
    forget(1, 4, 1);
    assert_messages(SYSTEM("p") "," USER("sum") "," ASSISTANT("bye"));
}

static void a_summary_is_forgotten_by_the_id_of_its_condensation(void **state)
{
    (void)state;
    scoped_buf struct buf members = {0};
    begin(NATIVE);
    prompt("p");
    say(EVENT_FROM_AGENT, "a");
    forget(1, 2, 1);
    say(EVENT_FROM_AGENT, "b");
    buf_printf(&members, "\"forgotten_event_ids\":[\"%s-summary\"],\"llm_response_id\":\"r\"",
               uuid(2));
    add(EVENT_CONDENSATION, EVENT_FROM_ENVIRONMENT, members.data);
    assert_messages(SYSTEM("p") "," ASSISTANT("b"));
}

static void an_answer_that_is_forgotten_in_part_is_forgotten_wholly(void **state)
{
    (void)state;
    begin(NATIVE);
    call("r1", "c1", NULL);
    call("r1", "c2", NULL);
    answer(0, "c1", "one");
    answer(1, "c2", "two");
    say(EVENT_FROM_AGENT, "bye");
    forget(0, 1, -1);
    assert_messages(ASSISTANT("bye"));
}

static void a_forgotten_action_waits_for_nothing(void **state)
{
    (void)state;
    size_t count;
    begin(NATIVE);
    call("r1", "c1", NULL);
    forget(0, 1, -1);
    (void)view_unmatched(view, &count);
    assert_int_equal(count, 0);
}

static void a_forgotten_result_takes_its_call_along(void **state)
{
    (void)state;
    begin(NATIVE);
    call("r1", "c1", NULL);
    answer(0, "c1", "one");
    say(EVENT_FROM_AGENT, "bye");
    forget(1, 2, -1);
    assert_messages(ASSISTANT("bye"));
}

static void a_request_for_condensation_stands_until_one_comes(void **state)
{
    (void)state;
    begin(NATIVE);
    say(EVENT_FROM_USER, "hi");
    assert_false(view_wants_condensation(view));
    add(EVENT_CONDENSATION_REQUEST, EVENT_FROM_ENVIRONMENT, "\"x\":1");
    assert_true(view_wants_condensation(view));
    forget(0, 1, 0);
    assert_false(view_wants_condensation(view));
}

static void messages_of_the_user_are_joined(void **state)
{
    (void)state;
    begin(NATIVE);
    say(EVENT_FROM_USER, "a");
    say(EVENT_FROM_ENVIRONMENT, "b");
    assert_messages("{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\","
                    "\"text\":\"b\"}],\"role\":\"user\"}");
}

static void what_a_hook_adds_goes_behind_the_message(void **state)
{
    (void)state;
    begin(NATIVE);
    add(EVENT_MESSAGE, EVENT_FROM_USER,
        "\"llm_message\":{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]},"
        "\"extended_content\":[{\"type\":\"text\",\"text\":\"more\"}]");
    assert_messages("{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\","
                    "\"text\":\"more\"}],\"role\":\"user\"}");
}

static void a_rejection_is_a_result(void **state)
{
    (void)state;
    scoped_buf struct buf members = {0};
    begin(NATIVE);
    call("r1", "c1", "let me");
    buf_printf(&members,
               "\"tool_name\":\"f\",\"tool_call_id\":\"c1\",\"rejection_reason\":\"no way\","
               "\"action_id\":\"%s\"",
               uuid(0));
    add(EVENT_USER_REJECT, EVENT_FROM_ENVIRONMENT, members.data);
    assert_messages("{\"content\":[{\"type\":\"text\",\"text\":\"let me\"}],\"role\":\"assistant\","
                    "\"tool_calls\":[" CALL("c1") "]}," RESULT("c1", "Action rejected: no way"));
}

static void a_state_update_is_not_seen(void **state)
{
    (void)state;
    size_t count;
    begin(NATIVE);
    say(EVENT_FROM_USER, "hi");
    add(EVENT_STATE_UPDATE, EVENT_FROM_ENVIRONMENT, "\"key\":\"k\",\"value\":1");
    (void)view_items(view, &count);
    assert_int_equal(count, 1);
    assert_messages(USER("hi"));
}

static void the_newest_message_of_the_user_is_known(void **state)
{
    (void)state;
    struct id id;
    begin(NATIVE);
    assert_true(view_last_user_message(view, &id) == SIZE_MAX);
    say(EVENT_FROM_USER, "a");
    say(EVENT_FROM_ENVIRONMENT, "b");
    say(EVENT_FROM_USER, "c");
    say(EVENT_FROM_AGENT, "d");
    assert_int_equal(view_last_user_message(view, &id), 2);
    assert_string_equal(id_uuid(id).text, uuid(2));
}

static void images_are_noticed_until_they_are_forgotten(void **state)
{
    (void)state;
    begin(NATIVE);
    add(EVENT_MESSAGE, EVENT_FROM_USER,
        "\"llm_message\":{\"role\":\"user\",\"content\":[{\"type\":\"image\","
        "\"image_urls\":[\"data:x\"]}]}");
    assert_true(view_has_image(view));
    forget(0, 1, 0);
    assert_false(view_has_image(view));
}

static void text_that_is_no_event_is_passed_over(void **state)
{
    (void)state;
    begin(NATIVE);
    view_add(view, 0, STR("{"));
    view_add(view, 1, STR("[]"));
    view_add(view, 2, STR("{\"kind\":\"MessageEvent\"}"));
    assert_messages("");
}

static void an_empty_message_of_the_agent_is_not_sent(void **state)
{
    (void)state;
    begin(NATIVE);
    say(EVENT_FROM_USER, "a");
    say(EVENT_FROM_AGENT, "");
    assert_messages(USER("a"));
}

static void a_model_without_calls_reads_and_writes_text(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    begin(IN_TEXT);
    prompt("p");
    say(EVENT_FROM_USER, "hi");
    call("r1", "c1", "let me");
    answer(2, "c1", "done");
    view_set_prompt_calls(view, &(struct view_prompt_calls){.system_suffix = STR(" tools"),
                                                            .first_prefix = STR("example"),
                                                            .first_suffix = STR("now")});
    print_messages(view, &text);
    assert_string_equal(
        text.data,
        SYSTEM("p tools") ",{\"content\":[{\"type\":\"text\",\"text\":\"example\"},{\"type\":"
                          "\"text\",\"text\":\"hi\"},{\"type\":\"text\",\"text\":\"now\"}],"
                          "\"role\":\"user\"}," ASSISTANT(
                              "let me\\n\\n<function=f>\\n<parameter=a>1</parameter>\\n"
                              "</function>") "," USER("EXECUTION RESULT of [f]:\\ndone"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(messages_stand_in_the_order_of_their_events, end),
        cmocka_unit_test_teardown(the_calls_of_one_answer_are_one_message, end),
        cmocka_unit_test_teardown(an_error_between_the_calls_does_not_part_them, end),
        cmocka_unit_test_teardown(a_result_follows_its_call_whatever_was_said_in_between, end),
        cmocka_unit_test_teardown(a_call_without_its_result_is_not_sent, end),
        cmocka_unit_test_teardown(a_result_without_its_call_is_not_sent, end),
        cmocka_unit_test_teardown(only_the_first_result_of_a_call_is_sent, end),
        cmocka_unit_test_teardown(an_id_may_be_used_again_by_a_later_answer, end),
        cmocka_unit_test_teardown(a_summary_takes_the_place_of_what_is_forgotten, end),
        cmocka_unit_test_teardown(a_summary_is_forgotten_by_the_id_of_its_condensation, end),
        cmocka_unit_test_teardown(an_answer_that_is_forgotten_in_part_is_forgotten_wholly, end),
        cmocka_unit_test_teardown(a_forgotten_action_waits_for_nothing, end),
        cmocka_unit_test_teardown(a_forgotten_result_takes_its_call_along, end),
        cmocka_unit_test_teardown(a_request_for_condensation_stands_until_one_comes, end),
        cmocka_unit_test_teardown(messages_of_the_user_are_joined, end),
        cmocka_unit_test_teardown(what_a_hook_adds_goes_behind_the_message, end),
        cmocka_unit_test_teardown(a_rejection_is_a_result, end),
        cmocka_unit_test_teardown(a_state_update_is_not_seen, end),
        cmocka_unit_test_teardown(the_newest_message_of_the_user_is_known, end),
        cmocka_unit_test_teardown(images_are_noticed_until_they_are_forgotten, end),
        cmocka_unit_test_teardown(text_that_is_no_event_is_passed_over, end),
        cmocka_unit_test_teardown(an_empty_message_of_the_agent_is_not_sent, end),
        cmocka_unit_test_teardown(a_model_without_calls_reads_and_writes_text, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
