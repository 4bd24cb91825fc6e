#include "server/loop/work.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "server/base/list.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

/*
 * A pool of its own instead of libuv's: threads start one by one when a job finds none free, their
 * number is no environment variable that children would inherit, and they end with the loop.
 *
 * Threads block all signals, so that those for the process reach the loop thread. A stack is
 * reserved address space of which only touched pages cost memory, so its size is chosen for the
 * deepest library call, not for the number of threads.
 */

#define STACK_BYTES ((size_t)1 << 20)

struct work_pool {
    struct loop *loop;
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t has_job;
    struct list queue;
    size_t queued;
    size_t idle;
    size_t threads;
    bool is_stopping;
    pthread_t thread_ids[WORK_THREADS];
};

struct work {
    struct list link; /* in the queue until it begins */
    struct work_pool *pool;
    work_run_fn run;
    work_done_fn on_done;
    void *job;
    bool is_cancelled;
};

static bool start_thread(pthread_t *ret_thread, void *(*main)(void *), void *argument)
{
    sigset_t all;
    sigfillset(&all);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setsigmask_np(&attributes, &all);
    const int status = pthread_create(ret_thread, &attributes, main, argument);
    pthread_attr_destroy(&attributes);
    if (status != 0)
        log_error("work.thread_failed", "errno=%d", status);
    return status == 0;
}

static void finish(void *owner)
{
    struct work *work = owner;
    const work_done_fn on_done = work->on_done;
    void *job = work->job;
    const bool is_cancelled = work->is_cancelled;
    loop_release(work->pool->loop);
    free(work);
    on_done(job, is_cancelled);
}

/* With the lock held: the next job, or NULL when the pool stops. */
static struct work *wait_for_job(struct work_pool *pool)
{
    pool->idle++;
    while (list_is_empty(&pool->queue) && !pool->is_stopping)
        pthread_cond_wait(&pool->has_job, &pool->lock);
    pool->idle--;
    if (list_is_empty(&pool->queue))
        return NULL;
    struct work *work = container_of(list_first(&pool->queue), struct work, link);
    list_remove(&work->link);
    pool->queued--;
    return work;
}

static void *thread_main(void *argument)
{
    struct work_pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    for (struct work *work; (work = wait_for_job(pool)) != NULL;) {
        pthread_mutex_unlock(&pool->lock);
        work->run(work->job);
        loop_post(pool->loop, finish, work);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void free_pool(void *owner)
{
    struct work_pool *pool = owner;
    pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true;
    pthread_cond_broadcast(&pool->has_job);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->threads; i++)
        pthread_join(pool->thread_ids[i], NULL);
    pthread_cond_destroy(&pool->has_job);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static struct work_pool *get_pool(struct loop *loop)
{
    struct work_pool **slot = loop_work_pool(loop);
    if (*slot != NULL)
        return *slot;
    struct work_pool *pool = mem_zero(1, sizeof(*pool));
    pool->loop = loop;
    list_init(&pool->queue);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->has_job, NULL);
    loop_on_close(loop, free_pool, pool);
    *slot = pool;
    return pool;
}

/* With the lock held; false when no thread will ever come to the queue. */
static bool provide_thread(struct work_pool *pool)
{
    if (pool->queued > pool->idle && pool->threads < WORK_THREADS &&
        start_thread(&pool->thread_ids[pool->threads], thread_main, pool))
        pool->threads++;
    return pool->threads > 0;
}

struct work *work_start(struct loop *loop, work_run_fn run, work_done_fn on_done, void *job)
{
    loop_assert_owner(loop);
    struct work_pool *pool = get_pool(loop);
    struct work *work = mem_alloc(sizeof(*work));
    *work = (struct work){.pool = pool, .run = run, .on_done = on_done, .job = job};
    loop_hold(loop);
    pthread_mutex_lock(&pool->lock);
    list_append(&pool->queue, &work->link);
    pool->queued++;
    const bool will_run = provide_thread(pool);
    pthread_mutex_unlock(&pool->lock);
    pthread_cond_signal(&pool->has_job); /* who wakes up finds the lock free */
    if (!will_run)
        work_cancel(work);
    return work;
}

void work_cancel(struct work *work)
{
    struct work_pool *pool = work->pool;
    loop_assert_owner(pool->loop);
    pthread_mutex_lock(&pool->lock);
    const bool is_queued = list_is_linked(&work->link);
    if (is_queued) {
        list_remove(&work->link);
        pool->queued--;
        work->is_cancelled = true;
    }
    pthread_mutex_unlock(&pool->lock);
    if (is_queued)
        loop_defer(pool->loop, finish, work);
}

struct work_thread {
    struct loop *loop;
    pthread_t id;
    const struct work_thread_calls *calls;
    void *job;
    atomic_bool is_wake_posted;
    bool has_ended; /* the loop thread's alone */
};

static void deliver_wake(void *owner)
{
    struct work_thread *thread = owner;
    if (thread->has_ended) {
        free(thread);
        return;
    }
    atomic_store(&thread->is_wake_posted, false);
    thread->calls->on_wake(thread->job);
}

static void deliver_end(void *owner)
{
    struct work_thread *thread = owner;
    pthread_join(thread->id, NULL);
    loop_release(thread->loop);
    const struct work_thread_calls *calls = thread->calls;
    void *job = thread->job;
    thread->has_ended = true;
    /* A wake that is already in the queue behind this call frees the thread instead. */
    if (!atomic_exchange(&thread->is_wake_posted, true))
        free(thread);
    calls->on_end(job);
}

static void *own_thread_main(void *argument)
{
    struct work_thread *thread = argument;
    thread->calls->run(thread->job);
    loop_post(thread->loop, deliver_end, thread);
    return NULL;
}

bool work_thread_start(struct loop *loop, const struct work_thread_calls *calls, void *job,
                       struct work_thread **ret_thread)
{
    loop_assert_owner(loop);
    struct work_thread *thread = mem_zero(1, sizeof(*thread));
    thread->loop = loop;
    thread->calls = calls;
    thread->job = job;
    *ret_thread = thread; /* before `run` may look at it */
    if (!start_thread(&thread->id, own_thread_main, thread)) {
        *ret_thread = NULL;
        free(thread);
        return false;
    }
    loop_hold(loop);
    return true;
}

void work_thread_wake(struct work_thread *thread)
{
    if (!atomic_exchange(&thread->is_wake_posted, true))
        loop_post(thread->loop, deliver_wake, thread);
}
