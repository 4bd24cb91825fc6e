#include "server/loop/timer.h"

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/loop/loop.h"
#include "tests/support/test.h"

struct ticks {
    struct loop *loop;
    struct timer *timer;
    unsigned count;
    unsigned close_at; /* the timer closes itself at this tick; 0: never */
};

static void count_tick(void *owner)
{
    struct ticks *ticks = owner;
    if (++ticks->count == ticks->close_at)
        timer_close(ticks->timer);
}

static int open_ticks(void **state)
{
    static struct ticks ticks;
    struct error error;
    ticks = (struct ticks){0};
    assert_true(loop_open(&ticks.loop, &error));
    ticks.timer = timer_open(ticks.loop, count_tick, &ticks);
    *state = &ticks;
    return 0;
}

static int close_ticks(void **state)
{
    const struct ticks *ticks = *state;
    if (ticks->close_at == 0)
        timer_close(ticks->timer);
    assert_true(loop_close(ticks->loop));
    return 0;
}

static void a_timer_that_is_not_started_keeps_nothing_waiting(void **state)
{
    const struct ticks *ticks = *state;
    assert_false(timer_is_running(ticks->timer));
    assert_false(loop_step(ticks->loop));
}

static void a_one_shot_timer_is_due_once(void **state)
{
    const struct ticks *ticks = *state;
    timer_start(ticks->timer, 0, 0);
    assert_true(timer_is_running(ticks->timer));
    assert_int_equal(ticks->count, 0);
    loop_run(ticks->loop);
    assert_int_equal(ticks->count, 1);
    assert_false(timer_is_running(ticks->timer));
}

static void a_repeating_timer_is_due_until_it_is_stopped(void **state)
{
    const struct ticks *ticks = *state;
    timer_start(ticks->timer, 0, 1);
    while (ticks->count < 3)
        assert_true(loop_step(ticks->loop));
    timer_stop(ticks->timer);
    assert_false(loop_step(ticks->loop));
    assert_int_equal(ticks->count, 3);
}

static void starting_a_running_timer_sets_it_anew(void **state)
{
    const struct ticks *ticks = *state;
    timer_start(ticks->timer, 1000000, 0);
    timer_start(ticks->timer, 1, 0);
    loop_run(ticks->loop);
    assert_int_equal(ticks->count, 1);
}

static void a_delay_counts_from_the_start_even_late_in_a_turn(void **state)
{
    const struct ticks *ticks = *state;
    const uint64_t turn_began = clock_monotonic_ms();
    while (clock_monotonic_ms() < turn_began + 30)
        continue; /* a long callback */
    const uint64_t started = clock_monotonic_ms();
    timer_start(ticks->timer, 20, 0);
    loop_run(ticks->loop);
    assert_true(clock_monotonic_ms() + 1 >= started + 20); /* both clocks cut to milliseconds */
}

static void a_timer_may_close_itself_when_due(void **state)
{
    struct ticks *ticks = *state;
    ticks->close_at = 2;
    timer_start(ticks->timer, 0, 1);
    loop_run(ticks->loop);
    assert_int_equal(ticks->count, 2);
}

static void a_closed_timer_is_not_due_any_more(void **state)
{
    struct ticks *ticks = *state;
    timer_start(ticks->timer, 0, 0);
    timer_close(ticks->timer);
    ticks->close_at = UINT32_MAX;
    loop_run(ticks->loop);
    assert_int_equal(ticks->count, 0);
}

static void closing_no_timer_is_fine(void **state)
{
    (void)state;
    timer_close(NULL);
}

#define WITH_TICKS(test) cmocka_unit_test_setup_teardown(test, open_ticks, close_ticks)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TICKS(a_timer_that_is_not_started_keeps_nothing_waiting),
        WITH_TICKS(a_one_shot_timer_is_due_once),
        WITH_TICKS(a_repeating_timer_is_due_until_it_is_stopped),
        WITH_TICKS(starting_a_running_timer_sets_it_anew),
        WITH_TICKS(a_delay_counts_from_the_start_even_late_in_a_turn),
        WITH_TICKS(a_timer_may_close_itself_when_due),
        WITH_TICKS(a_closed_timer_is_not_due_any_more),
        cmocka_unit_test(closing_no_timer_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
