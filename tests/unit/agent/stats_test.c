#include "agent/stats.h"

#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "tests/support/test.h"

static struct stats *stats;

static int open_stats(void **state)
{
    (void)state;
    clock_set_fake(0, 1500000);
    stats = stats_new();
    return 0;
}

static int close_stats(void **state)
{
    (void)state;
    stats_free(stats);
    clock_set_fake(0, -1);
    return 0;
}

static void add(double cost, int64_t prompt)
{
    stats_add_answer(stats, &(struct stats_answer){.usage_id = STR("agent"),
                                                   .model = STR("m"),
                                                   .response_id = STR("r"),
                                                   .latency_seconds = 0.25,
                                                   .cost = cost,
                                                   .prompt_tokens = prompt,
                                                   .completion_tokens = 1,
                                                   .context_window = 100,
                                                   .has_usage = true});
}

static void assert_printed(enum stats_form form, const char *expected)
{
    scoped_buf struct buf out = {0};
    struct jsonw w;
    jsonw_init(&w, &out);
    stats_print(stats, form, NULL, &w);
    assert_string_equal(out.data, expected);
}

#define USAGE(prompt, completion, turn, response)                                                  \
    "{\"model\":\"m\",\"prompt_tokens\":" prompt ",\"completion_tokens\":" completion              \
    ",\"cache_read_tokens\":0,\"cache_write_tokens\":0,\"reasoning_tokens\":0,"                    \
    "\"context_window\":100,\"per_turn_token\":" turn ",\"response_id\":\"" response "\"}"

static void answers_add_up(void **state)
{
    (void)state;
    add(0.5, 10);
    add(0.25, 20);
    assert_printed(STATS_SNAPSHOT,
                   "{\"usage_to_metrics\":{\"agent\":{\"model_name\":\"m\",\"accumulated_cost\":"
                   "0.75,\"max_budget_per_task\":null,\"accumulated_token_usage\":" USAGE(
                       "30", "2", "21", "") "}}}");
}

static void every_answer_is_listed(void **state)
{
    (void)state;
    add(0.5, 10);
    assert_printed(
        STATS_STORED,
        "{\"usage_to_metrics\":{\"agent\":{\"model_name\":\"m\",\"accumulated_cost\":"
        "0.5,\"accumulated_token_usage\":" USAGE(
            "10", "1", "11",
            "") ",\"costs\":["
                "{\"model\":\"m\",\"cost\":0.5,\"timestamp\":1.5}],\"response_latencies\":["
                "{\"model\":\"m\",\"latency\":0.25,\"response_id\":\"r\"}],\"token_usages\":"
                "[" USAGE("10", "1", "11", "r") "]}}}");
}

static void a_cost_that_is_not_known_is_none(void **state)
{
    (void)state;
    add(-1, 10);
    assert_true(stats_cost(stats, STR_NULL) == 0);
    scoped_buf struct buf out = {0};
    struct jsonw w;
    jsonw_init(&w, &out);
    stats_print(stats, STATS_FULL, NULL, &w);
    assert_true(str_contains(buf_str(&out), STR("\"costs\":[]")));
}

static void a_model_in_use_has_an_entry(void **state)
{
    (void)state;
    stats_add_model(stats, STR("agent"), STR("m"));
    assert_true(stats_has(stats, STR("agent")));
    add(0.5, 1);
    stats_add_model(stats, STR("agent"), STR("other"));
    assert_true(stats_cost(stats, STR("agent")) == 0.5);
    assert_false(stats_has(stats, STR("condenser")));
}

static void what_was_printed_is_read_again(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    struct jsonw w;
    struct doc_error why;
    add(0.5, 10);
    add(0.25, 20);
    jsonw_init(&w, &out);
    stats_print(stats, STATS_STORED, NULL, &w);
    struct doc *doc = doc_parse(buf_str(&out), &why);
    stats_read(stats, doc_root(doc));
    doc_free(doc);
    assert_printed(STATS_STORED, out.data);
    assert_true(stats_cost(stats, STR_NULL) == 0.75);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stats, close_stats)
        TEST(answers_add_up),
        TEST(every_answer_is_listed),
        TEST(a_cost_that_is_not_known_is_none),
        TEST(a_model_in_use_has_an_entry),
        TEST(what_was_printed_is_read_again),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
