#include "server/loop/poll.h"

#include <stdlib.h>
#include <uv.h>

#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

#define MAGIC_POLL 0x504f4c4cu

struct poll {
    uint32_t magic;
    uv_poll_t handle;
    void (*on_readable)(void *owner);
    void *owner;
};

static void on_event(uv_poll_t *handle, int status, int events)
{
    (void)status; /* whoever reads finds the error */
    (void)events; /* only readability is asked for */
    const struct poll *poll = container_of(handle, struct poll, handle);
    magic_check(poll, MAGIC_POLL);
    poll->on_readable(poll->owner);
}

bool poll_open(struct loop *loop, int fd, void (*on_readable)(void *owner), void *owner,
               struct poll **ret_poll, struct error *error)
{
    loop_assert_owner(loop);
    scoped_free struct poll *poll = mem_zero(1, sizeof(*poll));
    poll->magic = MAGIC_POLL;
    poll->on_readable = on_readable;
    poll->owner = owner;
    const int status = uv_poll_init(loop_uv(loop), &poll->handle, fd);
    if (status != 0)
        return error_set_errno(error, -status, "cannot watch descriptor %d", fd);
    (void)uv_poll_start(&poll->handle, UV_READABLE, on_event); /* fails when closing only */
    *ret_poll = take_pointer(&poll);
    return true;
}

static void free_closed(uv_handle_t *handle)
{
    struct poll *poll = container_of((uv_poll_t *)handle, struct poll, handle);
    magic_check(poll, MAGIC_POLL);
    poll->magic = 0;
    free(poll);
}

void poll_close(struct poll *poll)
{
    if (poll == NULL || uv_is_closing((uv_handle_t *)&poll->handle) != 0)
        return;
    uv_close((uv_handle_t *)&poll->handle, free_closed);
}
