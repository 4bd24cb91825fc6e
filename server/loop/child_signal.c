#include "server/loop/child_signal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <uv.h>

#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

#define MAGIC_CHILD_SIGNAL 0x43484c44u

struct child_signal {
    uint32_t magic;
    uv_poll_t handle;
    int fd;
    bool was_unblocked;
    void (*on_signal)(void *owner);
    void (*on_closed)(void *owner);
    void *owner;
};

static sigset_t child_set(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    return set;
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    (void)status; /* an error leaves the signal unread, and it comes again */
    (void)events; /* only readability is asked for */
    struct child_signal *signal = container_of(handle, struct child_signal, handle);
    magic_check(signal, MAGIC_CHILD_SIGNAL);
    struct signalfd_siginfo info;
    (void)!read(signal->fd, &info, sizeof(info)); /* it only wakes; wait4 knows who ended */
    signal->on_signal(signal->owner);
}

/* A parent may have left SIGCHLD ignored, which makes the kernel swallow every exit status. */
static void block(struct child_signal *child_signal)
{
    (void)signal(SIGCHLD, SIG_DFL); /* cannot fail: the signal exists */
    const sigset_t set = child_set();
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &set, &before);
    child_signal->was_unblocked = sigismember(&before, SIGCHLD) == 0;
}

bool child_signal_open(struct loop *loop, void (*on_signal)(void *owner), void *owner,
                       struct child_signal **ret_signal, struct error *error)
{
    const sigset_t set = child_set();
    scoped_fd int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot receive SIGCHLD");
    scoped_free struct child_signal *signal = mem_zero(1, sizeof(*signal));
    signal->magic = MAGIC_CHILD_SIGNAL;
    signal->on_signal = on_signal;
    signal->owner = owner;
    const int status = uv_poll_init(loop_uv(loop), &signal->handle, fd);
    if (status != 0)
        return error_set_errno(error, -status, "cannot wait for SIGCHLD");
    signal->fd = take_fd(&fd);
    block(signal);
    (void)uv_poll_start(&signal->handle, UV_READABLE, on_readable); /* fails when closing only */
    uv_unref((uv_handle_t *)&signal->handle);
    *ret_signal = take_pointer(&signal);
    return true;
}

void child_signal_set_awaited(struct child_signal *signal, bool is_awaited)
{
    if (is_awaited)
        uv_ref((uv_handle_t *)&signal->handle);
    else
        uv_unref((uv_handle_t *)&signal->handle);
}

static void free_closed(uv_handle_t *handle)
{
    struct child_signal *signal = container_of((uv_poll_t *)handle, struct child_signal, handle);
    magic_check(signal, MAGIC_CHILD_SIGNAL);
    const sigset_t set = child_set();
    if (signal->was_unblocked)
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    fd_close(&signal->fd);
    void (*on_closed)(void *owner) = signal->on_closed;
    void *owner = signal->owner;
    signal->magic = 0;
    free(signal);
    on_closed(owner);
}

void child_signal_close(struct child_signal *signal, void (*on_closed)(void *owner))
{
    signal->on_closed = on_closed;
    uv_close((uv_handle_t *)&signal->handle, free_closed);
}
