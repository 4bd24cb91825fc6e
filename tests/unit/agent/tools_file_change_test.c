#include "agent/tools/file_change.h"

#include "tests/support/tool_calls.h"

static int set_up(void **state)
{
    (void)tools_open_loop(state);
    tools_open("[{\"name\":\"write_file\"},{\"name\":\"edit\"}]");
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

static void edit(const char *path, const char *old_string, const char *new_string, int expected)
{
    struct jsonw w;
    scoped_buf struct buf arguments = {0};
    jsonw_init(&w, &arguments);
    jsonw_object(&w);
    jsonw_cstr(&w, "file_path", path);
    jsonw_cstr(&w, "old_string", old_string);
    jsonw_cstr(&w, "new_string", new_string);
    if (expected != 1)
        jsonw_int(&w, "expected_replacements", expected);
    jsonw_end(&w);
    tools_call("edit", arguments.data);
}

/* --- write_file --- */

static void a_new_file_gets_the_folders_above_it(void **state)
{
    (void)state;
    tools_call("write_file", "{\"file_path\":\"a/b/c.txt\",\"content\":\"x\\r\\ny\"}");
    expect_text("Created file: %/a/b/c.txt");
    assert_file("a/b/c.txt", "x\r\ny");
    assert_true(doc_bool(tools_member("is_new_file")));
    assert_null(tools_member("old_content"));
    assert_text(tools_string("new_content"), "x\r\ny");
    assert_text(tools_string("file_path"), folder_path("a/b/c.txt"));
    assert_null(tools_member("replacements_made"));
}

static void an_existing_file_is_replaced(void **state)
{
    (void)state;
    folder_write("a.txt", "old\r\n");
    tools_call("write_file", "{\"file_path\":\"a.txt\",\"content\":\"\"}");
    expect_text("Updated file: %/a.txt");
    assert_file("a.txt", "");
    assert_false(doc_bool(tools_member("is_new_file")));
    assert_text(tools_string("old_content"), "old\n");
    assert_text(tools_string("new_content"), "");
}

static void a_link_is_written_through(void **state)
{
    (void)state;
    folder_link("target", "link");
    tools_call("write_file", "{\"file_path\":\"link\",\"content\":\"x\"}");
    expect_text("Created file: %/link");
    assert_file("target", "x");
}

static void what_cannot_be_written_is_an_error(void **state)
{
    static const char *const cases[][2] = {
        {"{\"file_path\":\"d\",\"content\":\"\"}", "Error: Path is a directory, not a file: %/d"},
        {"{\"file_path\":\"a/b\",\"content\":\"\"}",
         "Error writing file: [Errno 17] File exists: '%/a'"},
        {"{\"file_path\":\"a/b/c\",\"content\":\"\"}",
         "Error writing file: [Errno 20] Not a directory: '%/a/b'"},
    };
    (void)state;
    folder_mkdir("d");
    folder_write("a", "x");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tools_call("write_file", cases[i][0]);
        assert_true(tools_is_error());
        expect_text(cases[i][1]);
        assert_null(tools_member("file_path"));
        assert_null(tools_member("new_content"));
    }
    assert_file("a", "x");
}

/* --- edit --- */

static void one_occurrence_is_replaced(void **state)
{
    (void)state;
    folder_write("a.txt", "one\ntwo\n");
    edit("a.txt", "two", "2", 1);
    expect_text("Successfully edited %/a.txt (1 replacement(s))");
    assert_file("a.txt", "one\n2\n");
    assert_int_equal(doc_int(tools_member("replacements_made")), 1);
    assert_text(tools_string("old_content"), "one\ntwo\n");
    assert_text(tools_string("new_content"), "one\n2\n");
    assert_text(tools_string("kind"), "EditObservation");
}

static void several_are_replaced_when_their_number_is_right(void **state)
{
    (void)state;
    folder_write("a.txt", "x x\r\nx");
    edit("a.txt", "x", "y", 1);
    expect_text("Error: Expected 1 occurrence but found 3 in %/a.txt.");
    edit("a.txt", "x", "y", 2);
    expect_text("Error: Expected 2 occurrences but found 3 in %/a.txt.");
    assert_text(tools_string("file_path"), folder_path("a.txt"));
    assert_int_equal(doc_int(tools_member("replacements_made")), 0);
    assert_file("a.txt", "x x\r\nx");
    edit("a.txt", "x", "y", 3);
    expect_text("Successfully edited %/a.txt (3 replacement(s))");
    assert_file("a.txt", "y y\r\ny");
}

static void an_empty_old_string_makes_a_file(void **state)
{
    (void)state;
    edit("d/a.txt", "", "x\n", 1);
    expect_text("Created new file: %/d/a.txt");
    assert_file("d/a.txt", "x\n");
    assert_true(doc_bool(tools_member("is_new_file")));
    assert_int_equal(doc_int(tools_member("replacements_made")), 1);
    edit("d/a.txt", "", "y\n", 1);
    expect_text("Error: Cannot create file that already exists: %/d/a.txt. Use write_file to "
                "overwrite or provide non-empty old_string.");
    assert_file("d/a.txt", "x\n");
}

static void the_path_of_an_edit_is_resolved(void **state)
{
    (void)state;
    folder_write("d/a.txt", "x");
    folder_link("d", "link");
    edit("link/../d/a.txt", "x", "y", 1);
    expect_text("Successfully edited %/d/a.txt (1 replacement(s))");
}

static void an_edit_that_cannot_be_is_an_error(void **state)
{
    static const struct {
        const char *path, *old_string, *new_string, *text;
    } cases[] = {
        {"none", "a", "b",
         "Error: File not found: %/none. To create a new file, use old_string=''."},
        {"d", "a", "b", "Error: Path is a directory, not a file: %/d"},
        {"a", "none", "b",
         "Error: Could not find the string to replace. 0 occurrences found in %/a. Use read_file "
         "to verify the exact text."},
        {"a", "x", "x", "Error: No changes to apply. old_string and new_string are identical."},
    };
    (void)state;
    folder_mkdir("d");
    folder_write("a", "x");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        edit(cases[i].path, cases[i].old_string, cases[i].new_string, 1);
        assert_true(tools_is_error());
        expect_text(cases[i].text);
        assert_false(doc_bool(tools_member("is_new_file")));
    }
    assert_file("a", "x");
}

static void two_edits_of_a_file_at_once_are_both_there(void **state)
{
    struct tools_result other = {0};
    (void)state;
    folder_write("a.txt", "one\ntwo\n");
    folder_link("a.txt", "link");
    tools_read("edit", "{\"file_path\":\"a.txt\",\"old_string\":\"one\",\"new_string\":\"1\"}");
    (void)tools_start_into(&other);
    (void)tools_start("edit",
                      "{\"file_path\":\"link\",\"old_string\":\"two\",\"new_string\":\"2\"}");
    while (other.calls == 0)
        tools_step();
    tools_wait();
    assert_file("a.txt", "1\n2\n");
    doc_free(other.doc);
    buf_fini(&other.text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tools_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_file_gets_the_folders_above_it),
        TEST(an_existing_file_is_replaced),
        TEST(a_link_is_written_through),
        TEST(what_cannot_be_written_is_an_error),
        TEST(one_occurrence_is_replaced),
        TEST(several_are_replaced_when_their_number_is_right),
        TEST(an_empty_old_string_makes_a_file),
        TEST(the_path_of_an_edit_is_resolved),
        TEST(an_edit_that_cannot_be_is_an_error),
        TEST(two_edits_of_a_file_at_once_are_both_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
