#include "server/loop/process_run.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/work.h"
#include "tests/support/test.h"

static struct loop *loop;
static struct processes *processes;
static bool are_closed;

static const char *const path_env[] = {"PATH=/usr/bin:/bin", NULL};

static int open_processes(void **state)
{
    (void)state;
    struct error error;
    are_closed = false;
    assert_true(loop_open(&loop, &error));
    assert_true(processes_open(loop, &processes, &error));
    return 0;
}

static void note_closed(void *owner)
{
    (void)owner;
    are_closed = true;
}

static int close_processes(void **state)
{
    (void)state;
    if (!are_closed)
        processes_close(processes, 0, note_closed, NULL);
    while (!are_closed)
        assert_true(loop_step(loop));
    assert_true(loop_close(loop));
    return 0;
}

struct helper {
    const char *argv[4];
    struct process_run_options options;
    struct process_run_result result;
    struct error error;
    bool has_run;
    bool is_done;
    uint64_t took_ms;
};

static void run_helper(void *job)
{
    struct helper *helper = job;
    const uint64_t began = clock_monotonic_ms();
    helper->has_run = process_run(processes, &helper->options, &helper->result, &helper->error);
    helper->took_ms = clock_monotonic_ms() - began;
}

static void note_done(void *job, bool is_cancelled)
{
    struct helper *helper = job;
    assert_false(is_cancelled);
    helper->is_done = true;
}

static void init_helper(struct helper *helper, const char *script)
{
    *helper = (struct helper){.argv = {"sh", "-c", script, NULL}};
    helper->options = (struct process_run_options){.argv = helper->argv, .env = path_env};
}

static void start_helper(struct helper *helper)
{
    (void)work_start(loop, run_helper, note_done, helper);
}

static void finish_helper(const struct helper *helper)
{
    while (!helper->is_done)
        assert_true(loop_step(loop));
}

static void run_to_end(struct helper *helper)
{
    start_helper(helper);
    finish_helper(helper);
}

static void expect_text(const struct buf *buf, const char *expected)
{
    assert_string_equal(buf->data == NULL ? "" : buf->data, expected);
}

static void output_errors_and_status_come_back_apart(void **state)
{
    (void)state;
    struct helper helper;
    init_helper(&helper, "echo out; echo err >&2; exit 5");
    run_to_end(&helper);
    assert_true(helper.has_run);
    expect_text(&helper.result.out, "out\n");
    expect_text(&helper.result.err, "err\n");
    assert_int_equal(helper.result.exit.code, 5);
    assert_false(helper.result.has_timed_out);
    assert_false(helper.result.is_too_large);
    assert_true(helper.result.exit.peak_rss_bytes > 0);
    process_run_fini(&helper.result);
}

static void a_program_that_prints_nothing_is_fine(void **state)
{
    (void)state;
    struct helper helper;
    init_helper(&helper, "readlink /proc/$$/fd/0 >/dev/null");
    run_to_end(&helper);
    assert_true(helper.has_run);
    assert_int_equal(helper.result.out.len, 0);
    assert_int_equal(helper.result.exit.code, 0);
    process_run_fini(&helper.result);
}

static void without_input_a_program_reads_nothing(void **state)
{
    (void)state;
    struct helper helper;
    init_helper(&helper, "cat; readlink /proc/$$/fd/0");
    run_to_end(&helper);
    expect_text(&helper.result.out, "/dev/null\n");
    process_run_fini(&helper.result);
}

static void much_input_passes_through_a_filter_whole(void **state)
{
    (void)state;
    struct helper helper;
    const size_t total = 1 << 20;
    scoped_free char *input = mem_alloc(total);
    for (size_t i = 0; i < total; i++)
        input[i] = (char)(i * 7 + i / 251);
    init_helper(&helper, "exec cat");
    helper.options.input = str_span(input, total);
    run_to_end(&helper);
    assert_int_equal(helper.result.out.len, total);
    assert_memory_equal(helper.result.out.data, input, total);
    process_run_fini(&helper.result);
}

static void input_that_nobody_reads_does_not_hold_the_run(void **state)
{
    (void)state;
    struct helper helper;
    scoped_free char *input = mem_zero(1, 1 << 20);
    init_helper(&helper, "exec <&-; echo enough; exit 4");
    helper.options.input = str_span(input, 1 << 20);
    run_to_end(&helper);
    expect_text(&helper.result.out, "enough\n");
    assert_int_equal(helper.result.exit.code, 4);
    process_run_fini(&helper.result);
}

