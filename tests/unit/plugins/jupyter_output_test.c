#include "plugins/jupyter/output.h"

#include "plugins/jupyter/message.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "tests/support/test.h"

static void add(struct jupyter_output *output, const char *type, struct str content)
{
    struct jupyter_message message;
    struct error error;
    const struct str json[JUPYTER_MESSAGE_JSON_PARTS] = {STR("{}"), STR("{}"), STR("{}"), content};
    const struct jupyter_frame frame = {.json = json};
    assert_true(jupyter_message_read(&frame, &message, &error));
    message.type = str_from(type);
    jupyter_output_add(output, &message);
    jupyter_message_fini(&message);
}

static void assert_text(struct jupyter_output *output, const char *expected)
{
    jupyter_output_finish(output);
    assert_true(str_equal(buf_str(&output->text), str_from(expected)));
    jupyter_output_fini(output);
}

static void pieces_follow_each_other_with_nothing_between(void **state)
{
    (void)state;
    struct jupyter_output output = {0};
    add(&output, "stream", STR("{\"name\":\"stdout\",\"text\":\"a\\n\"}"));
    add(&output, "stream", STR("{\"name\":\"stderr\",\"text\":\"b\"}"));
    add(&output, "execute_result", STR("{\"data\":{\"text/plain\":\"42\"}}"));
    add(&output, "display_data", STR("{\"data\":{\"text/plain\":\"<x>\"}}"));
    assert_text(&output, "a\nb42<x>");
}

static void the_lines_of_a_traceback_are_joined(void **state)
{
    (void)state;
    struct jupyter_output output = {0};
    add(&output, "error", STR("{\"ename\":\"E\",\"traceback\":[\"---\",\"E: x\"]}"));
    assert_text(&output, "---\nE: x");
}

static void nothing_printed_says_so(void **state)
{
    (void)state;
    struct jupyter_output output = {0};
    add(&output, "execute_input", STR("{\"code\":\"1\"}"));
    add(&output, "clear_output", STR("{}"));
    add(&output, "update_display_data", STR("{\"data\":{\"text/plain\":\"x\"}}"));
    assert_text(&output, "[Code executed successfully with no output]");
}

static void an_empty_piece_is_a_piece(void **state)
{
    (void)state;
    struct jupyter_output output = {0};
    add(&output, "stream", STR("{\"text\":\"\"}"));
    assert_text(&output, "");
}

static void images_are_collected_beside_the_text(void **state)
{
    (void)state;
    struct jupyter_output output = {0};
    add(&output, "display_data",
        STR("{\"data\":{\"image/png\":\"iVBO\",\"text/plain\":\"<Image>\"}}"));
    add(&output, "display_data", STR("{\"data\":{\"image/png\":\"AAAA\"}}"));
    assert_int_equal(output.image_count, 2);
    assert_true(str_equal(output.images[0], STR("data:image/png;base64,iVBO")));
    assert_true(str_equal(output.images[1], STR("data:image/png;base64,AAAA")));
    assert_text(&output, "<Image>");
}

static void malformed_contents_are_skipped(void **state)
{
    (void)state;
    struct jupyter_output output = {0};
    add(&output, "display_data", STR("{\"data\":3}"));
    add(&output, "execute_result", STR("{}"));
    add(&output, "error", STR("{\"traceback\":\"x\"}"));
    add(&output, "display_data", STR("{\"data\":{\"image/png\":[\"a\"],\"text/plain\":\"t\"}}"));
    assert_int_equal(output.image_count, 0);
    assert_text(&output, "t");
}

static void colours_are_removed_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        const char *expected;
    } cases[] = {
        {"\x1b[31mred\x1b[0m", "red"},
        {"\x1b[0;31mx\x1b[1;2;3my", "xy"},
        {"\x1b[38;5;1mx", "x"},
        {"\x1b[1;2;3;4mx", "\x1b[1;2;3;4mx"},
        {"\x1b[mx", "\x1b[mx"},
        {"\x1b[1;mx", "\x1b[1;mx"},
        {"\x1b[2Kx", "\x1b[2Kx"},
        {"\x1b[12", "\x1b[12"},
        {"\x1b", "\x1b"},
        {"\x1b\x1b[1mx", "\x1bx"},
        {"plain", "plain"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf out = {0};
        jupyter_output_uncolour(str_from(cases[i].given), &out);
        assert_string_equal(out.data, cases[i].expected);
    }
}

/* A stream message of `len` letters. */
static void add_letters(struct jupyter_output *output, size_t len)
{
    scoped_buf struct buf content = {0};
    buf_append(&content, STR("{\"text\":\""));
    memset(buf_reserve(&content, len), 'x', len);
    content.len += len;
    buf_append(&content, STR("\"}"));
    add(output, "stream", buf_str(&content));
}

static void text_up_to_the_limit_is_kept(void **state)
{
    (void)state;
    struct jupyter_output output = {0};
    add_letters(&output, JUPYTER_OUTPUT_MAX_TEXT);
    jupyter_output_finish(&output);
    assert_int_equal(output.text.len, JUPYTER_OUTPUT_MAX_TEXT);
    jupyter_output_fini(&output);
}

static void text_beyond_the_limit_is_dropped_and_counted(void **state)
{
    (void)state;
    struct jupyter_output output = {0};
    add_letters(&output, JUPYTER_OUTPUT_MAX_TEXT - 1);
    add(&output, "stream", STR("{\"text\":\"\xc3\xa9\"}"));
    add_letters(&output, 5);
    jupyter_output_finish(&output);
    const struct str end = str_skip(buf_str(&output.text), JUPYTER_OUTPUT_MAX_TEXT - 1);
    assert_true(str_ends_with(end, STR(" more bytes of output were dropped]")));
    assert_false(str_contains(end, STR("\xc3")));
    jupyter_output_fini(&output);
}

static void an_image_beyond_the_limit_is_dropped(void **state)
{
    (void)state;
    struct jupyter_output output = {.image_bytes = JUPYTER_OUTPUT_MAX_IMAGES - 22};
    add(&output, "display_data", STR("{\"data\":{\"image/png\":\"AAAA\"}}"));
    assert_int_equal(output.image_count, 0);
    output.image_bytes -= 4;
    add(&output, "display_data", STR("{\"data\":{\"image/png\":\"AAAA\"}}"));
    assert_int_equal(output.image_count, 1);
    jupyter_output_fini(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_follow_each_other_with_nothing_between),
        cmocka_unit_test(the_lines_of_a_traceback_are_joined),
        cmocka_unit_test(nothing_printed_says_so),
        cmocka_unit_test(an_empty_piece_is_a_piece),
        cmocka_unit_test(images_are_collected_beside_the_text),
        cmocka_unit_test(malformed_contents_are_skipped),
        cmocka_unit_test(colours_are_removed_and_nothing_else),
        cmocka_unit_test(text_up_to_the_limit_is_kept),
        cmocka_unit_test(text_beyond_the_limit_is_dropped_and_counted),
        cmocka_unit_test(an_image_beyond_the_limit_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
