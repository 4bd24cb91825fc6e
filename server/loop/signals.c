#include "server/loop/signals.h"

#include <stdlib.h>
#include <uv.h>

#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

#define MAGIC_SIGNALS 0x5349474eu

struct watched {
    uv_signal_t handle;
    struct signals *signals;
};

struct signals {
    uint32_t magic;
    signal_fn on_signal;
    void *owner;
    size_t open; /* handles whose close callback is due */
    size_t count;
    struct watched watched[];
};

static void arrived(uv_signal_t *handle, int number)
{
    struct signals *signals = container_of(handle, struct watched, handle)->signals;
    magic_check(signals, MAGIC_SIGNALS);
    signals->on_signal(signals->owner, number);
}

static void closed(uv_handle_t *handle)
{
    struct signals *signals = container_of((uv_signal_t *)handle, struct watched, handle)->signals;
    magic_check(signals, MAGIC_SIGNALS);
    if (--signals->open > 0)
        return;
    signals->magic = 0;
    free(signals);
}

bool signals_open(struct loop *loop, const int *numbers, size_t count, signal_fn on_signal,
                  void *owner, struct signals **ret_signals, struct error *error)
{
    loop_assert_owner(loop);
    assert(count > 0);
    struct signals *signals = mem_zero(1, sizeof(*signals) + count * sizeof(struct watched));
    signals->magic = MAGIC_SIGNALS;
    signals->on_signal = on_signal;
    signals->owner = owner;
    signals->count = count;
    for (size_t i = 0; i < count; i++) {
        signals->watched[i].signals = signals;
        const int init = uv_signal_init(loop_uv(loop), &signals->watched[i].handle);
        signals->open += init == 0;
        const int status =
            init != 0 ? init : uv_signal_start(&signals->watched[i].handle, arrived, numbers[i]);
        if (status == 0)
            continue;
        if (signals->open == 0)
            free(signals);
        else
            signals_close(signals);
        return error_set_errno(error, -status, "cannot receive signal %d", numbers[i]);
    }
    *ret_signals = signals;
    return true;
}

void signals_close(struct signals *signals)
{
    if (signals == NULL)
        return;
    const size_t open = signals->open;
    for (size_t i = 0; i < open; i++) {
        if (uv_is_closing((uv_handle_t *)&signals->watched[i].handle) == 0)
            uv_close((uv_handle_t *)&signals->watched[i].handle, closed);
    }
}
