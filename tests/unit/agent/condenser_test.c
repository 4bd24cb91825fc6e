#include "agent/condenser.h"

#include "agent/event.h"
#include "agent/llm/config.h"
#include "agent/llm/message.h"
#include "agent/view.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "tests/support/test.h"

#define LLM   "\"llm\":{\"model\":\"gpt-4o\",\"api_key\":\"k\",\"usage_id\":\"condenser\"}"
#define SMALL "{\"kind\":\"LLMSummarizingCondenser\",\"max_size\":10,\"keep_first\":2," LLM "}"

#define LARGE                                                                                      \
    "{\"kind\":\"LLMSummarizingCondenser\",\"max_size\":100,\"llm\":{\"model\":\"gpt-4o\",\"api_"  \
    "key\":"                                                                                       \
    "\"k\",\"usage_id\":\"large\"}}"
#define PIPELINE(stages) "{\"kind\":\"PipelineCondenser\",\"condensers\":[" stages "]}"

#define NOT_LIMITED 0

static struct condenser *condenser;
static struct view *view;
static size_t number;

static struct doc *parse(const char *json)
{
    struct doc_error why;
    struct doc *doc = doc_parse(str_from(json), &why);
    assert_non_null(doc);
    return doc;
}

static void configure(const char *json)
{
    struct error error = {0};
    struct doc *doc = parse(json);
    if (!condenser_decode(doc_root(doc), &condenser, &error))
        fail_msg("%s", error.text);
    doc_free(doc);
}

static void begin(const char *json)
{
    configure(json);
    view = view_new(condenser_llm(condenser, 0), STR_NULL);
    number = 0;
}

static int end(void **state)
{
    (void)state;
    view_free(view);
    condenser_free(condenser);
    view = NULL;
    condenser = NULL;
    return 0;
}

static void assert_refused(const char *json, const char *part)
{
    struct error error;
    struct doc *doc = parse(json);
    assert_false(condenser_decode(doc_root(doc), &condenser, &error));
    doc_free(doc);
    assert_int_equal(error.code, ERROR_UNPROCESSABLE);
    if (!str_contains(str_from(error.text), str_from(part)))
        fail_msg("'%s' says nothing of '%s'", error.text, part);
}

static const char *uuid(size_t of)
{
    static char text[64];
    (void)snprintf(text, sizeof(text), "00000000-0000-4000-8000-%012zu", of);
    return text;
}

static void add(enum event_kind kind, const char *source, const char *members)
{
    scoped_buf struct buf text = {0};
    buf_printf(&text, "{\"id\":\"%s\",\"timestamp\":\"t\",\"source\":\"%s\",%s,\"kind\":\"%.*s\"}",
               uuid(number), source, members, STR_ARG(event_kind_name(kind)));
    view_add(view, number++, buf_str(&text));
}

static void prompt(void)
{
    add(EVENT_SYSTEM_PROMPT, "agent", "\"system_prompt\":{\"text\":\"p\"}");
}

static void say(size_t times)
{
    for (size_t i = 0; i < times; i++)
        add(EVENT_MESSAGE, "user",
            "\"llm_message\":{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}");
}

static void call(const char *id)
{
    scoped_buf struct buf members = {0};
    buf_printf(&members,
               "\"thought\":[],\"action\":{},\"tool_name\":\"f\",\"tool_call_id\":\"%s\","
               "\"tool_call\":{\"id\":\"%s\",\"name\":\"f\",\"arguments\":\"{}\"},"
               "\"llm_response_id\":\"r-%s\"",
               id, id, id);
    add(EVENT_ACTION, "agent", members.data);
}

static void complain(const char *id)
{
    scoped_buf struct buf members = {0};
    buf_printf(&members, "\"tool_name\":\"f\",\"tool_call_id\":\"%s\",\"error\":\"e\"", id);
    add(EVENT_AGENT_ERROR, "agent", members.data);
}

static void request(void)
{
    add(EVENT_CONDENSATION_REQUEST, "environment", "\"x\":1");
}

static void assert_plan(int64_t tokens, int64_t limit, size_t from, size_t to)
{
    struct condenser_plan plan;
    assert_int_equal(condenser_plan(condenser, view, tokens, limit, &plan), CONDENSER_SUMMARIZE);
    assert_int_equal(plan.from, from);
    assert_int_equal(plan.to, to);
}