static void a_run_out_of_time_kills_the_whole_group(void **state)
{
    (void)state;
    struct helper helper;
    init_helper(&helper, "trap '' TERM; echo begun; sleep 1000 & wait");
    helper.options.timeout_ms = 50;
    run_to_end(&helper);
    assert_true(helper.has_run);
    assert_true(helper.result.has_timed_out);
    expect_text(&helper.result.out, "begun\n");
    assert_int_equal(helper.result.exit.code, -SIGKILL);
    assert_in_range(helper.took_ms, 49, 10000);
    process_run_fini(&helper.result);
}

static void output_may_reach_its_limit(void **state)
{
    (void)state;
    struct helper helper;
    init_helper(&helper, "printf 12345678");
    helper.options.max_stdout_bytes = 8;
    run_to_end(&helper);
    expect_text(&helper.result.out, "12345678");
    assert_false(helper.result.is_too_large);
    assert_int_equal(helper.result.exit.code, 0);
    process_run_fini(&helper.result);
}

static void output_past_its_limit_stops_the_program(void **state)
{
    (void)state;
    struct helper helper;
    init_helper(&helper, "printf 123456789; exec sleep 1000");
    helper.options.max_stdout_bytes = 8;
    run_to_end(&helper);
    assert_true(helper.has_run);
    expect_text(&helper.result.out, "12345678");
    assert_true(helper.result.is_too_large);
    assert_false(helper.result.has_timed_out);
    assert_int_equal(helper.result.exit.signal, SIGKILL);
    process_run_fini(&helper.result);
}

static void errors_past_their_limit_are_dropped(void **state)
{
    (void)state;
    struct helper helper;
    init_helper(&helper, "head -c 1000000 /dev/zero >&2; echo fine");
    helper.options.max_stderr_bytes = 10;
    run_to_end(&helper);
    expect_text(&helper.result.out, "fine\n");
    assert_int_equal(helper.result.err.len, 10);
    assert_int_equal(helper.result.exit.code, 0);
    process_run_fini(&helper.result);
}

struct counter {
    size_t bytes;
    size_t stop_at; /* 0: never */
};

static bool count_bytes(void *owner, struct str chunk)
{
    struct counter *counter = owner;
    counter->bytes += chunk.len;
    return counter->stop_at == 0 || counter->bytes < counter->stop_at;
}

static void a_reader_gets_chunks_as_they_come(void **state)
{
    (void)state;
    struct helper helper;
    struct counter counter = {0};
    init_helper(&helper, "head -c 3000000 /dev/zero");
    helper.options.on_stdout = count_bytes;
    helper.options.owner = &counter;
    helper.options.max_stdout_bytes = 1; /* of what is collected, which is nothing */
    run_to_end(&helper);
    assert_int_equal(counter.bytes, 3000000);
    assert_int_equal(helper.result.out.len, 0);
    assert_false(helper.result.is_too_large);
    process_run_fini(&helper.result);
}

static void a_reader_that_has_enough_stops_the_program(void **state)
{
    (void)state;
    struct helper helper;
    struct counter counter = {.stop_at = 100000};
    init_helper(&helper, "exec cat /dev/zero");
    helper.options.on_stdout = count_bytes;
    helper.options.owner = &counter;
    run_to_end(&helper);
    assert_in_range(counter.bytes, 100000, 100000 + 65536);
    assert_int_equal(helper.result.exit.signal, SIGKILL);
    assert_false(helper.result.has_timed_out);
    process_run_fini(&helper.result);
}

static void a_child_that_keeps_the_pipes_does_not_hold_the_run(void **state)
{
    (void)state;
    struct helper helper;
    init_helper(&helper, "sleep 1000 & echo done");
    run_to_end(&helper);
    assert_true(helper.has_run);
    expect_text(&helper.result.out, "done\n");
    assert_int_equal(helper.result.exit.code, 0);
    assert_in_range(helper.took_ms, 0, 10000);
    process_run_fini(&helper.result);
}

static void a_child_that_floods_the_pipe_does_not_hold_the_run(void **state)
{
    (void)state;
    struct helper helper;
    struct counter counter = {0};
    init_helper(&helper, "cat /dev/zero & exit 0");
    helper.options.on_stdout = count_bytes;
    helper.options.owner = &counter;
    run_to_end(&helper);
    assert_int_equal(helper.result.exit.code, 0);
    assert_in_range(helper.took_ms, 0, 10000);
    process_run_fini(&helper.result);
}

