#include "server/loop/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/loop/timer.h"
#include "tests/support/test.h"

static struct loop *open_loop(void)
{
    struct loop *loop = NULL;
    struct error error;
    assert_true(loop_open(&loop, &error));
    return loop;
}

static void set_true(void *owner)
{
    *(bool *)owner = true;
}

static void a_loop_without_work_has_nothing_to_wait_for(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    assert_false(loop_step(loop));
    loop_run(loop);
    assert_true(loop_close(loop));
}

static void a_deferred_call_runs_in_the_next_turn(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    bool was_called = false;
    loop_defer(loop, set_true, &was_called);
    assert_false(was_called);
    assert_true(loop_step(loop));
    assert_true(was_called);
    assert_false(loop_step(loop));
    assert_true(loop_close(loop));
}

struct trace {
    struct loop *loop;
    struct buf text;
};

static void trace_b(void *owner)
{
    struct trace *trace = owner;
    buf_append_byte(&trace->text, 'b');
}

static void trace_a_then_defer_b(void *owner)
{
    struct trace *trace = owner;
    buf_append_byte(&trace->text, 'a');
    loop_defer(trace->loop, trace_b, trace);
}

static void a_call_deferred_by_a_call_waits_for_the_turn_after(void **state)
{
    (void)state;
    struct trace trace = {.loop = open_loop()};
    loop_defer(trace.loop, trace_a_then_defer_b, &trace);
    loop_defer(trace.loop, trace_a_then_defer_b, &trace);
    assert_true(loop_step(trace.loop));
    assert_string_equal(trace.text.data, "aa");
    assert_true(loop_step(trace.loop));
    assert_string_equal(trace.text.data, "aabb");
    buf_fini(&trace.text);
    assert_true(loop_close(trace.loop));
}

static void closing_the_loop_runs_what_was_deferred(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    bool was_called = false;
    loop_defer(loop, set_true, &was_called);
    assert_true(loop_close(loop));
    assert_true(was_called);
}

static void do_nothing(void *owner)
{
    (void)owner;
}

static void a_leaked_handle_fails_the_close(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    struct timer *timer = timer_open(loop, do_nothing, NULL);
    assert_false(loop_close(loop));
    free(timer); /* nobody else can, now that its loop has gone */
}

static void a_handle_that_is_being_closed_is_no_leak(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    timer_close(timer_open(loop, do_nothing, NULL));
    assert_true(loop_close(loop));
}

struct visitor {
    struct loop *loop;
    bool is_owner;
    bool has_arrived;
};

static void arrive(void *owner)
{
    struct visitor *visitor = owner;
    visitor->has_arrived = true;
    loop_release(visitor->loop);
}

static void *visit(void *argument)
{
    struct visitor *visitor = argument;
    visitor->is_owner = loop_is_owner(visitor->loop);
    loop_post(visitor->loop, arrive, visitor);
    return NULL;
}

static void a_call_from_another_thread_wakes_the_loop(void **state)
{
    (void)state;
    struct visitor visitor = {.loop = open_loop(), .is_owner = true};
    loop_hold(visitor.loop);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, visit, &visitor), 0);
    while (!visitor.has_arrived)
        assert_true(loop_step(visitor.loop));
    pthread_join(thread, NULL);
    assert_false(visitor.is_owner);
    assert_true(loop_is_owner(visitor.loop));
    assert_false(loop_step(visitor.loop));
    assert_true(loop_close(visitor.loop));
}

static void stop(void *owner)
{
    loop_stop(owner);
}

static void a_stopped_loop_returns_from_run(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    struct timer *timer = timer_open(loop, do_nothing, NULL);
    timer_start(timer, 1000000, 0);
    loop_defer(loop, stop, loop);
    loop_run(loop);
    timer_close(timer);
    assert_true(loop_close(loop));
}

static void close_calls_come_last(void **state)
{
    (void)state;
    struct trace trace = {.loop = open_loop()};
    loop_on_close(trace.loop, trace_b, &trace);
    loop_defer(trace.loop, trace_a_then_defer_b, &trace);
    assert_true(loop_close(trace.loop));
    assert_string_equal(trace.text.data, "abb");
    buf_fini(&trace.text);
}

static void writing_to_a_closed_pipe_does_not_kill_the_process(void **state)
{
    (void)state;
    struct loop *loop = open_loop();
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_int_equal(write(ends[1], "x", 1), -1);
    close(ends[1]);
    assert_true(loop_close(loop));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_without_work_has_nothing_to_wait_for),
        cmocka_unit_test(a_deferred_call_runs_in_the_next_turn),
        cmocka_unit_test(a_call_deferred_by_a_call_waits_for_the_turn_after),
        cmocka_unit_test(closing_the_loop_runs_what_was_deferred),
        cmocka_unit_test(a_leaked_handle_fails_the_close),
        cmocka_unit_test(a_handle_that_is_being_closed_is_no_leak),
        cmocka_unit_test(a_call_from_another_thread_wakes_the_loop),
        cmocka_unit_test(a_stopped_loop_returns_from_run),
        cmocka_unit_test(close_calls_come_last),
        cmocka_unit_test(writing_to_a_closed_pipe_does_not_kill_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