static void assert_carries_on(int64_t tokens, int64_t limit)
{
    struct condenser_plan plan;
    assert_int_equal(condenser_plan(condenser, view, tokens, limit, &plan), CONDENSER_CARRY_ON);
}

static void without_a_configuration_nothing_is_condensed(void **state)
{
    (void)state;
    struct condenser_plan plan;
    configure("null");
    assert_null(condenser_llm(condenser, 0));
    assert_false(condenser_handles_requests(condenser));
    assert_int_equal(condenser_plan(condenser, NULL, 1, 1, &plan), CONDENSER_CARRY_ON);
    condenser_free(condenser);
    configure("{\"kind\":\"NoOpCondenser\"}");
    assert_false(condenser_handles_requests(condenser));
}

static void a_pipeline_has_a_stage_for_each_that_summarizes(void **state)
{
    (void)state;
    configure(PIPELINE("{\"kind\":\"NoOpCondenser\"}," SMALL "," PIPELINE(LARGE) "," SMALL));
    assert_true(condenser_handles_requests(condenser));
    assert_true(str_equal(condenser_llm(condenser, 0)->usage_id, STR("condenser")));
    assert_true(str_equal(condenser_llm(condenser, 1)->usage_id, STR("large")));
    assert_true(str_equal(condenser_llm(condenser, 2)->usage_id, STR("condenser")));
    assert_null(condenser_llm(condenser, 3));
}

static void a_pipeline_of_nothing_never_condenses(void **state)
{
    (void)state;
    configure(PIPELINE("{\"kind\":\"NoOpCondenser\"}," PIPELINE("")));
    assert_false(condenser_handles_requests(condenser));
}

static void a_pipeline_may_have_so_many_stages(void **state)
{
    scoped_buf struct buf stages = {0};
    scoped_buf struct buf pipeline = {0};
    (void)state;
    for (size_t i = 0; i < CONDENSER_MAX_STAGES; i++)
        buf_printf(&stages, "%s" SMALL, i == 0 ? "" : ",");
    buf_printf(&pipeline, PIPELINE("%s"), stages.data);
    configure(pipeline.data);
    assert_non_null(condenser_llm(condenser, CONDENSER_MAX_STAGES - 1));
    buf_clear(&pipeline);
    buf_printf(&pipeline, PIPELINE(SMALL ",%s"), stages.data);
    assert_refused(pipeline.data, "condenser.condensers should be at most 16");
}

static void the_first_stage_with_something_to_forget_does_it(void **state)
{
    struct condenser_plan plan;
    (void)state;
    begin(PIPELINE(LARGE "," SMALL));
    prompt();
    say(10);
    assert_int_equal(condenser_plan(condenser, view, 0, NOT_LIMITED, &plan), CONDENSER_SUMMARIZE);
    assert_int_equal(plan.stage, 1);
    request();
    assert_int_equal(condenser_plan(condenser, view, 0, NOT_LIMITED, &plan), CONDENSER_SUMMARIZE);
    assert_int_equal(plan.stage, 0);
}

static void a_stage_that_would_not_help_gives_way_to_the_next(void **state)
{
    struct condenser_plan plan;
    (void)state;
    begin(PIPELINE("{\"kind\":\"LLMSummarizingCondenser\",\"max_size\":10,"
                   "\"minimum_progress\":0.9," LLM "}," SMALL));
    prompt();
    say(10);
    assert_int_equal(condenser_plan(condenser, view, 0, NOT_LIMITED, &plan), CONDENSER_SUMMARIZE);
    assert_int_equal(plan.stage, 1);
}

static void wrong_members_are_refused(void **state)
{
    (void)state;
    assert_refused("{\"kind\":\"LLMSummarizingCondenser\"}", "llm");
    assert_refused("{\"kind\":\"LLMSummarizingCondenser\",\"max_size\":0," LLM "}", "max_size");
    assert_refused("{\"kind\":\"LLMSummarizingCondenser\",\"minimum_progress\":1," LLM "}",
                   "minimum_progress");
    assert_refused("{\"kind\":\"LLMSummarizingCondenser\",\"max_size\":10,\"keep_first\":4," LLM
                   "}",
                   "keep_first");
}