struct slow_reader {
    size_t bytes;
};

/* Takes longer than the drain after the exit. */
static bool read_slowly(void *owner, struct str chunk)
{
    struct slow_reader *reader = owner;
    const uint64_t began = clock_monotonic_ms();
    while (reader->bytes == 0 && clock_monotonic_ms() < began + 300)
        continue;
    reader->bytes += chunk.len;
    return true;
}

static void a_slow_reader_misses_nothing_of_an_ended_program(void **state)
{
    (void)state;
    struct helper helper;
    struct slow_reader reader = {0};
    init_helper(&helper, "head -c 10 /dev/zero; head -c 60000 /dev/zero; sleep 1000 & exit 0");
    helper.options.on_stdout = read_slowly;
    helper.options.owner = &reader;
    run_to_end(&helper);
    assert_int_equal(reader.bytes, 60010);
    process_run_fini(&helper.result);
}

static void a_program_that_cannot_start_is_an_error(void **state)
{
    (void)state;
    struct helper helper;
    init_helper(&helper, "exit 0");
    helper.argv[0] = "/nope";
    run_to_end(&helper);
    assert_false(helper.has_run);
    assert_string_equal(helper.error.text, "[Errno 2] No such file or directory: '/nope'");
    process_run_fini(&helper.result);
}

static void many_runs_at_once_keep_their_results_apart(void **state)
{
    (void)state;
    static struct helper helpers[40];
    static char scripts[ARRAY_SIZE(helpers)][16];
    for (size_t i = 0; i < ARRAY_SIZE(helpers); i++) {
        (void)snprintf(scripts[i], sizeof(scripts[i]), "exit %zu", i); /* fits */
        init_helper(&helpers[i], scripts[i]);
        start_helper(&helpers[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(helpers); i++) {
        finish_helper(&helpers[i]);
        assert_true(helpers[i].has_run);
        assert_int_equal(helpers[i].result.exit.code, i);
        process_run_fini(&helpers[i].result);
    }
    assert_int_equal(processes_orphans_reaped(processes), 0);
    assert_int_equal(processes_running(processes), 0);
}

static void close_everything(void *owner)
{
    (void)owner;
    processes_close(processes, 0, note_closed, NULL);
}

static bool close_when_it_prints(void *owner, struct str chunk)
{
    (void)chunk;
    loop_post(loop, close_everything, owner);
    return true;
}

static void closing_ends_a_run_and_refuses_the_next(void **state)
{
    (void)state;
    struct helper first, second;
    init_helper(&first, "echo; exec sleep 1000");
    first.options.on_stdout = close_when_it_prints;
    run_to_end(&first);
    assert_true(first.has_run);
    assert_true(first.result.exit.signal != 0);
    init_helper(&second, "exit 0");
    run_to_end(&second);
    assert_false(second.has_run);
    assert_int_equal(second.error.code, ERROR_UNAVAILABLE);
    process_run_fini(&first.result);
    process_run_fini(&second.result);
}

#define WITH_PROCESSES(test) cmocka_unit_test_setup_teardown(test, open_processes, close_processes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROCESSES(output_errors_and_status_come_back_apart),
        WITH_PROCESSES(a_program_that_prints_nothing_is_fine),
        WITH_PROCESSES(without_input_a_program_reads_nothing),
        WITH_PROCESSES(much_input_passes_through_a_filter_whole),
        WITH_PROCESSES(input_that_nobody_reads_does_not_hold_the_run),
        WITH_PROCESSES(a_run_out_of_time_kills_the_whole_group),
        WITH_PROCESSES(output_may_reach_its_limit),
        WITH_PROCESSES(output_past_its_limit_stops_the_program),
        WITH_PROCESSES(errors_past_their_limit_are_dropped),
        WITH_PROCESSES(a_reader_gets_chunks_as_they_come),
        WITH_PROCESSES(a_reader_that_has_enough_stops_the_program),
        WITH_PROCESSES(a_child_that_keeps_the_pipes_does_not_hold_the_run),
        WITH_PROCESSES(a_child_that_floods_the_pipe_does_not_hold_the_run),
        WITH_PROCESSES(a_slow_reader_misses_nothing_of_an_ended_program),
        WITH_PROCESSES(a_program_that_cannot_start_is_an_error),
        WITH_PROCESSES(many_runs_at_once_keep_their_results_apart),
        WITH_PROCESSES(closing_ends_a_run_and_refuses_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
