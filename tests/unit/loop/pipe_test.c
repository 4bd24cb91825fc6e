#include "server/loop/pipe.h"

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "tests/support/test.h"

/* More than one read of a terminal gives (4096), less than it holds without a reader (8192). */
#define TERMINAL_BYTES ((size_t)6000)

/* A pipe under test and what it reported; `other` is the far end, used with plain system calls. */
struct end {
    struct loop *loop;
    struct pipe *pipe;
    int other;
    struct buf received;
    unsigned chunks;
    unsigned ends;
    unsigned written;
    bool closes_on_data;
    bool stops_on_data;
    bool floods_on_data; /* the writer is always faster */
};

static void on_data(void *owner, struct str chunk)
{
    struct end *end = owner;
    assert_int_equal(end->ends, 0);
    buf_append(&end->received, chunk);
    end->chunks++;
    static const char flood[PIPE_READ_BYTES];
    if (end->floods_on_data)
        assert_int_equal(write(end->other, flood, sizeof(flood)), sizeof(flood));
    if (end->stops_on_data)
        pipe_read_stop(end->pipe);
    if (end->closes_on_data)
        pipe_close(take_pointer(&end->pipe));
}

static void on_end(void *owner)
{
    struct end *end = owner;
    end->ends++;
}

static void on_written(void *owner)
{
    struct end *end = owner;
    end->written++;
}

static const struct pipe_events all_events = {on_data, on_end, on_written};

static int open_end(void **state)
{
    static struct end end;
    struct error error;
    end = (struct end){.other = -1};
    assert_true(loop_open(&end.loop, &error));
    *state = &end;
    return 0;
}

static int close_end(void **state)
{
    struct end *end = *state;
    pipe_close(end->pipe);
    assert_true(loop_close(end->loop));
    fd_close(&end->other);
    buf_fini(&end->received);
    return 0;
}

static void take(struct end *end, int fd)
{
    struct error error;
    assert_true(pipe_open(end->loop, fd, &all_events, end, &end->pipe, &error));
}

static void open_reader(struct end *end)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    end->other = ends[1];
    take(end, ends[0]);
}

static void open_writer(struct end *end)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    end->other = ends[0];
    take(end, ends[1]);
}

static void open_socket(struct end *end)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    end->other = ends[0];
    take(end, ends[1]);
}

static void send_bytes(const struct end *end, struct str bytes)
{
    assert_int_equal(write(end->other, bytes.data, bytes.len), bytes.len);
}

static void what_arrives_is_handed_over_and_the_end_comes_once(void **state)
{
    struct end *end = *state;
    open_reader(end);
    pipe_read_start(end->pipe);
    send_bytes(end, STR("hello"));
    while (end->chunks == 0)
        assert_true(loop_step(end->loop));
    assert_string_equal(end->received.data, "hello");
    assert_int_equal(end->ends, 0);
    fd_close(&end->other);
    loop_run(end->loop);
    assert_int_equal(end->ends, 1);
    pipe_drain(end->pipe);
    pipe_read_start(end->pipe);
    assert_false(loop_step(end->loop));
    assert_int_equal(end->ends, 1);
}

static void a_paused_pipe_pushes_back(void **state)
{
    struct end *end = *state;
    end->stops_on_data = true;
    open_reader(end);
    pipe_read_start(end->pipe);
    send_bytes(end, STR("one"));
    loop_run(end->loop);
    send_bytes(end, STR("two"));
    assert_false(loop_step(end->loop));
    assert_string_equal(end->received.data, "one");
    pipe_read_start(end->pipe);
    loop_run(end->loop);
    assert_string_equal(end->received.data, "onetwo");
}

static void a_drain_reads_what_has_arrived_without_the_loop(void **state)
{
    struct end *end = *state;
    open_reader(end);
    send_bytes(end, STR("left behind"));
    pipe_drain(end->pipe);
    assert_string_equal(end->received.data, "left behind");
    assert_int_equal(end->ends, 0);
    fd_close(&end->other);
    pipe_drain(end->pipe);
    assert_int_equal(end->ends, 1);
}

static void a_drain_reports_the_end_behind_the_data(void **state)
{
    struct end *end = *state;
    open_reader(end);
    pipe_read_start(end->pipe);
    send_bytes(end, STR("all"));
    fd_close(&end->other);
    pipe_drain(end->pipe);
    assert_string_equal(end->received.data, "all");
    assert_int_equal(end->ends, 1);
    assert_false(loop_step(end->loop));
}