static void a_view_within_its_size_is_left_alone(void **state)
{
    (void)state;
    begin(SMALL);
    prompt();
    say(9);
    assert_carries_on(1000, NOT_LIMITED);
}

static void a_view_that_is_too_long_shrinks_to_half(void **state)
{
    (void)state;
    begin(SMALL);
    prompt();
    say(10);
    assert_plan(1000, NOT_LIMITED, 2, 9); /* 2 of the head and 2 of the tail stay */
}

static void a_boundary_moves_behind_the_result_of_a_call(void **state)
{
    (void)state;
    begin(SMALL);
    prompt();
    call("a");
    complain("a");
    say(5);
    call("b");
    complain("b");
    say(1);
    assert_plan(1000, NOT_LIMITED, 3, 10);
}

static void a_request_halves_the_view(void **state)
{
    (void)state;
    begin(SMALL);
    prompt();
    say(7);
    request();
    assert_plan(0, NOT_LIMITED, 2, 7); /* 8 / 2 - 2 - 1 = 1 stays at the end */
}

static void too_many_tokens_are_halved(void **state)
{
    (void)state;
    begin(SMALL);
    prompt();
    say(7);
    assert_carries_on(1000, 1000);
    assert_plan(1001, 1000, 2, 6);
}

static void the_condenser_s_own_limit_counts_too(void **state)
{
    (void)state;
    begin("{\"kind\":\"LLMSummarizingCondenser\",\"max_size\":10,\"max_tokens\":500," LLM "}");
    prompt();
    say(7);
    assert_plan(600, 1000, 2, 7);
}

static void the_system_prompt_is_never_forgotten(void **state)
{
    (void)state;
    begin("{\"kind\":\"LLMSummarizingCondenser\",\"max_size\":10,\"keep_first\":0," LLM "}");
    prompt();
    say(10);
    assert_plan(1000, NOT_LIMITED, 1, 7);
}

static void what_must_shrink_and_cannot_is_reset(void **state)
{
    (void)state;
    struct condenser_plan plan;
    begin(SMALL);
    prompt();
    say(1);
    request();
    assert_int_equal(condenser_plan(condenser, view, 0, 0, &plan), CONDENSER_SUMMARIZE);
    assert_true(plan.is_reset);
    assert_int_equal(plan.from, 1);
    assert_int_equal(plan.to, 2);
}

static void nothing_but_a_system_prompt_cannot_shrink(void **state)
{
    (void)state;
    struct condenser_plan plan;
    begin(SMALL);
    prompt();
    request();
    assert_int_equal(condenser_plan(condenser, view, 0, 0, &plan), CONDENSER_FAIL);
}

static void a_range_too_small_to_help_is_none(void **state)
{
    (void)state;
    begin("{\"kind\":\"LLMSummarizingCondenser\",\"max_size\":10,\"minimum_progress\":0.9," LLM
          "}");
    prompt();
    say(10);
    assert_carries_on(1000, NOT_LIMITED);
}

static void tries_get_shorter_texts_and_come_to_an_end(void **state)
{
    (void)state;
    size_t first = 0;
    size_t second = 0;
    configure(SMALL);
    const struct condenser_plan plan = {.is_required = true, .is_reset = true};
    assert_true(condenser_retry(condenser, &plan, 0, &first));
    assert_true(condenser_retry(condenser, &plan, 1, &second));
    assert_true(first < CONDENSER_MAX_EVENT_CHARS && second < first);
    assert_true(condenser_retry(condenser, &plan, 3, &second));
    assert_false(condenser_retry(condenser, &plan, 4, &second));
    assert_false(condenser_retry(condenser, &(struct condenser_plan){0}, 0, &second));
}

static void assert_event(const char *event, const char *expected)
{
    scoped_buf struct buf text = {0};
    struct doc *doc = parse(event);
    condenser_write_event(doc_root(doc), 100, &text);
    doc_free(doc);
    assert_string_equal(text.data, expected);
}

