#include "server/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/mem.h"
#include "tests/support/test.h"

static void assert_holds(int fd, const char *expected)
{
    char bytes[64];
    const ssize_t count = pread(fd, bytes, sizeof(bytes), 0);
    assert_int_equal(count, strlen(expected));
    assert_memory_equal(bytes, expected, (size_t)count);
}

static void bytes_are_written_where_the_file_is(void **state)
{
    (void)state;
    scoped_fd int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd_write(fd, STR("one ")));
    assert_true(fd_write(fd, STR("two")));
    assert_holds(fd, "one two");
}

static void bytes_are_written_to_a_place(void **state)
{
    (void)state;
    scoped_fd int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd_write(fd, STR("one two")));
    assert_true(fd_write_at(fd, STR("and"), 4));
    assert_true(fd_write(fd, STR("!")));
    assert_holds(fd, "one and!");
}

static void nothing_is_written_at_once(void **state)
{
    (void)state;
    assert_true(fd_write(-1, STR("")));
    assert_true(fd_write_at(-1, STR(""), 0));
}

static int64_t changed_ns(int fd)
{
    struct stat status;
    assert_int_equal(fstat(fd, &status), 0);
    return status.st_mtim.tv_sec * INT64_C(1000000000) + status.st_mtim.tv_nsec;
}

static void files_that_are_stamped_have_an_order(void **state)
{
    (void)state;
    scoped_fd int first = memfd_create("test", MFD_CLOEXEC);
    scoped_fd int second = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd_write_stamped(first, STR("one")));
    assert_true(fd_write_stamped(second, STR("two")));
    assert_holds(first, "one");
    assert_true(changed_ns(first) < changed_ns(second));
}

static void what_cannot_be_written_says_why(void **state)
{
    (void)state;
    scoped_fd int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_false(fd_write(full, STR("one")));
    assert_int_equal(errno, ENOSPC);
    assert_false(fd_write_at(-1, STR("one"), 0));
    assert_int_equal(errno, EBADF);
}

static void what_fits_is_written_before_a_failure(void **state)
{
    (void)state;
    struct rlimit limit;
    scoped_fd int fd = memfd_create("test", MFD_CLOEXEC);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit small = {.rlim_cur = 4, .rlim_max = limit.rlim_max};
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const bool is_written = fd_write(fd, STR("one two"));
    const int reason = errno;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(is_written);
    assert_int_equal(reason, EFBIG);
    assert_holds(fd, "one ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_written_where_the_file_is),
        cmocka_unit_test(bytes_are_written_to_a_place),
        cmocka_unit_test(nothing_is_written_at_once),
        cmocka_unit_test(files_that_are_stamped_have_an_order),
        cmocka_unit_test(what_cannot_be_written_says_why),
        cmocka_unit_test(what_fits_is_written_before_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
