#include "server/loop/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"

/*
 * Calls wait in one queue under a lock. An idle handle is active while the queue holds something
 * this thread knows of, which makes the loop go round without sleeping; other threads ring an async
 * handle that starts the idle handle. The whole queue is taken before the first call of it runs, so
 * that a call registered by a call waits for the turn after.
 */

#define MAGIC_LOOP       0x4c4f4f50u
#define CLOSE_TURNS_MAX  1000
#define HANDLE_TYPES_MAX 32

struct call {
    struct call *next;
    void (*fn)(void *owner);
    void *owner;
};

struct loop {
    uint32_t magic;
    uv_loop_t uv;
    uv_idle_t turn;
    uv_async_t wake;
    pthread_t owner;
    pthread_mutex_t lock; /* guards the queue */
    struct call *first;
    struct call *last;
    struct call *at_close;
    size_t holds;
    struct work_pool *work_pool;
};

static void enqueue(struct loop *loop, void (*fn)(void *owner), void *owner)
{
    struct call *call = mem_alloc(sizeof(*call));
    *call = (struct call){.fn = fn, .owner = owner};
    pthread_mutex_lock(&loop->lock);
    if (loop->first == NULL)
        loop->first = call;
    else
        loop->last->next = call;
    loop->last = call;
    pthread_mutex_unlock(&loop->lock);
}

static struct call *take_queue(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct call *first = loop->first;
    loop->first = NULL;
    loop->last = NULL;
    pthread_mutex_unlock(&loop->lock);
    return first;
}

static void run_calls(struct call *call)
{
    while (call != NULL) {
        const struct call current = *call;
        free(call);
        call = current.next;
        current.fn(current.owner);
    }
}

static void on_turn(uv_idle_t *handle)
{
    struct loop *loop = container_of(handle, struct loop, turn);
    magic_check(loop, MAGIC_LOOP);
    uv_idle_stop(handle);
    run_calls(take_queue(loop));
}

static void on_wake(uv_async_t *handle)
{
    struct loop *loop = container_of(handle, struct loop, wake);
    magic_check(loop, MAGIC_LOOP);
    uv_idle_start(&loop->turn, on_turn);
}

static bool open_handles(struct loop *loop, struct error *error)
{
    const int status = uv_async_init(&loop->uv, &loop->wake, on_wake);
    if (status != 0) {
        (void)uv_loop_close(&loop->uv); /* it holds nothing yet */
        return error_set_errno(error, -status, "cannot open the loop's wake-up");
    }
    uv_unref((uv_handle_t *)&loop->wake);
    uv_idle_init(&loop->uv, &loop->turn);
    return true;
}

bool loop_open(struct loop **ret_loop, struct error *error)
{
    scoped_free struct loop *loop = mem_zero(1, sizeof(*loop));
    loop->magic = MAGIC_LOOP;
    loop->owner = pthread_self();
    const int status = uv_loop_init(&loop->uv);
    if (status != 0)
        return error_set_errno(error, -status, "cannot open the event loop");
    if (!open_handles(loop, error))
        return false;
    pthread_mutex_init(&loop->lock, NULL);
    (void)signal(SIGPIPE, SIG_IGN); /* cannot fail: the signals exist */
    (void)signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit fails with EFBIG instead */
    *ret_loop = take_pointer(&loop);
    return true;
}

void loop_run(struct loop *loop)
{
    loop_assert_owner(loop);
    (void)uv_run(&loop->uv,
                 UV_RUN_DEFAULT); /* says whether something is left, as loop_close does */
}

bool loop_step(struct loop *loop)
{
    loop_assert_owner(loop);
    if (uv_loop_alive(&loop->uv) == 0)
        return false;
    (void)uv_run(&loop->uv, UV_RUN_ONCE); /* the next call tells whether something is left */
    return true;
}

void loop_stop(struct loop *loop)
{
    loop_assert_owner(loop);
    uv_stop(&loop->uv);
}

struct census {
    struct loop *loop;
    size_t open;
    size_t closing;
    size_t by_type[HANDLE_TYPES_MAX];
};

static void count_handle(uv_handle_t *handle, void *argument)
{
    struct census *census = argument;
    const struct loop *loop = census->loop;
    if (uv_is_closing(handle) != 0) {
        census->closing++;
        return;
    }
    if (handle == (const uv_handle_t *)&loop->turn || handle == (const uv_handle_t *)&loop->wake)
        return;
    census->open++;
    const size_t type = (size_t)uv_handle_get_type(handle);
    census->by_type[type < HANDLE_TYPES_MAX ? type : 0]++;
}

