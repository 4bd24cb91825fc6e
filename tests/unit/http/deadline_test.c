#include "server/http/deadline.h"

#include "server/base/error.h"
#include "server/loop/loop.h"
#include "tests/support/test.h"

struct fixture {
    struct loop *loop;
    struct deadlines *deadlines;
    struct deadline first;
    struct deadline second;
    unsigned due; /* decimal digits: in which order they came */
};

static void on_first(void *owner)
{
    struct fixture *fixture = owner;
    fixture->due = fixture->due * 10 + 1;
}

static void on_second(void *owner)
{
    struct fixture *fixture = owner;
    fixture->due = fixture->due * 10 + 2;
}

static int set_up(void **state)
{
    static struct fixture fixture;
    struct error error = {0};
    fixture = (struct fixture){
        .first = {.on_due = on_first, .owner = &fixture},
        .second = {.on_due = on_second, .owner = &fixture},
    };
    assert_true(loop_open(&fixture.loop, &error));
    fixture.deadlines = deadlines_open(fixture.loop);
    deadlines_configure(fixture.deadlines, DEADLINE_IDLE, 10);
    deadlines_configure(fixture.deadlines, DEADLINE_BODY, 20);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    deadlines_close(fixture->deadlines);
    assert_true(loop_close(fixture->loop));
    return 0;
}

static void run(struct fixture *fixture)
{
    while (loop_step(fixture->loop)) {
    }
}

static void each_kind_has_its_own_duration(void **state)
{
    struct fixture *fixture = *state;
    deadline_set(fixture->deadlines, &fixture->second, DEADLINE_BODY);
    deadline_set(fixture->deadlines, &fixture->first, DEADLINE_IDLE);
    run(fixture);
    assert_int_equal(fixture->due, 12);
}

static void a_cleared_deadline_does_not_come(void **state)
{
    struct fixture *fixture = *state;
    deadline_set(fixture->deadlines, &fixture->first, DEADLINE_IDLE);
    deadline_set(fixture->deadlines, &fixture->second, DEADLINE_BODY);
    deadline_clear(&fixture->first);
    run(fixture);
    assert_int_equal(fixture->due, 2);
}

static void a_deadline_set_anew_counts_from_then(void **state)
{
    struct fixture *fixture = *state;
    deadline_set(fixture->deadlines, &fixture->first, DEADLINE_IDLE);
    deadline_set(fixture->deadlines, &fixture->second, DEADLINE_IDLE);
    deadline_set(fixture->deadlines, &fixture->first, DEADLINE_BODY);
    run(fixture);
    assert_int_equal(fixture->due, 21);
}

static void without_a_deadline_nothing_wakes(void **state)
{
    struct fixture *fixture = *state;
    assert_false(loop_step(fixture->loop));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(each_kind_has_its_own_duration),
        CASE(a_cleared_deadline_does_not_come),
        CASE(a_deadline_set_anew_counts_from_then),
        CASE(without_a_deadline_nothing_wakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
