#include "actions/shell_output.h"

#include "pty/byte_log.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/loop/loop.h"
#include "tests/support/test.h"

static struct loop *loop;
static struct byte_log *bytes;
#define MAX_LINES 10500

static struct shell_output *output;

static int set_up(void **state)
{
    (void)state;
    struct error error;
    assert_true(loop_open(&loop, &error));
    const struct byte_log_options options = {.loop = loop, .max_bytes = 1 << 20};
    assert_true(byte_log_open(&options, &bytes, &error));
    output = shell_output_new(bytes, 1000, MAX_LINES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    shell_output_free(output);
    byte_log_close(bytes);
    assert_true(loop_close(loop));
    return 0;
}

static void print(const char *text)
{
    byte_log_append(bytes, str_from(text));
}

static void keep(const char *sent)
{
    shell_output_keep(output, byte_log_next(bytes), str_from(sent));
}

/* Says whether lines at the start are gone. */
static bool expect(const char *content)
{
    scoped_buf struct buf out = {0};
    const bool is_cut = shell_output_take(output, byte_log_next(bytes), &out);
    assert_string_equal(out.data == NULL ? "" : out.data, content);
    return is_cut;
}

static void the_text_is_stripped_at_both_ends(void **state)
{
    (void)state;
    print("prompt");
    shell_output_begin(output, byte_log_next(bytes));
    print("\r\n  a  \r\n\r\n b\t\r\n\r\n");
    assert_false(expect("a\n\n b"));
}

static void nothing_has_been_printed(void **state)
{
    (void)state;
    shell_output_begin(output, 0);
    assert_false(expect(""));
}

static void each_answer_shows_what_is_new(void **state)
{
    (void)state;
    shell_output_begin(output, 0);
    print("1\r\n");
    (void)expect("1");
    (void)expect("");
    print("2\r\n3\r\n");
    (void)expect("2\n3");
    print("4");
    (void)expect("4");
    print("5\r\n");
    (void)expect("5");
}

static void a_line_that_has_changed_is_shown_again(void **state)
{
    (void)state;
    shell_output_begin(output, 0);
    print("start\r\n10%");
    (void)expect("start\n10%");
    print("\r20%");
    (void)expect("20%");
    print("\r100%\r\ndone\r\n");
    (void)expect("100%\ndone");
}

static void the_echo_of_input_is_no_output(void **state)
{
    (void)state;
    shell_output_begin(output, 0);
    print("name: ");
    (void)expect("name:");
    keep("John");
    print("John\r\nHello John\r\n");
    (void)expect("Hello John");
}

static void what_came_before_the_input_is_shown_without_the_echo(void **state)
{
    (void)state;
    shell_output_begin(output, 0);
    print("wait\r\n");
    (void)expect("wait");
    print("name: ");
    keep("John");
    print("John\r\nHello John\r\n");
    (void)expect("name:\nHello John");
}

static void an_input_that_is_not_echoed_takes_nothing_away(void **state)
{
    (void)state;
    shell_output_begin(output, 0);
    print("password: ");
    (void)expect("password:");
    keep("secret");
    print("\r\nwelcome\r\n");
    (void)expect("welcome");
}

static void the_end_of_an_old_command_stands_before_the_next(void **state)
{
    (void)state;
    shell_output_begin(output, 0);
    print("1\r\n");
    (void)expect("1");
    print("2\r\n");
    keep("");
    shell_output_end(output);
    print("prompt");
    shell_output_begin(output, byte_log_next(bytes));
    print("new\r\n");
    (void)expect("2\nnew");
}

static void the_last_lines_are_kept_of_a_long_output(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    shell_output_begin(output, 0);
    for (int i = 1; i <= 50000; i++) {
        scoped_buf struct buf line = {0};
        buf_printf(&line, "Line %d\r\n", i);
        byte_log_append(bytes, buf_str(&line));
        shell_output_follow(output, byte_log_next(bytes));
    }
    assert_true(shell_output_take(output, byte_log_next(bytes), &out));
    assert_true(str_ends_with(buf_str(&out), STR("\nLine 50000")));
    assert_true(str_contains(buf_str(&out), STR("Line 40000\n")));
    assert_false(str_contains(buf_str(&out), STR("Line 39000\n")));
}

static void what_is_new_is_found_when_old_lines_are_gone(void **state)
{
    (void)state;
    shell_output_begin(output, 0);
    for (int i = 0; i < MAX_LINES + 100; i++)
        print("x\r\n");
    scoped_buf struct buf first = {0};
    assert_true(shell_output_take(output, byte_log_next(bytes), &first));
    print("y\r\nz\r\n");
    (void)expect("y\nz");
}

static void a_line_of_megabytes_is_whole(void **state)
{
    (void)state;
    scoped_buf struct buf line = {0};
    scoped_buf struct buf out = {0};
    const size_t len = (size_t)3 << 20;
    shell_output_begin(output, 0);
    for (size_t i = 0; i < len; i++)
        buf_append_byte(&line, (char)('a' + i % 26));
    for (size_t i = 0; i < len; i += 65536) {
        byte_log_append(bytes, str_slice(buf_str(&line), i, i + 65536));
        shell_output_follow(output, byte_log_next(bytes));
    }
    assert_false(shell_output_take(output, byte_log_next(bytes), &out));
    assert_true(str_equal(buf_str(&out), buf_str(&line)));
}

static void bytes_that_the_log_has_dropped_are_a_cut(void **state)
{
    (void)state;
    scoped_buf struct buf chunk = {0};
    for (int i = 0; i < 65536; i++)
        buf_append_byte(&chunk, i % 64 == 63 ? '\n' : '.');
    shell_output_begin(output, 0);
    for (int i = 0; i < 40; i++)
        byte_log_append(bytes, buf_str(&chunk));
    scoped_buf struct buf out = {0};
    assert_true(shell_output_take(output, byte_log_next(bytes), &out));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_text_is_stripped_at_both_ends),
        TEST(nothing_has_been_printed),
        TEST(each_answer_shows_what_is_new),
        TEST(a_line_that_has_changed_is_shown_again),
        TEST(the_echo_of_input_is_no_output),
        TEST(what_came_before_the_input_is_shown_without_the_echo),
        TEST(an_input_that_is_not_echoed_takes_nothing_away),
        TEST(the_end_of_an_old_command_stands_before_the_next),
        TEST(the_last_lines_are_kept_of_a_long_output),
        TEST(what_is_new_is_found_when_old_lines_are_gone),
        TEST(a_line_of_megabytes_is_whole),
        TEST(bytes_that_the_log_has_dropped_are_a_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