static struct census take_census(struct loop *loop)
{
    struct census census = {.loop = loop};
    uv_walk(&loop->uv, count_handle, &census);
    return census;
}

static bool has_calls(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    const bool has = loop->first != NULL;
    pthread_mutex_unlock(&loop->lock);
    return has;
}

/* A call that registers itself again for ever must not keep the loop from closing. */
static void settle(struct loop *loop)
{
    for (int turn = 0; turn < CLOSE_TURNS_MAX; turn++) {
        if (has_calls(loop))
            uv_idle_start(&loop->turn, on_turn);
        else if (take_census(loop).closing == 0)
            return;
        (void)uv_run(&loop->uv, UV_RUN_NOWAIT); /* the census tells what is left */
    }
}

static bool report_leaks(struct loop *loop)
{
    const struct census census = take_census(loop);
    for (size_t type = 0; type < HANDLE_TYPES_MAX; type++) {
        if (census.by_type[type] == 0)
            continue;
        const char *name = uv_handle_type_name((uv_handle_type)type);
        log_error("loop.leaked", "handle=%s count=%zu", name == NULL ? "unknown" : name,
                  census.by_type[type]);
    }
    if (loop->holds > 0)
        log_error("loop.leaked", "job count=%zu", loop->holds);
    return census.open > 0 || loop->holds > 0;
}

static void close_handle(uv_handle_t *handle, void *argument)
{
    (void)argument; /* uv_walk passes one */
    if (uv_is_closing(handle) == 0)
        uv_close(handle, NULL);
}

static void free_loop(struct loop *loop)
{
    for (struct call *call = take_queue(loop), *next; call != NULL; call = next) {
        next = call->next;
        free(call);
    }
    run_calls(loop->at_close);
    pthread_mutex_destroy(&loop->lock);
    loop->magic = 0;
    free(loop);
}

bool loop_close(struct loop *loop)
{
    loop_assert_owner(loop);
    settle(loop);
    const bool has_leaks = report_leaks(loop);
    while (loop->holds > 0)
        (void)uv_run(&loop->uv, UV_RUN_ONCE); /* the job's end comes as a posted call */
    uv_walk(&loop->uv, close_handle, NULL);
    for (int turn = 0; turn < CLOSE_TURNS_MAX && uv_loop_close(&loop->uv) != 0; turn++)
        (void)uv_run(&loop->uv, UV_RUN_NOWAIT); /* close callbacks */
    free_loop(loop);
    return !has_leaks;
}

bool loop_is_owner(const struct loop *loop)
{
    magic_check(loop, MAGIC_LOOP);
    return pthread_equal(loop->owner, pthread_self()) != 0;
}

void loop_assert_owner(const struct loop *loop)
{
    assert(loop_is_owner(loop));
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return uv_now(&loop->uv);
}

void loop_defer(struct loop *loop, void (*fn)(void *owner), void *owner)
{
    loop_assert_owner(loop);
    enqueue(loop, fn, owner);
    uv_idle_start(&loop->turn, on_turn);
}

void loop_post(struct loop *loop, void (*fn)(void *owner), void *owner)
{
    enqueue(loop, fn, owner);
    (void)uv_async_send(&loop->wake); /* fails for other handle types only */
}

void loop_hold(struct loop *loop)
{
    loop_assert_owner(loop);
    if (loop->holds++ == 0)
        uv_ref((uv_handle_t *)&loop->wake);
}

void loop_release(struct loop *loop)
{
    loop_assert_owner(loop);
    assert(loop->holds > 0);
    if (--loop->holds == 0)
        uv_unref((uv_handle_t *)&loop->wake);
}

bool loop_is_held(const struct loop *loop)
{
    loop_assert_owner(loop);
    return loop->holds > 0;
}

void loop_on_close(struct loop *loop, void (*fn)(void *owner), void *owner)
{
    loop_assert_owner(loop);
    struct call *call = mem_alloc(sizeof(*call));
    *call = (struct call){.next = loop->at_close, .fn = fn, .owner = owner};
    loop->at_close = call;
}

struct uv_loop_s *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

struct work_pool **loop_work_pool(struct loop *loop)
{
    return &loop->work_pool;
}
