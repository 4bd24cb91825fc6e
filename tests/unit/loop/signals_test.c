#include "server/loop/signals.h"

#include <signal.h>

#include "server/base/error.h"
#include "server/loop/loop.h"
#include "tests/support/test.h"

struct listener {
    struct loop *loop;
    struct signals *signals;
    unsigned count;
    int last;
};

static void note_signal(void *owner, int number)
{
    struct listener *listener = owner;
    listener->count++;
    listener->last = number;
}

static const int stop_signals[] = {SIGTERM, SIGINT};

static int open_listener(void **state)
{
    static struct listener listener;
    struct error error;
    listener = (struct listener){0};
    assert_true(loop_open(&listener.loop, &error));
    assert_true(signals_open(listener.loop, stop_signals, ARRAY_SIZE(stop_signals), note_signal,
                             &listener, &listener.signals, &error));
    *state = &listener;
    return 0;
}

static int close_listener(void **state)
{
    const struct listener *listener = *state;
    signals_close(listener->signals);
    assert_true(loop_close(listener->loop));
    return 0;
}

static void each_signal_of_the_set_arrives_as_an_event(void **state)
{
    const struct listener *listener = *state;
    for (unsigned i = 0; i < ARRAY_SIZE(stop_signals); i++) {
        assert_int_equal(raise(stop_signals[i]), 0);
        assert_int_equal(listener->count, i);
        while (listener->count == i)
            assert_true(loop_step(listener->loop));
        assert_int_equal(listener->last, stop_signals[i]);
    }
}

static void a_closed_set_gives_the_default_effect_back(void **state)
{
    struct listener *listener = *state;
    struct sigaction action;
    assert_int_equal(sigaction(SIGTERM, NULL, &action), 0);
    assert_true(action.sa_handler != SIG_DFL);
    signals_close(listener->signals);
    listener->signals = NULL;
    loop_run(listener->loop);
    assert_int_equal(sigaction(SIGTERM, NULL, &action), 0);
    assert_true(action.sa_handler == SIG_DFL);
}

static void a_signal_that_cannot_be_caught_is_refused(void **state)
{
    const struct listener *listener = *state;
    static const int numbers[] = {SIGUSR1, SIGKILL};
    struct signals *signals = NULL;
    struct error error;
    assert_false(signals_open(listener->loop, numbers, ARRAY_SIZE(numbers), note_signal, NULL,
                              &signals, &error));
    assert_null(signals);
}

#define WITH_LISTENER(test) cmocka_unit_test_setup_teardown(test, open_listener, close_listener)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LISTENER(each_signal_of_the_set_arrives_as_an_event),
        WITH_LISTENER(a_closed_set_gives_the_default_effect_back),
        WITH_LISTENER(a_signal_that_cannot_be_caught_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
