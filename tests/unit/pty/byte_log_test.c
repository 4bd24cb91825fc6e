#include "pty/byte_log.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pty/moments.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "tests/support/test.h"

static struct loop *loop;
static struct byte_log *bytes;

static int set_up(void **state)
{
    (void)state;
    struct error error;
    assert_true(loop_open(&loop, &error));
    bytes = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    byte_log_close(bytes);
    assert_true(loop_close(loop));
    clock_set_fake(0, -1);
    return 0;
}

static void open_log(size_t max_bytes)
{
    struct error error;
    assert_true(byte_log_open(&(struct byte_log_options){.loop = loop, .max_bytes = max_bytes},
                              &bytes, &error));
}

/* Byte number n of every log of these tests. */
static char byte_at(uint64_t offset)
{
    return (char)('a' + offset % 23);
}

static void append_many(size_t count)
{
    scoped_buf struct buf piece = {0};
    for (size_t i = 0; i < count; i++)
        buf_append_byte(&piece, byte_at(byte_log_next(bytes) + i));
    byte_log_append(bytes, buf_str(&piece));
}

/* Reads what there is at `from`, checks each byte, returns where it begins. */
static uint64_t read_at(uint64_t from, size_t limit, size_t expected)
{
    scoped_buf struct buf out = {0};
    const uint64_t at = byte_log_read(bytes, from, limit, &out);
    assert_int_equal(out.len, expected);
    for (size_t i = 0; i < out.len; i++)
        assert_int_equal(out.data[i], byte_at(at + i));
    return at;
}

static void bytes_are_read_back_by_offset(void **state)
{
    (void)state;
    open_log(0);
    append_many(10);
    append_many(100000);
    assert_int_equal(read_at(0, SIZE_MAX, 100010), 0);
    assert_int_equal(read_at(9, 2, 2), 9);
    assert_int_equal(read_at(99999, 5, 5), 99999);
    assert_int_equal(byte_log_first(bytes), 0);
    assert_int_equal(byte_log_next(bytes), 100010);
}

static void a_reader_at_the_end_gets_nothing(void **state)
{
    (void)state;
    open_log(0);
    append_many(10);
    assert_int_equal(read_at(10, 100, 0), 10);
    assert_int_equal(read_at(11, 100, 0), 10);
}

static void an_empty_log_is_small(void **state)
{
    (void)state;
    open_log(0);
    assert_true(byte_log_memory(bytes) < 512);
    append_many(100);
    assert_true(byte_log_memory(bytes) < 2048);
}

static void the_newest_bytes_are_kept(void **state)
{
    (void)state;
    open_log(64 << 10);
    for (int i = 0; i < 1000; i++)
        append_many(777);
    const uint64_t first = byte_log_first(bytes);
    assert_true(byte_log_next(bytes) - first >= (64 << 10));
    assert_true(byte_log_next(bytes) - first <= (64 << 10) + (8 << 10));
    read_at(first, SIZE_MAX, (size_t)(byte_log_next(bytes) - first));
    assert_true(byte_log_memory(bytes) < (64 << 10) + (12 << 10));
}

static void a_reader_that_fell_behind_learns_where_it_goes_on(void **state)
{
    (void)state;
    open_log(BYTE_LOG_MIN_BYTES);
    append_many(100000);
    assert_int_equal(read_at(5, 10, 10), byte_log_first(bytes));
    assert_true(byte_log_first(bytes) > 5);
}

static void a_limit_below_the_smallest_is_raised(void **state)
{
    (void)state;
    open_log(1);
    append_many(BYTE_LOG_MIN_BYTES);
    assert_int_equal(byte_log_first(bytes), 0);
}

static void views_lead_through_the_log_without_a_copy(void **state)
{
    (void)state;
    open_log(0);
    append_many(50000);
    uint64_t at = 0;
    for (struct str view; (view = byte_log_view(bytes, at)).len > 0; at += view.len) {
        for (size_t i = 0; i < view.len; i++)
            assert_int_equal(view.data[i], byte_at(at + i));
    }
    assert_int_equal(at, 50000);
}

/* A file to be made in a folder of its own. */
static char folder[] = "/tmp/actiond-test-XXXXXX";
static char spill_path[64];

static void open_spilling_log(uint64_t max_disk_bytes)
{
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(spill_path, sizeof(spill_path), "%s/log", folder);
    struct error error;
    assert_true(byte_log_open(&(struct byte_log_options){.loop = loop,
                                                         .max_bytes = BYTE_LOG_MIN_BYTES,
                                                         .spill_path = str_from(spill_path),
                                                         .max_disk_bytes = max_disk_bytes},
                              &bytes, &error));
}

