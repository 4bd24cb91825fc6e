#include "agent/event_search.h"

#include "agent/event_index.h"
#include "agent/event_log.h"
#include "tests/support/folder.h"

static struct event_log *opened;

static void add(enum event_kind kind, enum event_source source, const char *members)
{
    const struct event_draft draft = {.kind = kind, .source = source, .members = str_from(members)};
    size_t number;
    struct error error;
    assert_true(event_log_append(opened, &draft, EVENT_NO_PARENT, NULL, &number, &error));
}

#define SAYING(text)                                                                               \
    "\"llm_message\":{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}]}"

static int with_log(void **state)
{
    struct error error;
    (void)folder_open(state); /* asserts by itself */
    assert_true(event_log_open(folder_path("events"), &opened, &error));
    add(EVENT_MESSAGE, EVENT_FROM_USER, SAYING("Fix the Bug"));
    add(EVENT_STATE_UPDATE, EVENT_FROM_ENVIRONMENT, "\"key\":\"k\",\"value\":\"bug\"");
    add(EVENT_ACTION, EVENT_FROM_AGENT, "\"tool_name\":\"bug\"");
    add(EVENT_OBSERVATION, EVENT_FROM_ENVIRONMENT, "\"tool_name\":\"bug\"");
    add(EVENT_MESSAGE, EVENT_FROM_AGENT,
        SAYING("done") ",\"extended_content\":[{\"type\":\"text\",\"text\":\"no bug\"}]");
    return 0;
}

static int without_log(void **state)
{
    event_log_close(opened);
    return folder_close(state);
}

static void assert_page(const struct event_query *query, size_t start, size_t limit,
                        const char *numbers, size_t next)
{
    scoped_buf struct buf text = {0};
    size_t found[8];
    size_t ret_next;
    const size_t count = event_search_page(opened, query, start, limit, found, &ret_next);
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%zu ", found[i]);
    assert_string_equal(text.len == 0 ? "" : text.data, numbers);
    assert_int_equal(ret_next, next);
}

static void pages_follow_each_other(void **state)
{
    (void)state;
    const struct event_query all = {0};
    assert_page(&all, SIZE_MAX, 2, "0 1 ", 2);
    assert_page(&all, 2, 2, "2 3 ", 4);
    assert_page(&all, 4, 2, "4 ", SIZE_MAX);
}

static void a_full_last_page_has_no_next(void **state)
{
    (void)state;
    const struct event_query all = {0};
    assert_page(&all, SIZE_MAX, 5, "0 1 2 3 4 ", SIZE_MAX);
}

static void the_newest_come_first(void **state)
{
    (void)state;
    const struct event_query query = {.newest_first = true};
    assert_page(&query, SIZE_MAX, 3, "4 3 2 ", 1);
    assert_page(&query, 1, 3, "1 0 ", SIZE_MAX);
}

static void kinds_and_sources_combine(void **state)
{
    (void)state;
    const struct event_query messages = {.kind = STR("MessageEvent")};
    assert_page(&messages, SIZE_MAX, 5, "0 4 ", SIZE_MAX);
    const struct event_query agents = {.kind = STR("MessageEvent"), .source = STR("agent")};
    assert_page(&agents, SIZE_MAX, 5, "4 ", SIZE_MAX);
}

static void what_nobody_is_matches_nothing(void **state)
{
    (void)state;
    const struct event_query kind = {.kind = STR("NoEvent")};
    const struct event_query source = {.source = STR("nobody")};
    assert_page(&kind, SIZE_MAX, 5, "", SIZE_MAX);
    assert_page(&source, SIZE_MAX, 5, "", SIZE_MAX);
    assert_int_equal(event_search_count(opened, &kind), 0);
}

static void text_is_looked_for_in_messages_only(void **state)
{
    (void)state;
    const struct event_query query = {.body = STR("bUg")};
    assert_page(&query, SIZE_MAX, 5, "0 4 ", SIZE_MAX);
    assert_int_equal(event_search_count(opened, &query), 2);
}

static void times_are_from_and_before(void **state)
{
    (void)state;
    const struct event_query query = {.has_from = true,
                                      .from_us = event_log_record(opened, 1)->naive_us,
                                      .has_before = true,
                                      .before_us = event_log_record(opened, 3)->naive_us};
    assert_page(&query, SIZE_MAX, 5, "1 2 ", SIZE_MAX);
}

int main(void)
{
#define WITH_LOG(test) cmocka_unit_test_setup_teardown(test, with_log, without_log)
    const struct CMUnitTest tests[] = {
        WITH_LOG(pages_follow_each_other),        WITH_LOG(a_full_last_page_has_no_next),
        WITH_LOG(the_newest_come_first),          WITH_LOG(kinds_and_sources_combine),
        WITH_LOG(what_nobody_is_matches_nothing), WITH_LOG(text_is_looked_for_in_messages_only),
        WITH_LOG(times_are_from_and_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
