#include "actions/git_queue.h"

#include <stdatomic.h>
#include <unistd.h>

#include "tests/support/git_repo.h"

/* A task that may be held at a gate: a pipe it reads one byte from. */
struct work_item {
    int gate; /* -1: none */
    struct git_task *task;
    bool fails;
    bool has_run;
    bool is_done;
    struct error error; /* NONE on success */
};

static atomic_int running;
static atomic_int most_running;

static bool run_item(struct git *git, void *job, struct error *error)
{
    (void)git; /* no command is needed to see the order */
    struct work_item *item = job;
    char byte;
    const int now = atomic_fetch_add(&running, 1) + 1;
    if (now > atomic_load(&most_running))
        atomic_store(&most_running, now);
    item->has_run = true;
    if (item->gate >= 0)
        assert_int_equal(read(item->gate, &byte, 1), 1);
    atomic_fetch_sub(&running, 1);
    return !item->fails || error_set(error, ERROR_INVALID, "as asked");
}

static void on_item_done(void *job, const struct error *error)
{
    struct work_item *item = job;
    assert_false(item->is_done);
    item->is_done = true;
    item->error = error == NULL ? (struct error){0} : *error;
}

static struct git_queue *queue;
static int gate[2];

static int open_queue(void **state)
{
    (void)repo_open(state);
    atomic_store(&running, 0);
    atomic_store(&most_running, 0);
    assert_int_equal(pipe(gate), 0);
    queue = git_queue_open(repo.loop, repo.processes, repo.child_env);
    return 0;
}

static int close_queue(void **state)
{
    git_queue_close(queue);
    (void)close(gate[0]);
    (void)close(gate[1]);
    return repo_close(state);
}

static void start(struct work_item *item)
{
    item->task = git_queue_start(queue, run_item, on_item_done, item);
    assert_false(item->is_done);
}

static void open_gate(size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(write(gate[1], "x", 1), 1);
}

static void wait_for(const struct work_item *item)
{
    while (!item->is_done)
        assert_true(loop_step(repo.loop));
}

static void a_task_runs_and_reports(void **state)
{
    (void)state;
    struct work_item good = {.gate = -1};
    struct work_item bad = {.gate = -1, .fails = true};
    start(&good);
    start(&bad);
    wait_for(&good);
    wait_for(&bad);
    assert_int_equal(good.error.code, ERROR_NONE);
    assert_string_equal(bad.error.text, "as asked");
}

static void only_so_many_tasks_run_at_once(void **state)
{
    (void)state;
    struct work_item items[3 * GIT_QUEUE_RUNNING];
    for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
        items[i] = (struct work_item){.gate = gate[0]};
        start(&items[i]);
    }
    open_gate(ARRAY_SIZE(items));
    for (size_t i = 0; i < ARRAY_SIZE(items); i++)
        wait_for(&items[i]);
    assert_in_range(atomic_load(&most_running), 1, GIT_QUEUE_RUNNING);
}

/* Fills all places; the tasks run until the gate opens. */
static void fill(struct work_item *items)
{
    for (size_t i = 0; i < GIT_QUEUE_RUNNING; i++) {
        items[i] = (struct work_item){.gate = gate[0]};
        start(&items[i]);
    }
}

static void empty(struct work_item *items)
{
    open_gate(GIT_QUEUE_RUNNING);
    for (size_t i = 0; i < GIT_QUEUE_RUNNING; i++)
        wait_for(&items[i]);
}

static void a_waiting_task_that_is_cancelled_never_runs(void **state)
{
    (void)state;
    struct work_item before[GIT_QUEUE_RUNNING];
    struct work_item item = {.gate = -1};
    fill(before);
    start(&item);
    git_task_cancel(item.task);
    assert_false(item.is_done);
    wait_for(&item);
    assert_int_equal(item.error.code, ERROR_CANCELLED);
    assert_false(item.has_run);
    empty(before);
}

static void a_full_queue_refuses(void **state)
{
    (void)state;
    struct work_item before[GIT_QUEUE_RUNNING];
    struct work_item *waiting = mem_zero(GIT_QUEUE_WAITING, sizeof(*waiting));
    struct work_item one_more = {.gate = -1};
    fill(before);
    for (size_t i = 0; i < GIT_QUEUE_WAITING; i++) {
        waiting[i].gate = -1;
        start(&waiting[i]);
    }
    start(&one_more);
    wait_for(&one_more);
    assert_int_equal(one_more.error.code, ERROR_UNAVAILABLE);
    assert_false(one_more.has_run);
    empty(before);
    for (size_t i = 0; i < GIT_QUEUE_WAITING; i++)
        wait_for(&waiting[i]);
    assert_int_equal(waiting[GIT_QUEUE_WAITING - 1].error.code, ERROR_NONE);
    free(waiting);
}

static void closing_cancels_what_waits_and_lets_the_rest_end(void **state)
{
    (void)state;
    struct work_item before[GIT_QUEUE_RUNNING];
    struct work_item item = {.gate = -1};
    fill(before);
    start(&item);
    git_queue_close(take_pointer(&queue));
    wait_for(&item);
    assert_int_equal(item.error.code, ERROR_CANCELLED);
    empty(before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_queue, close_queue)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_task_runs_and_reports),
        TEST(only_so_many_tasks_run_at_once),
        TEST(a_waiting_task_that_is_cancelled_never_runs),
        TEST(a_full_queue_refuses),
        TEST(closing_cancels_what_waits_and_lets_the_rest_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
