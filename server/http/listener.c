#include "server/http/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

#define MAGIC_LISTENER     0x4c53544eu
#define MAX_ACCEPTS_A_TURN 64

struct listener {
    uint32_t magic;
    uv_poll_t poll;
    int fd;
    struct timer *pause;
    bool is_paused;
    const struct listener_events *events;
    void *owner;
};

static void on_readable(uv_poll_t *poll, int status, int events);

static void watch(struct listener *listener)
{
    listener->is_paused = false;
    (void)uv_poll_start(&listener->poll, UV_READABLE, on_readable); /* fails when closing only */
}

static void pause_accepting(struct listener *listener)
{
    listener->is_paused = true;
    (void)uv_poll_stop(&listener->poll); /* always succeeds */
}

/* A connection that ended before it was accepted is no reason to stop; anything else is. */
static bool accept_failed(struct listener *listener)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return true;
    if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO || errno == EPERM)
        return false;
    log_warn("http.accept_paused", "reason=\"%s\" pause_ms=%d", strerror(errno), LISTENER_PAUSE_MS);
    pause_accepting(listener);
    timer_start(listener->pause, LISTENER_PAUSE_MS, 0);
    return true;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status; /* accept tells what is wrong */
    (void)events;
    struct listener *listener = container_of(poll, struct listener, poll);
    magic_check(listener, MAGIC_LISTENER);
    for (int i = 0; i < MAX_ACCEPTS_A_TURN && !listener->is_paused; i++) {
        const int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && accept_failed(listener))
            return;
        if (fd >= 0 && !listener->events->on_accept(listener->owner, fd))
            pause_accepting(listener);
    }
}

static void on_pause_over(void *owner)
{
    listener_resume(owner);
}

static uint16_t bound_port(int fd)
{
    struct sockaddr_in6 address = {0};
    socklen_t len = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return 0;
    return ntohs(address.sin6_port); /* at the same place in both families */
}

static bool configure(int fd, int family, bool is_dual)
{
    const int on = 1;
    const int is_6_only = is_dual ? 0 : 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
        return false;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
        return false; /* accepted sockets inherit it */
    return family != AF_INET6 ||
           setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &is_6_only, sizeof(is_6_only)) == 0;
}

static int open_socket(const struct sockaddr *address, bool is_dual)
{
    scoped_fd int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const socklen_t len =
        address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (fd < 0 || !configure(fd, address->sa_family, is_dual) || bind(fd, address, len) != 0 ||
        listen(fd, LISTENER_BACKLOG) != 0)
        return -1;
    return take_fd(&fd);
}

bool listener_open(struct loop *loop, const struct sockaddr *address, bool is_dual,
                   const struct listener_events *events, void *owner,
                   struct listener **ret_listener, uint16_t *ret_port, struct error *error)
{
    scoped_fd int fd = open_socket(address, is_dual);
    if (fd < 0)
        return error_set_errno(error, errno, "listen");
    struct listener *listener = mem_zero(1, sizeof(*listener));
    const int status = uv_poll_init(loop_uv(loop), &listener->poll, fd);
    if (status != 0) {
        free(listener);
        return error_set_errno(error, -status, "listen");
    }
    listener->magic = MAGIC_LISTENER;
    listener->events = events;
    listener->owner = owner;
    listener->pause = timer_open(loop, on_pause_over, listener);
    *ret_port = bound_port(fd);
    listener->fd = take_fd(&fd);
    watch(listener);
    *ret_listener = listener;
    return true;
}

void listener_resume(struct listener *listener)
{
    if (!listener->is_paused)
        return;
    timer_stop(listener->pause);
    watch(listener);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct listener *listener = container_of((uv_poll_t *)handle, struct listener, poll);
    magic_check(listener, MAGIC_LISTENER);
    const struct listener_events *events = listener->events;
    void *owner = listener->owner;
    listener->magic = 0;
    free(listener);
    events->on_closed(owner);
}

void listener_close(struct listener *listener)
{
    (void)uv_poll_stop(
        &listener->poll); /* always succeeds; the descriptor may be closed after it */
    fd_close(&listener->fd);
    timer_close(listener->pause);
    uv_close((uv_handle_t *)&listener->poll, on_handle_closed);
}