static void events_are_told_with_who_says_what(void **state)
{
    (void)state;
    assert_event("{\"id\":\"1\",\"timestamp\":\"t\",\"source\":\"agent\",\"llm_message\":{\"role\":"
                 "\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Just an answer.\"}]},"
                 "\"kind\":\"MessageEvent\"}",
                 "<EVENT>\nMessageEvent (agent)\n  assistant: Just an answer.\n</EVENT>\n");
    assert_event("{\"id\":\"1\",\"timestamp\":\"t\",\"source\":\"agent\",\"thought\":[{\"type\":"
                 "\"text\",\"text\":\"hm\"}],\"tool_name\":\"f\",\"tool_call\":{\"arguments\":"
                 "\"{}\"},\"kind\":\"ActionEvent\"}",
                 "<EVENT>\nActionEvent (agent)\n  assistant: hm\ncalls f: {}\n</EVENT>\n");
    assert_event("{\"id\":\"1\",\"timestamp\":\"t\",\"source\":\"environment\",\"observation\":"
                 "{\"content\":[{\"type\":\"text\",\"text\":\"out\"}],\"kind\":"
                 "\"ThinkObservation\"},\"kind\":\"ObservationEvent\"}",
                 "<EVENT>\nObservationEvent (environment)\n  tool: out\n</EVENT>\n");
    assert_event("{\"id\":\"1\",\"timestamp\":\"t\",\"source\":\"environment\",\"summary\":\"s\","
                 "\"kind\":\"Condensation\"}",
                 "<EVENT>\nCondensationSummaryEvent (environment)\n  user: s\n</EVENT>\n");
}

static void the_request_has_instructions_and_events(void **state)
{
    (void)state;
    struct llm_fragment instructions;
    struct llm_fragment events;
    configure(SMALL);
    condenser_request(condenser_llm(condenser, 0), STR("<EVENT>\nx\n</EVENT>\n"), &instructions,
                      &events);
    assert_int_equal(instructions.role, LLM_SYSTEM);
    assert_int_equal(events.role, LLM_USER);
    assert_true(str_contains(buf_str(&instructions.json), STR("TASK_TRACKING")));
    assert_true(str_contains(buf_str(&events.json),
                             STR("</EVENT>\\n\\nNow summarize the events using the rules above.")));
    llm_fragment_fini(&instructions);
    llm_fragment_fini(&events);
}

static void a_condensation_names_events_and_earlier_summaries(void **state)
{
    (void)state;
    scoped_buf struct buf first = {0};
    scoped_buf struct buf second = {0};
    const struct condenser_plan plan = {.from = 1, .to = 3};
    begin(SMALL);
    prompt();
    say(3);
    condenser_write_members(view, &plan, STR("s1"), STR("r1"), &first);
    assert_string_equal(first.data,
                        "\"forgotten_event_ids\":[\"00000000-0000-4000-8000-000000000001\","
                        "\"00000000-0000-4000-8000-000000000002\"],\"summary\":\"s1\","
                        "\"summary_offset\":1,\"llm_response_id\":\"r1\"");
    add(EVENT_CONDENSATION, "environment", first.data);
    condenser_write_members(view, &plan, STR("s2"), STR("r2"), &second);
    assert_true(str_starts_with(
        buf_str(&second),
        STR("\"forgotten_event_ids\":[\"00000000-0000-4000-8000-000000000004-summary\","
            "\"00000000-0000-4000-8000-000000000003\"]")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, end)
        TEST(without_a_configuration_nothing_is_condensed),
        TEST(a_pipeline_has_a_stage_for_each_that_summarizes),
        TEST(a_pipeline_of_nothing_never_condenses),
        TEST(a_pipeline_may_have_so_many_stages),
        TEST(the_first_stage_with_something_to_forget_does_it),
        TEST(a_stage_that_would_not_help_gives_way_to_the_next),
        TEST(wrong_members_are_refused),
        TEST(a_view_within_its_size_is_left_alone),
        TEST(a_view_that_is_too_long_shrinks_to_half),
        TEST(a_boundary_moves_behind_the_result_of_a_call),
        TEST(a_request_halves_the_view),
        TEST(too_many_tokens_are_halved),
        TEST(the_condenser_s_own_limit_counts_too),
        TEST(the_system_prompt_is_never_forgotten),
        TEST(what_must_shrink_and_cannot_is_reset),
        TEST(nothing_but_a_system_prompt_cannot_shrink),
        TEST(a_range_too_small_to_help_is_none),
        TEST(tries_get_shorter_texts_and_come_to_an_end),
        TEST(events_are_told_with_who_says_what),
        TEST(the_request_has_instructions_and_events),
        TEST(a_condensation_names_events_and_earlier_summaries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
