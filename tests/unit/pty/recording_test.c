#include "pty/recording.h"

#include "pty/byte_log.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/loop/loop.h"
#include "tests/support/test.h"

#define START_US INT64_C(1735689600000000)

static struct loop *loop;
static struct byte_log *bytes;

static void at_ms(int64_t ms)
{
    clock_set_fake((uint64_t)(ms + 1) * 1000, START_US + ms * 1000);
}

static int set_up(void **state)
{
    (void)state;
    struct error error;
    assert_true(loop_open(&loop, &error));
    assert_true(byte_log_open(
        &(struct byte_log_options){.loop = loop, .max_bytes = BYTE_LOG_MIN_BYTES}, &bytes, &error));
    at_ms(0);
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

static void print(const char *text)
{
    byte_log_append(bytes, str_from(text));
}

static void expect_recording(const char *expected)
{
    scoped_buf struct buf out = {0};
    struct recording *recording =
        recording_open(bytes, &(struct recording_options){.title = STR("build")});
    while (recording_next(recording, 100, &out))
        continue;
    recording_close(recording);
    assert_string_equal(out.data, expected);
}

static void arrivals_become_lines_with_their_time(void **state)
{
    (void)state;
    byte_log_resized(bytes, 90, 30);
    print("$ ");
    at_ms(1500);
    print("ls\r\n");
    expect_recording(
        "{\"version\":2,\"width\":90,\"height\":30,\"timestamp\":1735689600,\"title\":\"build\"}\n"
        "[0.000000, \"o\", \"$ \"]\n"
        "[1.500000, \"o\", \"ls\\r\\n\"]\n");
}

static void a_change_of_size_is_a_line_of_its_own(void **state)
{
    (void)state;
    byte_log_resized(bytes, 80, 24);
    print("a");
    at_ms(250);
    byte_log_resized(bytes, 100, 30);
    print("b");
    expect_recording(
        "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1735689600,\"title\":\"build\"}\n"
        "[0.000000, \"o\", \"a\"]\n"
        "[0.250000, \"r\", \"100x30\"]\n"
        "[0.250000, \"o\", \"b\"]\n");
}

static void a_character_in_two_parts_is_not_broken(void **state)
{
    (void)state;
    byte_log_resized(bytes, 80, 24);
    print("a\xe2\x82");
    at_ms(20);
    print("\xac!");
    expect_recording(
        "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1735689600,\"title\":\"build\"}\n"
        "[0.000000, \"o\", \"a\"]\n"
        "[0.020000, \"o\", \"€!\"]\n");
}

static void bytes_that_are_no_text_are_repaired(void **state)
{
    (void)state;
    byte_log_resized(bytes, 80, 24);
    print("\xff"
          "\x1b[0m\xe2");
    expect_recording(
        "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1735689600,\"title\":\"build\"}\n"
        "[0.000000, \"o\", \"\xef\xbf\xbd\\u001b[0m\xef\xbf\xbd\"]\n");
}

static void an_empty_log_is_a_header(void **state)
{
    (void)state;
    expect_recording("{\"version\":2,\"width\":80,\"height\":24,\"title\":\"build\"}\n");
}

static size_t count_lines(struct str text, size_t *ret_letters)
{
    size_t lines = 0;
    *ret_letters = 0;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.data[i] == '\n';
        *ret_letters += text.data[i] == 'x';
    }
    return lines;
}

static void many_bytes_of_one_moment_become_several_lines(void **state)
{
    (void)state;
    scoped_buf struct buf many = {0};
    scoped_buf struct buf out = {0};
    byte_log_close(bytes);
    struct error error;
    assert_true(byte_log_open(&(struct byte_log_options){.loop = loop}, &bytes, &error));
    for (size_t i = 0; i < 3 * RECORDING_LINE_BYTES; i++)
        buf_append_byte(&many, 'x');
    byte_log_append(bytes, buf_str(&many));
    struct recording *recording = recording_open(bytes, &(struct recording_options){0});
    while (recording_next(recording, 100, &out))
        assert_true(out.len < 4 * RECORDING_LINE_BYTES);
    recording_close(recording);
    size_t letters;
    assert_int_equal(count_lines(buf_str(&out), &letters), 4);
    assert_int_equal(letters, many.len);
}

static void append_many(size_t count)
{
    scoped_buf struct buf many = {0};
    for (size_t i = 0; i < count; i++)
        buf_append_byte(&many, 'x');
    byte_log_append(bytes, buf_str(&many));
}

static void what_is_dropped_meanwhile_is_left_out(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    for (int i = 0; i < 4; i++) {
        at_ms((int64_t)i * 20);
        append_many(1000);
    }
    struct recording *recording = recording_open(bytes, &(struct recording_options){0});
    assert_true(recording_next(recording, 1, &out));
    append_many(3000);
    while (recording_next(recording, 100, &out))
        continue;
    recording_close(recording);
    size_t letters;
    (void)count_lines(buf_str(&out), &letters);
    assert_in_range(letters, 4000 - byte_log_first(bytes), 4000 - 1);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(arrivals_become_lines_with_their_time),
        CASE(a_change_of_size_is_a_line_of_its_own),
        CASE(a_character_in_two_parts_is_not_broken),
        CASE(bytes_that_are_no_text_are_repaired),
        CASE(an_empty_log_is_a_header),
        CASE(many_bytes_of_one_moment_become_several_lines),
        CASE(what_is_dropped_meanwhile_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