static void older_bytes_are_read_from_the_file(void **state)
{
    (void)state;
    open_spilling_log(0);
    for (int i = 0; i < 100; i++)
        append_many(1999);
    assert_int_equal(byte_log_first(bytes), 0);
    assert_int_equal(read_at(0, SIZE_MAX, 199900), 0);
    assert_int_equal(read_at(150000, 100, 100), 150000);
    assert_true(byte_log_memory(bytes) < 2 * BYTE_LOG_MIN_BYTES);
    assert_int_equal(rmdir(folder), 0);
}

static void the_file_has_a_limit_too(void **state)
{
    (void)state;
    open_spilling_log(10000);
    for (int i = 0; i < 100; i++)
        append_many(1999);
    const uint64_t first = byte_log_first(bytes);
    assert_true(byte_log_next(bytes) - first >= 10000 + BYTE_LOG_MIN_BYTES);
    assert_true(byte_log_next(bytes) - first <= 10000 + 2 * BYTE_LOG_MIN_BYTES);
    assert_int_equal(read_at(7, SIZE_MAX, (size_t)(byte_log_next(bytes) - first)), first);
    assert_int_equal(rmdir(folder), 0);
}

static void a_file_that_cannot_be_made_is_an_error(void **state)
{
    (void)state;
    struct error error;
    struct byte_log *none;
    assert_false(
        byte_log_open(&(struct byte_log_options){.loop = loop, .spill_path = STR("/nowhere/log")},
                      &none, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
}

/* A listener that counts, and may cancel itself or close the log. */
struct counter {
    struct byte_log_listener listener;
    int calls;
    bool cancels;
    bool closes;
};

/* Listeners stand on the stack of their test: the log goes first. */
static void close_log(void)
{
    byte_log_close(take_pointer(&bytes));
}

static void on_bytes(struct byte_log_listener *listener)
{
    struct counter *counter = container_of(listener, struct counter, listener);
    counter->calls++;
    if (counter->cancels)
        byte_log_listener_cancel(listener);
    if (counter->closes)
        close_log();
}

static void listeners_are_told_once_for_all_bytes_of_a_turn(void **state)
{
    (void)state;
    open_log(0);
    struct counter counter = {.listener.on_bytes = on_bytes};
    byte_log_listen(bytes, &counter.listener);
    append_many(10);
    append_many(10);
    assert_int_equal(counter.calls, 0);
    loop_run(loop);
    assert_int_equal(counter.calls, 1);
    append_many(10);
    loop_run(loop);
    assert_int_equal(counter.calls, 2);
    close_log();
}

static void the_end_is_told_once(void **state)
{
    (void)state;
    open_log(0);
    struct counter counter = {.listener.on_bytes = on_bytes};
    byte_log_listen(bytes, &counter.listener);
    byte_log_end(bytes);
    byte_log_end(bytes);
    loop_run(loop);
    assert_int_equal(counter.calls, 1);
    assert_true(byte_log_has_ended(bytes));
    close_log();
}

static void a_listener_may_cancel_itself(void **state)
{
    (void)state;
    open_log(0);
    struct counter one = {.listener.on_bytes = on_bytes, .cancels = true};
    struct counter other = {.listener.on_bytes = on_bytes};
    byte_log_listen(bytes, &one.listener);
    byte_log_listen(bytes, &other.listener);
    append_many(1);
    loop_run(loop);
    append_many(1);
    loop_run(loop);
    assert_int_equal(one.calls, 1);
    assert_int_equal(other.calls, 2);
    close_log();
}

static void a_listener_may_close_the_log(void **state)
{
    (void)state;
    open_log(0);
    struct counter one = {.listener.on_bytes = on_bytes, .closes = true};
    struct counter other = {.listener.on_bytes = on_bytes};
    byte_log_listen(bytes, &one.listener);
    byte_log_listen(bytes, &other.listener);
    append_many(1);
    loop_run(loop);
    assert_int_equal(one.calls, 1);
    assert_int_equal(other.calls, 0);
    assert_false(list_is_linked(&other.listener.link));
}

static void a_log_may_be_closed_while_a_notice_is_due(void **state)
{
    (void)state;
    open_log(0);
    struct counter counter = {.listener.on_bytes = on_bytes};
    byte_log_listen(bytes, &counter.listener);
    append_many(1);
    close_log();
    loop_run(loop);
    assert_int_equal(counter.calls, 0);
}

#define START_US INT64_C(1735689600000000)

static void at_ms(int64_t ms)
{
    clock_set_fake((uint64_t)(ms + 1) * 1000, START_US + ms * 1000);
}

static void expect_moment(size_t index, uint64_t ms, uint64_t offset)
{
    const struct moment *moment = byte_log_moment(bytes, index);
    assert_non_null(moment);
    assert_int_equal(moment->time_us, (uint64_t)START_US + ms * 1000);
    assert_int_equal(moment->offset, offset);
}

static void expect_size(size_t index, uint64_t offset, int cols, int rows)
{
    const struct moment *moment = byte_log_moment(bytes, index);
    assert_non_null(moment);
    assert_int_equal(moment->offset, offset);
    assert_int_equal(moment->cols, cols);
    assert_int_equal(moment->rows, rows);
}

static void arrivals_and_sizes_are_remembered(void **state)
{
    (void)state;
    open_log(0);
    at_ms(0);
    byte_log_resized(bytes, 80, 24);
    append_many(10);
    at_ms(9);
    append_many(10);
    at_ms(15);
    append_many(10);
    byte_log_resized(bytes, 100, 30);
    append_many(1);
    expect_size(0, 0, 80, 24);
    expect_moment(1, 0, 0);
    expect_moment(2, 15, 20);
    expect_size(3, 30, 100, 30);
    expect_moment(4, 15, 30);
    assert_null(byte_log_moment(bytes, 5));
}

static void of_two_sizes_without_bytes_between_the_last_counts(void **state)
{
    (void)state;
    open_log(0);
    at_ms(0);
    byte_log_resized(bytes, 80, 24);
    byte_log_resized(bytes, 90, 30);
    expect_size(0, 0, 90, 30);
    assert_null(byte_log_moment(bytes, 1));
}

static size_t count_moments(void)
{
    size_t count = 0;
    while (byte_log_moment(bytes, count) != NULL)
        count++;
    return count;
}

static void there_is_a_limit_to_moments(void **state)
{
    (void)state;
    open_log(0);
    at_ms(0);
    byte_log_resized(bytes, 80, 24);
    for (int i = 0; i < 10 * MOMENTS_MAX; i++) {
        at_ms((int64_t)i * 10);
        append_many(1);
        if (i % 100 == 0)
            byte_log_resized(bytes, 80 + i % 7, 24);
    }
    assert_in_range(count_moments(), MOMENTS_MAX / 4, MOMENTS_MAX);
    uint64_t time_us = 0;
    for (size_t i = 0; i < count_moments(); i++) {
        assert_true(byte_log_moment(bytes, i)->time_us >= time_us);
        time_us = byte_log_moment(bytes, i)->time_us;
    }
    expect_moment(1, 0, 0);
}

static void the_size_outlives_the_bytes_it_was_set_for(void **state)
{
    (void)state;
    open_log(BYTE_LOG_MIN_BYTES);
    at_ms(0);
    byte_log_resized(bytes, 80, 24);
    for (int i = 0; i < 1000; i++) {
        at_ms((int64_t)i * 10);
        append_many(100);
    }
    expect_size(0, byte_log_first(bytes), 80, 24);
    assert_int_equal(byte_log_moment(bytes, 1)->cols, 0);
    assert_int_equal(byte_log_moment(bytes, 1)->offset, byte_log_first(bytes));
    assert_true(count_moments() < 100);
}

static void time_does_not_go_back(void **state)
{
    (void)state;
    open_log(0);
    at_ms(1000);
    append_many(1);
    at_ms(500);
    byte_log_resized(bytes, 10, 10);
    append_many(1);
    expect_moment(0, 1000, 0);
    expect_moment(1, 1000, 1);
    expect_moment(2, 1000, 1);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(bytes_are_read_back_by_offset),
        CASE(a_reader_at_the_end_gets_nothing),
        CASE(an_empty_log_is_small),
        CASE(the_newest_bytes_are_kept),
        CASE(a_reader_that_fell_behind_learns_where_it_goes_on),
        CASE(a_limit_below_the_smallest_is_raised),
        CASE(views_lead_through_the_log_without_a_copy),
        CASE(older_bytes_are_read_from_the_file),
        CASE(the_file_has_a_limit_too),
        CASE(a_file_that_cannot_be_made_is_an_error),
        CASE(listeners_are_told_once_for_all_bytes_of_a_turn),
        CASE(the_end_is_told_once),
        CASE(a_listener_may_cancel_itself),
        CASE(a_listener_may_close_the_log),
        CASE(a_log_may_be_closed_while_a_notice_is_due),
        CASE(arrivals_and_sizes_are_remembered),
        CASE(of_two_sizes_without_bytes_between_the_last_counts),
        CASE(there_is_a_limit_to_moments),
        CASE(the_size_outlives_the_bytes_it_was_set_for),
        CASE(time_does_not_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
