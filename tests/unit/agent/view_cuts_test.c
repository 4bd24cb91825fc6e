#include "agent/view_cuts.h"

#include "agent/view.h"
#include "agent/view_key.h"
#include "tests/support/test.h"

#define MAX_ITEMS 16

static struct view_item items[MAX_ITEMS];
static size_t count;

static int forget(void **state)
{
    (void)state;
    count = 0;
    return 0;
}

static void say(void)
{
    items[count++] = (struct view_item){.kind = EVENT_MESSAGE};
}

static void call(const char *response, const char *id)
{
    items[count++] = (struct view_item){.kind = EVENT_ACTION,
                                        .call = view_key(str_from(id)),
                                        .response = view_key(str_from(response))};
}

static void think_and_call(const char *response, const char *id)
{
    call(response, id);
    items[count - 1].has_thinking = true;
}

static void answer(const char *id)
{
    items[count++] = (struct view_item){.kind = EVENT_OBSERVATION, .call = view_key(str_from(id))};
}

/* One character for each place: "|" may be cut, "." not. */
static void assert_cuts(const char *expected)
{
    bool may_cut[MAX_ITEMS + 1];
    char text[MAX_ITEMS + 2] = {0};
    view_cuts(items, count, may_cut);
    for (size_t i = 0; i <= count; i++)
        text[i] = may_cut[i] ? '|' : '.';
    assert_string_equal(text, expected);
}

static void messages_may_be_cut_anywhere(void **state)
{
    (void)state;
    say();
    say();
    assert_cuts("|||");
}

static void a_call_stays_with_its_result(void **state)
{
    (void)state;
    say();
    call("r", "a");
    say();
    answer("a");
    say();
    assert_cuts("||..||");
}

static void the_calls_of_an_answer_stay_together(void **state)
{
    (void)state;
    call("r", "a");
    call("r", "b");
    answer("a");
    answer("b");
    assert_cuts("|...|");
}

static void a_call_that_nothing_answers_hinders_nothing(void **state)
{
    (void)state;
    call("r", "a");
    say();
    assert_cuts("|||");
}

static void a_result_without_its_call_hinders_nothing(void **state)
{
    (void)state;
    say();
    answer("a");
    say();
    assert_cuts("||||");
}

static void an_id_may_be_used_again(void **state)
{
    (void)state;
    call("r", "a");
    answer("a");
    call("s", "a");
    answer("a");
    assert_cuts("|.|.|");
}

static void a_chain_of_thinking_stays_whole(void **state)
{
    (void)state;
    think_and_call("r", "a");
    answer("a");
    call("s", "b");
    answer("b");
    say();
    assert_cuts("|...||");
}

static void new_thinking_begins_a_new_chain(void **state)
{
    (void)state;
    think_and_call("r", "a");
    answer("a");
    think_and_call("s", "b");
    answer("b");
    assert_cuts("|.|.|");
}

static void the_next_place_may_be_the_end_or_nowhere(void **state)
{
    (void)state;
    const bool may_cut[] = {true, false, false, true};
    assert_int_equal(view_cuts_next(may_cut, 3, 0), 0);
    assert_int_equal(view_cuts_next(may_cut, 3, 1), 3);
    assert_true(view_cuts_next(may_cut, 2, 1) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(messages_may_be_cut_anywhere, forget),
        cmocka_unit_test_teardown(a_call_stays_with_its_result, forget),
        cmocka_unit_test_teardown(the_calls_of_an_answer_stay_together, forget),
        cmocka_unit_test_teardown(a_call_that_nothing_answers_hinders_nothing, forget),
        cmocka_unit_test_teardown(a_result_without_its_call_hinders_nothing, forget),
        cmocka_unit_test_teardown(an_id_may_be_used_again, forget),
        cmocka_unit_test_teardown(a_chain_of_thinking_stays_whole, forget),
        cmocka_unit_test_teardown(new_thinking_begins_a_new_chain, forget),
        cmocka_unit_test_teardown(the_next_place_may_be_the_end_or_nowhere, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
