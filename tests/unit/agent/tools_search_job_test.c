#include "agent/tools/search_job.h"

#include "tests/support/tool_calls.h"

static int set_up(void **state)
{
    (void)tools_open_loop(state);
    tools_open("[{\"name\":\"glob\"},{\"name\":\"grep\"}]");
    return 0;
}

/* "%s" in the text is the folder. */
static void expect_text(const char *format)
{
    scoped_buf struct buf expected = {0};
    struct str rest = str_from(format);
    struct str piece;
    for (bool is_first = true; str_next(&rest, '%', &piece); is_first = false) {
        if (!is_first)
            buf_append(&expected, str_from(folder.directory));
        buf_append(&expected, piece);
    }
    assert_text(tools_text(), expected.data);
}

static void write_at(const char *name, const char *text, time_t seconds)
{
    folder_write(name, text);
    const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    assert_int_equal(utimensat(AT_FDCWD, folder_path(name), times, 0), 0);
}

static void files_are_found_in_any_folder_newest_first(void **state)
{
    (void)state;
    write_at("a.py", "", 1000);
    write_at("src/deep/b.py", "", 3000);
    write_at("src/c.py", "", 2000);
    write_at("src/d.txt", "", 4000);
    write_at(".hidden.py", "", 5000);
    folder_mkdir("x.py");
    tools_call("glob", "{\"pattern\":\"*.py\"}");
    expect_text("Found 3 file(s) matching pattern '*.py' in '%':\n%/src/deep/b.py\n%/src/c.py\n"
                "%/a.py");
    assert_int_equal(doc_count(tools_member("files")), 3);
    assert_text(tools_string("search_path"), folder.directory);
    assert_false(doc_bool(tools_member("truncated")));
    tools_call("glob", "{\"pattern\":\"*.py\",\"path\":\"src\"}");
    expect_text("Found 2 file(s) matching pattern '*.py' in '%/src':\n%/src/deep/b.py\n"
                "%/src/c.py");
}

static void an_absolute_pattern_names_its_folder(void **state)
{
    scoped_buf struct buf arguments = {0};
    (void)state;
    write_at("src/c.py", "", 2000);
    buf_printf(&arguments, "{\"pattern\":\"%s/src/**/*.py\"}", folder.directory);
    tools_call("glob", arguments.data);
    expect_text("Found 1 file(s) matching pattern '%/src/**/*.py' in '%/src':\n%/src/c.py");
}

static void nothing_found_is_no_error(void **state)
{
    (void)state;
    tools_call("glob", "{\"pattern\":\"*.rs\"}");
    expect_text("No files found matching pattern '*.rs' in directory '%'");
    assert_false(tools_is_error());
    tools_call("grep", "{\"pattern\":\"x\",\"include\":\"*.c\"}");
    expect_text("No files found containing pattern 'x' in directory '%' (filtered by '*.c')");
    assert_text(tools_string("include_pattern"), "*.c");
}

static void a_folder_that_is_none_is_an_error(void **state)
{
    (void)state;
    tools_call("glob", "{\"pattern\":\"*\",\"path\":\"none\"}");
    expect_text("Search path '%/none' is not a valid directory");
    assert_true(tools_is_error());
    tools_call("grep", "{\"pattern\":\"*\",\"path\":\"none\"}");
    expect_text("Search path 'none' is not a valid directory");
    assert_true(tools_is_error());
}

static void lines_are_searched_whatever_their_case(void **state)
{
    (void)state;
    write_at("a.c", "one\nTwo two\ntwo\n", 1000);
    write_at("d/b.c", "TWO\n", 2000);
    write_at("d/c.txt", "two\n", 3000);
    write_at(".h/e.c", "two\n", 4000);
    tools_call("grep", "{\"pattern\":\"t.o\"}");
    expect_text("Found 3 file(s) containing pattern 't.o' in '%':\n%/d/c.txt\n%/d/b.c\n%/a.c");
    assert_int_equal(doc_count(tools_member("matches")), 3);
    tools_call("grep", "{\"pattern\":\"t.o\",\"include\":\"*.c\"}");
    expect_text("Found 2 file(s) containing pattern 't.o' in '%' (filtered by '*.c'):\n%/d/b.c\n"
                "%/a.c");
}

static void an_expression_that_is_none_is_an_error(void **state)
{
    (void)state;
    tools_call("grep", "{\"pattern\":\"(\"}");
    assert_true(tools_is_error());
    assert_true(str_starts_with(tools_text(), STR("Invalid regex pattern: ")));
}

static void many_files_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i <= SEARCH_MAX_FILES; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "f%zu.c", i);
        folder_write(name, "x");
    }
    tools_call("grep", "{\"pattern\":\"x\"}");
    assert_true(doc_bool(tools_member("truncated")));
    assert_int_equal(doc_count(tools_member("matches")), SEARCH_MAX_FILES);
    assert_true(str_ends_with(tools_text(), STR("\n\n[Results truncated to first 100 files. "
                                                "Consider using a more specific pattern.]")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tools_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_are_found_in_any_folder_newest_first),
        TEST(an_absolute_pattern_names_its_folder),
        TEST(nothing_found_is_no_error),
        TEST(a_folder_that_is_none_is_an_error),
        TEST(lines_are_searched_whatever_their_case),
        TEST(an_expression_that_is_none_is_an_error),
        TEST(many_files_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