static void a_drain_of_a_flood_comes_back(void **state)
{
    struct end *end = *state;
    end->floods_on_data = true;
    open_reader(end);
    send_bytes(end, STR("x"));
    pipe_drain(end->pipe);
    assert_in_range(end->received.len, 1 << 20, (1 << 20) + PIPE_READ_BYTES);
}

static void closing_inside_a_callback_is_the_last_of_it(void **state)
{
    struct end *end = *state;
    end->closes_on_data = true;
    open_reader(end);
    pipe_read_start(end->pipe);
    send_bytes(end, STR("x"));
    fd_close(&end->other);
    loop_run(end->loop);
    assert_int_equal(end->chunks, 1);
    assert_int_equal(end->ends, 0);
}

static void closing_inside_a_drain_ends_the_drain(void **state)
{
    struct end *end = *state;
    end->closes_on_data = true;
    open_reader(end);
    send_bytes(end, STR("x"));
    fd_close(&end->other);
    pipe_drain(end->pipe);
    assert_int_equal(end->chunks, 1);
    assert_int_equal(end->ends, 0);
}

static void what_is_written_arrives_whole_and_is_reported_once(void **state)
{
    struct end *end = *state;
    open_writer(end);
    const size_t total = 1 << 20;
    scoped_free char *sent = mem_alloc(total);
    for (size_t i = 0; i < total; i++)
        sent[i] = (char)(i * 7 + i / 251);
    for (size_t at = 0; at < total; at += total / 4)
        pipe_write(end->pipe, str_span(sent + at, total / 4));
    assert_in_range(pipe_pending_bytes(end->pipe), total - 65536, total);
    assert_int_equal(end->written, 0);
    scoped_free char *received = mem_alloc(total);
    for (size_t at = 0; at < total;) {
        const ssize_t count = read(end->other, received + at, total - at);
        assert_true(count > 0);
        at += (size_t)count;
        if (pipe_pending_bytes(end->pipe) > 0)
            assert_true(loop_step(end->loop));
    }
    loop_run(end->loop);
    assert_memory_equal(received, sent, total);
    assert_int_equal(end->written, 1);
    assert_int_equal(pipe_pending_bytes(end->pipe), 0);
}

static void the_bytes_may_change_after_the_write(void **state)
{
    struct end *end = *state;
    open_writer(end);
    char text[] = "first";
    pipe_write(end->pipe, str_from(text));
    pipe_write(end->pipe, str_from(text));
    memset(text, '#', sizeof(text) - 1);
    loop_run(end->loop);
    char received[16] = {0};
    assert_int_equal(read(end->other, received, sizeof(received) - 1), 10);
    assert_string_equal(received, "firstfirst");
}

static void a_reader_that_went_away_drops_what_is_written(void **state)
{
    struct end *end = *state;
    open_writer(end);
    fd_close(&end->other);
    pipe_write(end->pipe, STR("nobody"));
    pipe_write(end->pipe, STR("reads"));
    loop_run(end->loop);
    assert_int_equal(pipe_pending_bytes(end->pipe), 0);
    assert_int_equal(end->written, 1);
    pipe_write(end->pipe, STR("this"));
    loop_run(end->loop);
    assert_int_equal(end->written, 2);
    assert_int_equal(end->ends, 0);
}

static void the_end_of_writing_comes_after_what_is_queued(void **state)
{
    struct end *end = *state;
    open_writer(end);
    pipe_write(end->pipe, STR("last words"));
    pipe_write_end(end->pipe);
    pipe_write(end->pipe, STR("too late"));
    loop_run(end->loop);
    char received[32] = {0};
    assert_int_equal(read(end->other, received, sizeof(received) - 1), 10);
    assert_string_equal(received, "last words");
    assert_int_equal(read(end->other, received, 1), 0);
    assert_int_equal(pipe_fd(end->pipe), -1);
}

static void a_socket_reads_on_after_its_end_of_writing(void **state)
{
    struct end *end = *state;
    open_socket(end);
    pipe_read_start(end->pipe);
    pipe_write(end->pipe, STR("question"));
    pipe_write_end(end->pipe);
    while (end->written == 0)
        assert_true(loop_step(end->loop));
    char received[32] = {0};
    assert_int_equal(read(end->other, received, sizeof(received) - 1), 8);
    send_bytes(end, STR("answer"));
    fd_close(&end->other);
    loop_run(end->loop);
    assert_string_equal(end->received.data, "answer");
    assert_int_equal(end->ends, 1);
}

