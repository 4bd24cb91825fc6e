#include "agent/tools/read_file.h"

#include "tests/support/tool_calls.h"

static int set_up(void **state)
{
    (void)tools_open_loop(state);
    tools_open("[{\"name\":\"read_file\"}]");
    return 0;
}

/* "%" in the text is the folder. */
static void expect_text(const char *format)
{
    scoped_buf struct buf expected = {0};
    struct str rest = str_from(format);
    struct str piece;
    for (bool is_first = true; str_next(&rest, '%', &piece); is_first = false) {
        buf_append(&expected, str_from(is_first ? "" : folder.directory));
        buf_append(&expected, piece);
    }
    assert_text(tools_text(), expected.data);
}

static void write_lines(const char *name, size_t count)
{
    scoped_buf struct buf text = {0};
    for (size_t i = 1; i <= count; i++)
        buf_printf(&text, "line %zu\n", i);
    folder_write(name, text.data);
}

static void lines_are_shown_with_their_numbers(void **state)
{
    (void)state;
    folder_write("a.txt", "one\ntwo\n");
    tools_call("read_file", "{\"file_path\":\"a.txt\"}");
    expect_text("Read file: %/a.txt\n\n     1  one\n     2  two\n");
    assert_text(tools_string("file_content"), "     1  one\n     2  two\n");
    assert_text(tools_string("file_path"), folder_path("a.txt"));
    assert_text(tools_string("kind"), "ReadFileObservation");
    assert_int_equal(doc_int(tools_member("total_lines")), 2);
    assert_false(doc_bool(tools_member("is_truncated")));
    assert_null(tools_member("lines_shown"));
}

static void a_path_is_tidied_but_not_resolved(void **state)
{
    (void)state;
    folder_mkdir("d");
    folder_write("a.txt", "x");
    folder_link("a.txt", "link");
    tools_call("read_file", "{\"file_path\":\"./d/../link\"}");
    expect_text("Read file: %/d/../link\n\n     1  x");
}

static void a_long_file_is_shown_in_parts(void **state)
{
    (void)state;
    write_lines("big", 1001);
    tools_call("read_file", "{\"file_path\":\"big\"}");
    assert_true(doc_bool(tools_member("is_truncated")));
    assert_int_equal(doc_int(doc_at(tools_member("lines_shown"), 0)), 1);
    assert_int_equal(doc_int(doc_at(tools_member("lines_shown"), 1)), 1000);
    assert_true(
        str_contains(tools_text(), STR("/big (showing lines 1-1000 of 1001) To read more, use: "
                                       "read_file(file_path='big', offset=1000, limit=1000)\n\n")));
    write_lines("big", 1000);
    tools_call("read_file", "{\"file_path\":\"big\"}");
    assert_false(doc_bool(tools_member("is_truncated")));
}

static void offset_and_limit_choose_the_lines(void **state)
{
    (void)state;
    write_lines("a", 5);
    tools_call("read_file", "{\"file_path\":\"a\",\"offset\":1,\"limit\":2}");
    expect_text("Read file: %/a (showing lines 2-3 of 5) To read more, use: "
                "read_file(file_path='a', offset=3, limit=2)\n\n     2  line 2\n     3  line 3\n");
    tools_call("read_file", "{\"file_path\":\"a\",\"offset\":4,\"limit\":2}");
    expect_text("Read file: %/a\n\n     5  line 5\n");
    tools_call("read_file", "{\"file_path\":\"a\",\"offset\":5}");
    expect_text("Error: Offset 5 is beyond file length (5 lines)");
    assert_true(tools_is_error());
    assert_text(tools_string("file_content"), "");
}

static void what_is_no_text_is_shown_as_far_as_it_is(void **state)
{
    (void)state;
    folder_write_bytes("bin", STR("a\0b\xff\r\nc"));
    tools_call("read_file", "{\"file_path\":\"bin\"}");
    assert_int_equal(doc_int(tools_member("total_lines")), 2);
    assert_int_equal(tools_string("file_content").len, strlen("     1  a?b\uFFFD\n     2  c"));
}

static void what_cannot_be_read_is_an_error(void **state)
{
    static const char *const cases[][2] = {
        {"{\"file_path\":\"none\"}", "Error: File not found: %/none"},
        {"{\"file_path\":\"a/none\"}", "Error: File not found: %/a/none"},
        {"{\"file_path\":\"loop\"}", "Error: File not found: %/loop"},
        {"{\"file_path\":\".\"}", "Error: Path is a directory, not a file: %"},
        {"{\"file_path\":\"\"}", "Error: Path is a directory, not a file: %"},
        {"{\"file_path\":\"pipe\"}", "Error reading file: '%/pipe' is not a regular file"},
        {"{\"file_path\":\"empty\"}", "Error: Offset 0 is beyond file length (0 lines)"},
        {"{\"file_path\":\"a\\u0000b\"}", "Error reading file: embedded null byte"},
    };
    (void)state;
    folder_write("a", "x");
    folder_write("empty", "");
    folder_link("loop", "loop");
    assert_int_equal(mkfifo(folder_path("pipe"), 0600), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tools_call("read_file", cases[i][0]);
        assert_true(tools_is_error());
        expect_text(cases[i][1]);
        assert_null(tools_member("total_lines"));
    }
}

static void clients_are_told_where_relative_paths_begin(void **state)
{
    scoped_buf struct buf dumps = {0};
    scoped_buf struct buf meta = {0};
    (void)state;
    tool_set_write_dumps(tools.set, &dumps);
    buf_printf(&meta, ",\"meta\":{\"workspace_root\":\"%s\"},\"kind\":\"ReadFileTool\"",
               folder.directory);
    assert_true(str_contains(buf_str(&dumps), buf_str(&meta)));
    assert_true(str_contains(tool_set_find(tools.set, STR("read_file"))->description,
                             str_from(folder.directory)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tools_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_are_shown_with_their_numbers),
        TEST(a_path_is_tidied_but_not_resolved),
        TEST(a_long_file_is_shown_in_parts),
        TEST(offset_and_limit_choose_the_lines),
        TEST(what_is_no_text_is_shown_as_far_as_it_is),
        TEST(what_cannot_be_read_is_an_error),
        TEST(clients_are_told_where_relative_paths_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
