#include "server/loop/timer.h"

#include <stdlib.h>
#include <uv.h>

#include "server/base/attributes.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

#define MAGIC_TIMER 0x54494d45u

struct timer {
    uint32_t magic;
    uv_timer_t handle;
    timer_fn on_due;
    void *owner;
};

static void due(uv_timer_t *handle)
{
    struct timer *timer = container_of(handle, struct timer, handle);
    magic_check(timer, MAGIC_TIMER);
    timer->on_due(timer->owner);
}

static void free_closed(uv_handle_t *handle)
{
    struct timer *timer = container_of((uv_timer_t *)handle, struct timer, handle);
    magic_check(timer, MAGIC_TIMER);
    timer->magic = 0;
    free(timer);
}

struct timer *timer_open(struct loop *loop, timer_fn on_due, void *owner)
{
    loop_assert_owner(loop);
    struct timer *timer = mem_alloc(sizeof(*timer));
    *timer = (struct timer){.magic = MAGIC_TIMER, .on_due = on_due, .owner = owner};
    (void)uv_timer_init(loop_uv(loop), &timer->handle); /* cannot fail */
    return timer;
}

void timer_start(struct timer *timer, uint64_t delay_ms, uint64_t repeat_ms)
{
    assert(uv_is_closing((uv_handle_t *)&timer->handle) == 0);
    /* libuv counts from the start of the turn; a long callback would make the timer early. */
    uv_update_time(timer->handle.loop);
    (void)uv_timer_start(&timer->handle, due, delay_ms, repeat_ms); /* fails when closing only */
}

void timer_stop(struct timer *timer)
{
    (void)uv_timer_stop(&timer->handle); /* cannot fail */
}

bool timer_is_running(const struct timer *timer)
{
    return uv_is_active((const uv_handle_t *)&timer->handle) != 0;
}

void timer_close(struct timer *timer)
{
    if (timer == NULL || uv_is_closing((uv_handle_t *)&timer->handle) != 0)
        return;
    uv_close((uv_handle_t *)&timer->handle, free_closed);
}