static void the_last_close_of_a_terminal_is_its_end(void **state)
{
    struct end *end = *state;
    int master;
    assert_int_equal(openpty(&master, &end->other, NULL, NULL, NULL), 0);
    take(end, master);
    pipe_read_start(end->pipe);
    send_bytes(end, STR("prompt"));
    while (end->chunks == 0)
        assert_true(loop_step(end->loop));
    fd_close(&end->other);
    loop_run(end->loop);
    assert_string_equal(end->received.data, "prompt");
    assert_int_equal(end->ends, 1);
}

static void all_that_a_terminal_holds_at_its_last_close_is_read(void **state)
{
    struct end *end = *state;
    int master;
    scoped_free char *bytes = mem_zero(1, TERMINAL_BYTES);
    assert_int_equal(openpty(&master, &end->other, NULL, NULL, NULL), 0);
    take(end, master);
    pipe_read_start(end->pipe);
    send_bytes(end, str_span(bytes, TERMINAL_BYTES));
    fd_close(&end->other);
    loop_run(end->loop);
    assert_int_equal(end->received.len, TERMINAL_BYTES);
    assert_int_equal(end->ends, 1);
}

static void what_cannot_be_waited_for_is_refused_and_closed(void **state)
{
    struct end *end = *state;
    static const char *const paths[] = {"/dev/null", "/etc/passwd", "/etc", "/dev/zero"};
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        struct error error;
        const int fd = open(paths[i], O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_false(pipe_open(end->loop, fd, &all_events, end, &end->pipe, &error));
        assert_int_equal(error.code, ERROR_INVALID);
        assert_int_equal(fcntl(fd, F_GETFD), -1);
    }
}

static void a_pipe_without_events_is_fine(void **state)
{
    struct end *end = *state;
    struct error error;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    end->other = ends[1];
    const struct pipe_events none = {0};
    assert_true(pipe_open(end->loop, ends[0], &none, NULL, &end->pipe, &error));
    pipe_read_start(end->pipe);
    send_bytes(end, STR("x"));
    fd_close(&end->other);
    loop_run(end->loop);
}

static void a_writer_that_keeps_the_pipe_full_leaves_others_their_turn(void **state)
{
    struct end *end = *state;
    open_reader(end);
    end->floods_on_data = true;
    static const char flood[PIPE_READ_BYTES];
    send_bytes(end, str_span(flood, sizeof(flood)));
    pipe_read_start(end->pipe);
    assert_true(loop_step(end->loop));
    assert_in_range(end->chunks, 1, 8);
    const unsigned before = end->chunks;
    assert_true(loop_step(end->loop)); /* and goes on by itself */
    assert_true(end->chunks > before);
}

static void a_pipe_that_waits_for_its_turn_can_be_closed(void **state)
{
    struct end *end = *state;
    open_reader(end);
    end->floods_on_data = true;
    static const char flood[PIPE_READ_BYTES];
    send_bytes(end, str_span(flood, sizeof(flood)));
    pipe_read_start(end->pipe);
    assert_true(loop_step(end->loop));
    const unsigned chunks = end->chunks;
    pipe_close(take_pointer(&end->pipe));
    (void)loop_step(end->loop);
    assert_int_equal(end->chunks, chunks);
}

#define WITH_END(test) cmocka_unit_test_setup_teardown(test, open_end, close_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_END(a_writer_that_keeps_the_pipe_full_leaves_others_their_turn),
        WITH_END(a_pipe_that_waits_for_its_turn_can_be_closed),
        WITH_END(what_arrives_is_handed_over_and_the_end_comes_once),
        WITH_END(a_paused_pipe_pushes_back),
        WITH_END(a_drain_reads_what_has_arrived_without_the_loop),
        WITH_END(a_drain_reports_the_end_behind_the_data),
        WITH_END(a_drain_of_a_flood_comes_back),
        WITH_END(closing_inside_a_callback_is_the_last_of_it),
        WITH_END(closing_inside_a_drain_ends_the_drain),
        WITH_END(what_is_written_arrives_whole_and_is_reported_once),
        WITH_END(the_bytes_may_change_after_the_write),
        WITH_END(a_reader_that_went_away_drops_what_is_written),
        WITH_END(the_end_of_writing_comes_after_what_is_queued),
        WITH_END(a_socket_reads_on_after_its_end_of_writing),
        WITH_END(the_last_close_of_a_terminal_is_its_end),
        WITH_END(all_that_a_terminal_holds_at_its_last_close_is_read),
        WITH_END(what_cannot_be_waited_for_is_refused_and_closed),
        WITH_END(a_pipe_without_events_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
