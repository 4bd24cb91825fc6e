#include "actions/archive_flow.h"

#include <semaphore.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/loop/loop.h"
#include "tests/support/test.h"

/* A producer of `total` bytes in pieces, and the reader on the loop. */
struct transfer {
    struct loop *loop;
    struct archive_flow *flow;
    size_t total;
    size_t piece;
    bool fails;
    sem_t may_write;
    size_t written; /* of the producer */
    bool was_refused;
    size_t taken;
    size_t largest;
    bool is_right;
    bool has_ended;
    bool has_failed;
    bool is_freed;
};

static struct transfer transfer;

static char byte_at(size_t at)
{
    return (char)(at % 251);
}

static bool produce(void *input, struct archive_flow *flow, struct error *error)
{
    struct transfer *self = input;
    sem_wait(&self->may_write);
    while (self->written < self->total) {
        scoped_buf struct buf piece = {0};
        for (size_t i = 0; i < self->piece && self->written + i < self->total; i++)
            buf_append_byte(&piece, byte_at(self->written + i));
        if (!archive_flow_write(flow, buf_str(&piece))) {
            self->was_refused = true;
            return error_set(error, ERROR_CANCELLED, "refused");
        }
        self->written += piece.len;
    }
    return !self->fails || error_set(error, ERROR_INTERNAL, "it broke");
}

static void on_free(void *input)
{
    struct transfer *self = input;
    self->is_freed = true;
}

static void take(struct transfer *self)
{
    scoped_buf struct buf bytes = {0};
    while (archive_flow_take(self->flow, &bytes)) {
        self->largest = bytes.len > self->largest ? bytes.len : self->largest;
        for (size_t i = 0; i < bytes.len; i++)
            self->is_right = self->is_right && bytes.data[i] == byte_at(self->taken + i);
        self->taken += bytes.len;
    }
}

static void on_bytes(void *owner)
{
    take(owner);
}

static void on_end(void *owner, const struct error *error)
{
    struct transfer *self = owner;
    self->has_ended = true;
    self->has_failed = error != NULL;
    take(self);
    archive_flow_close(self->flow);
}

static void start(size_t total, size_t piece)
{
    const struct archive_flow_options options = {
        .produce = produce,
        .on_free = on_free,
        .input = &transfer,
        .on_bytes = on_bytes,
        .on_end = on_end,
        .owner = &transfer,
    };
    struct error error;
    transfer.total = total;
    transfer.piece = piece;
    transfer.is_right = true;
    assert_true(archive_flow_open(transfer.loop, &options, &transfer.flow, &error));
}

static void run(void)
{
    while (loop_step(transfer.loop)) {
    }
}

static int open_loop(void **state)
{
    (void)state;
    struct error error;
    transfer = (struct transfer){0};
    sem_init(&transfer.may_write, 0, 0);
    assert_true(loop_open(&transfer.loop, &error));
    return 0;
}

static int close_loop(void **state)
{
    (void)state;
    run();
    assert_true(transfer.is_freed);
    assert_true(loop_close(transfer.loop));
    sem_destroy(&transfer.may_write);
    return 0;
}

static void all_bytes_arrive_in_order(void **state)
{
    (void)state;
    start(ARCHIVE_FLOW_MAX_BYTES * 5 + 7, 70001);
    sem_post(&transfer.may_write);
    run();
    assert_true(transfer.has_ended && !transfer.has_failed);
    assert_int_equal(transfer.taken, transfer.total);
    assert_true(transfer.is_right);
    assert_true(transfer.largest <= ARCHIVE_FLOW_MAX_BYTES);
}

static void a_piece_may_be_larger_than_the_flow(void **state)
{
    (void)state;
    start(ARCHIVE_FLOW_MAX_BYTES * 3, ARCHIVE_FLOW_MAX_BYTES * 3);
    sem_post(&transfer.may_write);
    run();
    assert_int_equal(transfer.taken, transfer.total);
    assert_true(transfer.is_right);
}

static void an_error_comes_at_the_end(void **state)
{
    (void)state;
    transfer.fails = true;
    start(10, 10);
    sem_post(&transfer.may_write);
    run();
    assert_true(transfer.has_failed);
    assert_int_equal(transfer.taken, 10);
}

static void nothing_at_all_is_an_end_without_bytes(void **state)
{
    (void)state;
    start(0, 1);
    sem_post(&transfer.may_write);
    run();
    assert_true(transfer.has_ended && !transfer.has_failed);
    assert_int_equal(transfer.taken, 0);
}

static void a_closed_flow_refuses_the_producer(void **state)
{
    (void)state;
    start(ARCHIVE_FLOW_MAX_BYTES * 4, 1000);
    archive_flow_close(transfer.flow);
    sem_post(&transfer.may_write);
    run();
    assert_true(transfer.was_refused);
    assert_false(transfer.has_ended);
    assert_int_equal(transfer.taken, 0);
}

struct idle {
    sem_t may_end;
};

static bool wait_for_end(void *input, struct archive_flow *flow, struct error *error)
{
    (void)flow;
    (void)error;
    struct idle *idle = input;
    sem_wait(&idle->may_end);
    return true;
}

static void ignore_bytes(void *owner)
{
    (void)owner;
}

static void ignore_end(void *owner, const struct error *error)
{
    (void)error;
    struct archive_flow **flow = owner;
    archive_flow_close(*flow);
}

static void so_many_flows_may_be_open(void **state)
{
    (void)state;
    struct idle idle;
    struct error error;
    struct archive_flow *flows[ARCHIVE_FLOW_MAX_OPEN + 1] = {0};
    sem_init(&idle.may_end, 0, 0);
    for (size_t i = 0; i <= ARCHIVE_FLOW_MAX_OPEN; i++) {
        const struct archive_flow_options options = {
            .produce = wait_for_end,
            .input = &idle,
            .on_bytes = ignore_bytes,
            .on_end = ignore_end,
            .owner = &flows[i],
        };
        const bool is_open = archive_flow_open(transfer.loop, &options, &flows[i], &error);
        assert_int_equal(is_open, i < ARCHIVE_FLOW_MAX_OPEN);
    }
    assert_int_equal(error.code, ERROR_LIMIT);
    for (size_t i = 0; i < ARCHIVE_FLOW_MAX_OPEN; i++)
        sem_post(&idle.may_end);
    run();
    sem_destroy(&idle.may_end);
    transfer.is_freed = true; /* the fixture's own transfer was not started */
}

#define FLOW_TEST(test) cmocka_unit_test_setup_teardown(test, open_loop, close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(all_bytes_arrive_in_order),
        FLOW_TEST(a_piece_may_be_larger_than_the_flow),
        FLOW_TEST(an_error_comes_at_the_end),
        FLOW_TEST(nothing_at_all_is_an_end_without_bytes),
        FLOW_TEST(a_closed_flow_refuses_the_producer),
        FLOW_TEST(so_many_flows_may_be_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
