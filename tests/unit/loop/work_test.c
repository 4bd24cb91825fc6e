#include "server/loop/work.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "server/base/attributes.h"
#include "server/base/error.h"
#include "server/loop/loop.h"
#include "tests/support/test.h"

struct job {
    struct loop *loop;
    struct work *work;
    sem_t has_begun;
    sem_t may_end;
    bool has_run;
    bool ran_on_loop_thread;
    bool was_cancelled;
    bool blocks_signals;
    pid_t thread;
    unsigned done;
};

static struct loop *loop;

static int open_loop(void **state)
{
    (void)state;
    struct error error;
    assert_true(loop_open(&loop, &error));
    return 0;
}

static int close_loop(void **state)
{
    (void)state;
    assert_true(loop_close(loop));
    return 0;
}

static void init_job(struct job *job)
{
    *job = (struct job){.loop = loop};
    sem_init(&job->has_begun, 0, 0);
    sem_init(&job->may_end, 0, 0);
}

static void run_at_once(void *owner)
{
    struct job *job = owner;
    job->has_run = true;
    job->ran_on_loop_thread = loop_is_owner(job->loop);
    job->thread = gettid();
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    job->blocks_signals =
        sigismember(&blocked, SIGCHLD) == 1 && sigismember(&blocked, SIGTERM) == 1;
}

static void run_until_allowed(void *owner)
{
    struct job *job = owner;
    job->has_run = true;
    sem_post(&job->has_begun);
    sem_wait(&job->may_end);
}

static void note_done(void *owner, bool is_cancelled)
{
    struct job *job = owner;
    assert_true(loop_is_owner(job->loop));
    job->was_cancelled = is_cancelled;
    job->done++;
}

static void finish_job(const struct job *job)
{
    while (job->done == 0)
        assert_true(loop_step(job->loop));
}

static void a_job_runs_on_another_thread_and_is_done_on_the_loop(void **state)
{
    (void)state;
    struct job job;
    init_job(&job);
    (void)work_start(loop, run_at_once, note_done, &job);
    finish_job(&job);
    assert_true(job.has_run);
    assert_false(job.ran_on_loop_thread);
    assert_false(job.was_cancelled);
    assert_false(loop_step(loop));
    assert_int_equal(job.done, 1);
}

static void a_worker_leaves_signals_to_the_loop_thread(void **state)
{
    (void)state;
    struct job job;
    init_job(&job);
    (void)work_start(loop, run_at_once, note_done, &job);
    finish_job(&job);
    assert_true(job.blocks_signals);
}

static void jobs_one_after_the_other_share_a_thread(void **state)
{
    (void)state;
    pid_t threads[2] = {0};
    for (int i = 0; i < 20; i++) {
        struct job job;
        init_job(&job);
        (void)work_start(loop, run_at_once, note_done, &job);
        finish_job(&job);
        /* A job is done a moment before its thread is idle, so there may be a second thread. */
        const size_t known = threads[0] == 0 || threads[0] == job.thread ? 0 : 1;
        assert_true(threads[known] == 0 || threads[known] == job.thread);
        threads[known] = job.thread;
    }
}

static void more_jobs_than_threads_wait_in_order(void **state)
{
    (void)state;
    static struct job busy[WORK_THREADS];
    struct job waiting;
    for (size_t i = 0; i < WORK_THREADS; i++) {
        init_job(&busy[i]);
        (void)work_start(loop, run_until_allowed, note_done, &busy[i]);
    }
    init_job(&waiting);
    (void)work_start(loop, run_at_once, note_done, &waiting);
    for (size_t i = 0; i < WORK_THREADS; i++)
        sem_wait(&busy[i].has_begun);
    assert_false(waiting.has_run);
    sem_post(&busy[3].may_end);
    finish_job(&waiting);
    assert_true(waiting.has_run);
    for (size_t i = 0; i < WORK_THREADS; i++)
        sem_post(&busy[i].may_end);
    for (size_t i = 0; i < WORK_THREADS; i++)
        finish_job(&busy[i]);
}

static void a_waiting_job_that_is_cancelled_never_runs(void **state)
{
    (void)state;
    static struct job busy[WORK_THREADS];
    struct job waiting;
    for (size_t i = 0; i < WORK_THREADS; i++) {
        init_job(&busy[i]);
        (void)work_start(loop, run_until_allowed, note_done, &busy[i]);
    }
    init_job(&waiting);
    waiting.work = work_start(loop, run_at_once, note_done, &waiting);
    work_cancel(waiting.work);
    work_cancel(waiting.work);
    assert_int_equal(waiting.done, 0);
    finish_job(&waiting);
    assert_true(waiting.was_cancelled);
    assert_false(waiting.has_run);
    for (size_t i = 0; i < WORK_THREADS; i++)
        sem_post(&busy[i].may_end);
    for (size_t i = 0; i < WORK_THREADS; i++)
        finish_job(&busy[i]);
    assert_int_equal(waiting.done, 1);
}

