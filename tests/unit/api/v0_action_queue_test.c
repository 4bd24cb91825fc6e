#include "api/v0/action_queue.h"

#include "api/v0/runtime.h"
#include "server/base/attributes.h"
#include "server/base/error.h"
#include "tests/support/test.h"

/* A runtime of the test's own stands in for the real one. */
static enum v0_state runtime_state;
static void (*on_runtime_ready)(void *owner, const struct error *error);
static void *ready_owner;

enum v0_state v0_runtime_state(const struct v0_runtime *runtime)
{
    (void)runtime;
    return runtime_state;
}

void v0_runtime_prepare(struct v0_runtime *runtime,
                        void (*on_ready)(void *owner, const struct error *error), void *owner)
{
    (void)runtime;
    assert_null(on_runtime_ready);
    on_runtime_ready = on_ready;
    ready_owner = owner;
}

static void finish_preparing(const struct error *error)
{
    void (*on_ready)(void *owner, const struct error *error) = on_runtime_ready;
    on_runtime_ready = NULL;
    on_ready(ready_owner, error);
}

struct entry {
    struct v0_queue_entry entry;
    struct v0_action_queue *queue;
    unsigned started;
    unsigned refused;
    enum error_code code;
    bool ends_at_once;
};

static void on_start(struct v0_queue_entry *link)
{
    struct entry *entry = container_of(link, struct entry, entry);
    entry->started++;
    if (entry->ends_at_once)
        v0_action_queue_done(entry->queue);
}

static void on_refused(struct v0_queue_entry *link, const struct error *error)
{
    struct entry *entry = container_of(link, struct entry, entry);
    entry->refused++;
    entry->code = error->code;
}

static struct v0_action_queue *queue;

static int set_up(void **state)
{
    (void)state;
    runtime_state = V0_READY;
    on_runtime_ready = NULL;
    queue = v0_action_queue_new(NULL);
    return 0;
}

static void add(struct entry *entry)
{
    entry->queue = queue;
    entry->entry = (struct v0_queue_entry){.on_start = on_start, .on_refused = on_refused};
    v0_action_queue_add(queue, &entry->entry);
}

static void one_action_runs_at_a_time(void **state)
{
    (void)state;
    struct entry first = {0};
    struct entry second = {0};
    struct entry third = {0};
    add(&first);
    add(&second);
    add(&third);
    assert_int_equal(first.started, 1);
    assert_int_equal(second.started, 0);
    v0_action_queue_done(queue);
    assert_int_equal(second.started, 1);
    assert_int_equal(third.started, 0);
    v0_action_queue_done(queue);
    assert_int_equal(third.started, 1);
    v0_action_queue_done(queue);
    v0_action_queue_close(queue);
}

static void many_that_end_at_once_do_not_nest(void **state)
{
    (void)state;
    struct entry first = {0};
    static struct entry others[V0_ACTION_QUEUE_MAX];
    add(&first);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        others[i] = (struct entry){.ends_at_once = true};
        add(&others[i]);
    }
    v0_action_queue_done(queue);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        assert_int_equal(others[i].started, 1);
    v0_action_queue_close(queue);
}

static void one_too_many_is_refused(void **state)
{
    (void)state;
    struct entry first = {0};
    struct entry last = {0};
    static struct entry others[V0_ACTION_QUEUE_MAX];
    add(&first);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        add(&others[i]);
    add(&last);
    assert_int_equal(last.refused, 1);
    assert_int_equal(last.code, ERROR_LIMIT);
    v0_action_queue_close(queue);
    assert_int_equal(others[0].refused, 1);
    v0_action_queue_done(queue);
}

static void the_first_action_has_the_runtime_prepared(void **state)
{
    (void)state;
    struct entry first = {0};
    struct entry second = {0};
    runtime_state = V0_IDLE;
    add(&first);
    add(&second);
    assert_int_equal(first.started, 0);
    runtime_state = V0_READY;
    finish_preparing(NULL);
    assert_int_equal(first.started, 1);
    assert_int_equal(second.started, 0);
    v0_action_queue_done(queue);
    v0_action_queue_done(queue);
    v0_action_queue_close(queue);
}

static void all_are_refused_when_the_runtime_fails(void **state)
{
    (void)state;
    struct entry first = {0};
    struct entry second = {0};
    struct error error;
    runtime_state = V0_IDLE;
    add(&first);
    add(&second);
    runtime_state = V0_FAILED;
    (void)error_set(&error, ERROR_INTERNAL, "no user"); /* is false */
    finish_preparing(&error);
    assert_int_equal(first.refused, 1);
    assert_int_equal(second.refused, 1);
    v0_action_queue_close(queue);
}

static void those_that_wait_are_refused_when_it_is_closed(void **state)
{
    (void)state;
    struct entry first = {0};
    struct entry second = {0};
    add(&first);
    add(&second);
    v0_action_queue_close(queue);
    assert_int_equal(first.refused, 0);
    assert_int_equal(second.refused, 1);
    v0_action_queue_done(queue);
    assert_int_equal(second.started, 0);
}

static void it_may_be_closed_while_the_runtime_is_prepared(void **state)
{
    (void)state;
    struct entry first = {0};
    struct error error;
    runtime_state = V0_PREPARING;
    add(&first);
    v0_action_queue_close(queue);
    assert_int_equal(first.refused, 1);
    (void)error_set(&error, ERROR_CANCELLED, "closed"); /* is false */
    finish_preparing(&error);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(one_action_runs_at_a_time),
        TEST(many_that_end_at_once_do_not_nest),
        TEST(one_too_many_is_refused),
        TEST(the_first_action_has_the_runtime_prepared),
        TEST(all_are_refused_when_the_runtime_fails),
        TEST(those_that_wait_are_refused_when_it_is_closed),
        TEST(it_may_be_closed_while_the_runtime_is_prepared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
