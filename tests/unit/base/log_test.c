#include "server/base/log.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/mem.h"
#include "tests/support/text.h"

/* Standard error is a file in memory while a test writes. */
static int real_stderr = -1;
static int captured = -1;

static int redirect(void **state)
{
    (void)state;
    clock_set_fake(0, INT64_C(1577836800000000));
    real_stderr = dup(STDERR_FILENO);
    captured = memfd_create("stderr", MFD_CLOEXEC);
    return dup2(captured, STDERR_FILENO) < 0;
}

static int restore(void **state)
{
    (void)state;
    (void)dup2(real_stderr, STDERR_FILENO); /* back to what it was */
    fd_close(&real_stderr);
    fd_close(&captured);
    clock_set_fake(0, -1);
    return 0;
}

static void read_captured(struct buf *out)
{
    char *room = buf_reserve(out, 65536);
    const ssize_t len = pread(captured, room, 65536, 0);
    assert_true(len >= 0);
    out->len = (size_t)len;
    buf_append(out, STR(""));
}

static void a_line_has_time_level_event_and_values(void **state)
{
    (void)state;
    log_init(LOG_LEVEL_INFO, false);
    log_info("command.started", "id=%s pid=%d", "abc", 42);
    scoped_buf struct buf text = {0};
    read_captured(&text);
    assert_string_equal(text.data, "2020-01-01T00:00:00Z INFO    command.started id=abc pid=42\n");
}

static void lines_below_the_level_are_not_written(void **state)
{
    (void)state;
    log_init(LOG_LEVEL_WARN, false);
    log_debug("a", "x");
    log_info("b", "x");
    log_warn("c", "x");
    log_error("d", "x");
    scoped_buf struct buf text = {0};
    read_captured(&text);
    assert_string_equal(text.data, "2020-01-01T00:00:00Z WARNING c x\n"
                                   "2020-01-01T00:00:00Z ERROR   d x\n");
}

static void json_lines_are_one_object_each(void **state)
{
    (void)state;
    log_init(LOG_LEVEL_INFO, true);
    log_info("started", "path=%s", "a\"b\n");
    scoped_buf struct buf text = {0};
    read_captured(&text);
    assert_string_equal(text.data, "{\"asctime\":\"2020-01-01T00:00:00Z\",\"levelname\":\"INFO\","
                                   "\"name\":\"actiond\",\"event\":\"started\","
                                   "\"message\":\"path=a\\\"b\\n\"}\n");
}

static void a_value_cannot_start_a_line(void **state)
{
    (void)state;
    log_init(LOG_LEVEL_INFO, false);
    log_info("x", "path=%s", "a\n2020 ERROR\x1b[0m");
    scoped_buf struct buf text = {0};
    read_captured(&text);
    assert_string_equal(text.data,
                        "2020-01-01T00:00:00Z INFO    x path=a\\x0a2020 ERROR\\x1b[0m\n");
}

static void logging_keeps_errno(void **state)
{
    (void)state;
    log_init(LOG_LEVEL_INFO, false);
    errno = ENOENT;
    log_info("x", "y");
    assert_int_equal(errno, ENOENT);
}

#define log_test(name) cmocka_unit_test_setup_teardown(name, redirect, restore)

int main(void)
{
    const struct CMUnitTest tests[] = {
        log_test(a_line_has_time_level_event_and_values),
        log_test(lines_below_the_level_are_not_written),
        log_test(json_lines_are_one_object_each),
        log_test(a_value_cannot_start_a_line),
        log_test(logging_keeps_errno),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