static void a_running_job_that_is_cancelled_goes_on(void **state)
{
    (void)state;
    struct job job;
    init_job(&job);
    job.work = work_start(loop, run_until_allowed, note_done, &job);
    sem_wait(&job.has_begun);
    work_cancel(job.work);
    sem_post(&job.may_end);
    finish_job(&job);
    assert_false(job.was_cancelled);
}

static void a_job_that_is_left_running_fails_the_close(void **state)
{
    (void)state;
    struct error error;
    struct job job;
    struct loop *own_loop = NULL;
    assert_true(loop_open(&own_loop, &error));
    init_job(&job);
    job.loop = own_loop;
    (void)work_start(own_loop, run_at_once, note_done, &job);
    assert_false(loop_close(own_loop));
    assert_int_equal(job.done, 1);
}

struct producer {
    struct loop *loop;
    struct work_thread *thread;
    sem_t may_end;
    atomic_uint produced;
    unsigned seen;
    unsigned wakes;
    unsigned ends;
};

static void produce_a_hundred(void *owner)
{
    struct producer *producer = owner;
    for (int i = 0; i < 100; i++) {
        atomic_fetch_add(&producer->produced, 1);
        work_thread_wake(producer->thread);
    }
    sem_wait(&producer->may_end);
}

static void note_wake(void *owner)
{
    struct producer *producer = owner;
    assert_true(loop_is_owner(producer->loop));
    assert_int_equal(producer->ends, 0);
    producer->seen = atomic_load(&producer->produced);
    producer->wakes++;
}

static void note_end(void *owner)
{
    struct producer *producer = owner;
    assert_true(loop_is_owner(producer->loop));
    producer->ends++;
}

static const struct work_thread_calls hundred_calls = {produce_a_hundred, note_wake, note_end};

static void start_producer(struct producer *producer)
{
    *producer = (struct producer){.loop = loop};
    sem_init(&producer->may_end, 0, 0);
    assert_true(work_thread_start(loop, &hundred_calls, producer, &producer->thread));
}

static void a_thread_of_its_own_wakes_the_loop_for_all_it_produced(void **state)
{
    (void)state;
    struct producer producer;
    start_producer(&producer);
    while (producer.seen < 100)
        assert_true(loop_step(loop));
    assert_in_range(producer.wakes, 1, 100);
    sem_post(&producer.may_end);
    while (producer.ends == 0)
        assert_true(loop_step(loop));
    assert_false(loop_step(loop));
    assert_int_equal(producer.ends, 1);
}

static void wakes_before_the_loop_looks_are_joined(void **state)
{
    (void)state;
    struct producer producer;
    start_producer(&producer);
    while (atomic_load(&producer.produced) < 100)
        continue; /* without turning the loop */
    sem_post(&producer.may_end);
    while (producer.ends == 0)
        assert_true(loop_step(loop));
    assert_in_range(producer.wakes, 1, 2); /* the last may come after the look */
}

static void run_nothing(void *owner)
{
    (void)owner;
}

static void a_wake_that_comes_with_the_end_is_not_delivered_after_it(void **state)
{
    (void)state;
    static const struct work_thread_calls nothing_calls = {run_nothing, note_wake, note_end};
    struct producer producer = {.loop = loop};
    assert_true(work_thread_start(loop, &nothing_calls, &producer, &producer.thread));
    work_thread_wake(producer.thread); /* before or after the end is posted */
    while (producer.ends == 0)
        assert_true(loop_step(loop));
    while (loop_step(loop))
        continue;
    assert_in_range(producer.wakes, 0, 1);
}

#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, open_loop, close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LOOP(a_job_runs_on_another_thread_and_is_done_on_the_loop),
        WITH_LOOP(a_worker_leaves_signals_to_the_loop_thread),
        WITH_LOOP(jobs_one_after_the_other_share_a_thread),
        WITH_LOOP(more_jobs_than_threads_wait_in_order),
        WITH_LOOP(a_waiting_job_that_is_cancelled_never_runs),
        WITH_LOOP(a_running_job_that_is_cancelled_goes_on),
        cmocka_unit_test(a_job_that_is_left_running_fails_the_close),
        WITH_LOOP(a_thread_of_its_own_wakes_the_loop_for_all_it_produced),
        WITH_LOOP(wakes_before_the_loop_looks_are_joined),
        WITH_LOOP(a_wake_that_comes_with_the_end_is_not_delivered_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
