#include "agent/stuck.h"

#include "server/base/json.h"
#include "tests/support/test.h"

static struct stuck stuck;

static int forget(void **state)
{
    (void)state;
    stuck_clear(&stuck);
    return 0;
}

static void add(enum event_kind kind, enum event_source source, const char *json)
{
    struct doc_error why;
    struct doc *doc = doc_parse(str_from(json), &why);
    assert_non_null(doc);
    stuck_add(&stuck, kind, source, doc_root(doc));
    doc_free(doc);
}

/* Ids differ each time, as they do in life. */
static void call(const char *command)
{
    static unsigned id;
    scoped_buf struct buf json = {0};
    buf_printf(&json,
               "{\"id\":\"%u\",\"thought\":[],\"action\":{\"command\":\"%s\"},"
               "\"tool_name\":\"terminal\"}",
               ++id, command);
    add(EVENT_ACTION, EVENT_FROM_AGENT, json.data);
}

static void answer(const char *text)
{
    scoped_buf struct buf json = {0};
    buf_printf(&json, "{\"observation\":{\"text\":\"%s\"},\"tool_name\":\"terminal\"}", text);
    add(EVENT_OBSERVATION, EVENT_FROM_ENVIRONMENT, json.data);
}

static void err(const char *text)
{
    scoped_buf struct buf json = {0};
    buf_printf(&json, "{\"error\":\"%s\",\"tool_name\":\"terminal\"}", text);
    add(EVENT_AGENT_ERROR, EVENT_FROM_AGENT, json.data);
}

static void say(enum event_source source)
{
    add(EVENT_MESSAGE, source, "{}");
}

static bool is_stuck(void)
{
    return stuck_is_stuck(&stuck, &stuck_default_limits);
}

static void the_same_call_with_the_same_result_four_times_is_stuck(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        call("ls");
        answer("a");
    }
    assert_false(is_stuck());
    call("ls");
    answer("a");
    assert_true(is_stuck());
}

static void another_result_is_progress(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        call("ls");
        answer(i == 1 ? "b" : "a");
    }
    assert_false(is_stuck());
}

static void a_message_of_the_user_starts_anew(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        if (i == 2)
            say(EVENT_FROM_USER);
        call("ls");
        answer("a");
    }
    assert_false(is_stuck());
}

static void the_third_error_gives_one_word_to_the_model(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (int i = 0; i < 3; i++) {
        assert_false(stuck_take_nudge(&stuck, &stuck_default_limits, &text));
        call("ls");
        err("no such thing");
    }
    assert_false(is_stuck());
    assert_true(stuck_take_nudge(&stuck, &stuck_default_limits, &text));
    assert_string_equal(
        text.data,
        "You've called `terminal` with the same arguments 3 times in a row and gotten the same "
        "error each time: no such thing. Repeating the exact same call again will not work — "
        "review the error message and either correct the arguments or try a different approach.");
    assert_false(stuck_take_nudge(&stuck, &stuck_default_limits, &text));
}

static void the_fourth_error_is_stuck(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        call("ls");
        err(i % 2 == 0 ? "one" : "two");
    }
    assert_true(is_stuck());
}

static void three_messages_of_the_agent_in_a_row_are_stuck(void **state)
{
    (void)state;
    say(EVENT_FROM_AGENT);
    say(EVENT_FROM_ENVIRONMENT);
    say(EVENT_FROM_AGENT);
    assert_false(is_stuck());
    say(EVENT_FROM_AGENT);
    assert_true(is_stuck());
}

static void two_calls_by_turns_are_stuck_after_three_rounds(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        assert_false(is_stuck());
        call(i % 2 == 0 ? "ls" : "pwd");
        answer(i % 2 == 0 ? "a" : "b");
    }
    assert_true(is_stuck());
}

static void another_branch_is_not_held_against_the_agent(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        call("ls");
        answer("a");
    }
    stuck_clear(&stuck);
    assert_false(is_stuck());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_same_call_with_the_same_result_four_times_is_stuck, forget),
        cmocka_unit_test_teardown(another_result_is_progress, forget),
        cmocka_unit_test_teardown(a_message_of_the_user_starts_anew, forget),
        cmocka_unit_test_teardown(the_third_error_gives_one_word_to_the_model, forget),
        cmocka_unit_test_teardown(the_fourth_error_is_stuck, forget),
        cmocka_unit_test_teardown(three_messages_of_the_agent_in_a_row_are_stuck, forget),
        cmocka_unit_test_teardown(two_calls_by_turns_are_stuck_after_three_rounds, forget),
        cmocka_unit_test_teardown(another_branch_is_not_held_against_the_agent, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
