#include "actions/command_chunk.h"

#include "server/base/buf.h"
#include "tests/support/test.h"

static struct command_tail tail;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    tail = (struct command_tail){0};
    out = (struct buf){0};
    tail_append(&tail, COMMAND_STDOUT, STR("hello "));
    tail_append(&tail, COMMAND_STDERR, STR("oh!"));
    tail_append(&tail, COMMAND_STDOUT, STR("bye"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tail_fini(&tail);
    buf_fini(&out);
    return 0;
}

static void expect_read(enum command_stream stream, uint64_t from, size_t limit, const char *text)
{
    struct command_chunk chunk = tail_chunk(&tail);
    buf_clear(&out);
    assert_int_equal(chunk_read(&chunk, stream, from, limit, &out), strlen(text));
    assert_string_equal(buf_str(&out).data, text);
}

static void each_stream_reads_as_if_it_were_alone(void **state)
{
    (void)state;
    expect_read(COMMAND_STDOUT, 0, 100, "hello bye");
    expect_read(COMMAND_STDERR, 0, 100, "oh!");
}

static void both_streams_read_in_the_order_of_arrival(void **state)
{
    (void)state;
    expect_read(COMMAND_ALL, 0, 100, "hello oh!bye");
}

static void reading_begins_at_an_offset_and_ends_at_a_limit(void **state)
{
    (void)state;
    expect_read(COMMAND_STDOUT, 4, 3, "o b");
    expect_read(COMMAND_ALL, 7, 1, "h");
    expect_read(COMMAND_STDOUT, 9, 100, "");
    expect_read(COMMAND_STDOUT, 0, 0, "");
}

static void offsets_go_on_after_the_tail_was_handed_over(void **state)
{
    (void)state;
    tail_advance(&tail);
    tail_append(&tail, COMMAND_STDERR, STR("more"));
    struct command_chunk chunk = tail_chunk(&tail);
    assert_int_equal(chunk_first(&chunk, COMMAND_ALL), 12);
    assert_int_equal(chunk_first(&chunk, COMMAND_STDOUT), 9);
    assert_int_equal(chunk_first(&chunk, COMMAND_STDERR), 3);
    assert_int_equal(chunk_end(&chunk, COMMAND_STDERR), 7);
    expect_read(COMMAND_STDERR, 5, 100, "re");
}

static void bytes_of_one_stream_in_a_row_are_one_run(void **state)
{
    (void)state;
    size_t runs = tail.runs.len;
    tail_append(&tail, COMMAND_STDOUT, STR("!"));
    assert_int_equal(tail.runs.len, runs);
    expect_read(COMMAND_STDOUT, 0, 100, "hello bye!");
}

static void runs_that_do_not_add_up_are_not_sound(void **state)
{
    (void)state;
    struct command_chunk chunk = tail_chunk(&tail);
    assert_true(chunk_is_sound(&chunk));
    chunk.bytes.len--;
    assert_false(chunk_is_sound(&chunk));
    chunk = tail_chunk(&tail);
    chunk.runs.len--;
    assert_false(chunk_is_sound(&chunk));
    chunk = tail_chunk(&tail);
    chunk.out_from = 1;
    assert_false(chunk_is_sound(&chunk));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_stream_reads_as_if_it_were_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(both_streams_read_in_the_order_of_arrival, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(reading_begins_at_an_offset_and_ends_at_a_limit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(offsets_go_on_after_the_tail_was_handed_over, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(bytes_of_one_stream_in_a_row_are_one_run, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(runs_that_do_not_add_up_are_not_sound, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
