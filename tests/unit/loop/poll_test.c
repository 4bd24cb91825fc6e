#include "server/loop/poll.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "tests/support/test.h"

/* A counter of the kernel stands for a library's descriptor. */
struct watched {
    struct loop *loop;
    struct poll *poll;
    int fd;
    unsigned calls;
    bool leaves_it_unread;
    bool closes;
};

static void on_readable(void *owner)
{
    struct watched *watched = owner;
    watched->calls++;
    eventfd_t value;
    if (!watched->leaves_it_unread)
        assert_int_equal(eventfd_read(watched->fd, &value), 0);
    if (watched->closes)
        poll_close(watched->poll);
}

static int open_watched(void **state)
{
    static struct watched watched;
    struct error error;
    watched = (struct watched){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    assert_true(loop_open(&watched.loop, &error));
    assert_true(poll_open(watched.loop, watched.fd, on_readable, &watched, &watched.poll, &error));
    *state = &watched;
    return 0;
}

static int close_watched(void **state)
{
    struct watched *watched = *state;
    if (!watched->closes)
        poll_close(watched->poll);
    fd_close(&watched->fd);
    assert_true(loop_close(watched->loop));
    return 0;
}

static void what_arrives_is_told_once_when_it_is_read(void **state)
{
    struct watched *watched = *state;
    assert_int_equal(eventfd_write(watched->fd, 1), 0);
    assert_true(loop_step(watched->loop));
    assert_int_equal(watched->calls, 1);
    assert_int_equal(eventfd_write(watched->fd, 1), 0);
    assert_true(loop_step(watched->loop));
    assert_int_equal(watched->calls, 2);
}

static void what_is_left_unread_is_told_again(void **state)
{
    struct watched *watched = *state;
    watched->leaves_it_unread = true;
    assert_int_equal(eventfd_write(watched->fd, 1), 0);
    assert_true(loop_step(watched->loop));
    assert_true(loop_step(watched->loop));
    assert_int_equal(watched->calls, 2);
}

static void nothing_is_told_after_it_was_closed(void **state)
{
    struct watched *watched = *state;
    watched->leaves_it_unread = true;
    watched->closes = true;
    assert_int_equal(eventfd_write(watched->fd, 1), 0);
    while (loop_step(watched->loop))
        continue;
    assert_int_equal(watched->calls, 1);
}

static void a_file_cannot_be_watched(void **state)
{
    const struct watched *watched = *state;
    struct poll *poll;
    struct error error;
    char path[] = "/tmp/poll-test-XXXXXX";
    scoped_fd int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(unlink(path), 0);
    assert_false(poll_open(watched->loop, fd, on_readable, NULL, &poll, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_arrives_is_told_once_when_it_is_read, open_watched,
                                        close_watched),
        cmocka_unit_test_setup_teardown(what_is_left_unread_is_told_again, open_watched,
                                        close_watched),
        cmocka_unit_test_setup_teardown(nothing_is_told_after_it_was_closed, open_watched,
                                        close_watched),
        cmocka_unit_test_setup_teardown(a_file_cannot_be_watched, open_watched, close_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
