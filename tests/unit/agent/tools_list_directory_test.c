#include "agent/tools/list_directory.h"

#include "tests/support/tool_calls.h"

static int set_up(void **state)
{
    (void)tools_open_loop(state);
    tools_open("[{\"name\":\"list_directory\"}]");
    return 0;
}

static void expect_text(const char *path, const char *end)
{
    scoped_buf struct buf expected = {0};
    buf_printf(&expected, "Listed directory: %s%s", folder_path(path), end);
    assert_text(tools_text(), expected.data);
}

/* The names of the entries, each with a blank behind it. */
static void expect_names(const char *names)
{
    scoped_buf struct buf shown = {0};
    const struct doc_value *entries = tools_member("entries");
    for (size_t i = 0; i < doc_count(entries); i++) {
        buf_append(&shown, doc_string(doc_find(doc_at(entries, i), STR("name"))));
        buf_append_byte(&shown, ' ');
    }
    assert_text(buf_str(&shown), names);
}

static void a_folder_is_listed_by_name(void **state)
{
    (void)state;
    folder_write("d/b.txt", "12");
    folder_write("d/.a", "");
    folder_write("d/c/below", "");
    folder_link("none", "d/broken");
    const struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    assert_int_equal(utimensat(AT_FDCWD, folder_path("d/b.txt"), times, 0), 0);
    tools_call("list_directory", "{\"dir_path\":\"d\"}");
    expect_text("d", " (3 entries)");
    expect_names(".a b.txt c ");
    const struct doc_value *file = doc_at(tools_member("entries"), 1);
    assert_text(doc_string(doc_find(file, STR("path"))), folder_path("d/b.txt"));
    assert_int_equal(doc_int(doc_find(file, STR("size"))), 2);
    assert_false(doc_bool(doc_find(file, STR("is_directory"))));
    assert_int_equal(doc_string(doc_find(file, STR("modified_time"))).len,
                     strlen("2001-09-09T01:46:40"));
    const struct doc_value *below = doc_at(tools_member("entries"), 2);
    assert_true(doc_bool(doc_find(below, STR("is_directory"))));
    assert_int_equal(doc_int(doc_find(below, STR("size"))), 0);
    assert_int_equal(doc_int(tools_member("total_count")), 3);
    assert_false(doc_bool(tools_member("is_truncated")));
    assert_text(tools_string("dir_path"), folder_path("d"));
}

static void the_working_directory_is_listed_when_none_is_named(void **state)
{
    (void)state;
    folder_write("a", "");
    tools_call("list_directory", "{}");
    expect_text("", " (1 entries)");
    assert_text(tools_string("kind"), "ListDirectoryObservation");
}

static void two_levels_are_listed_folders_first(void **state)
{
    (void)state;
    folder_write("d/a", "");
    folder_write("d/sub/b", "");
    folder_write("d/sub/deep/c", "");
    folder_link("sub", "d/link");
    tools_call("list_directory", "{\"dir_path\":\"d\",\"recursive\":true}");
    expect_text("d", " (5 entries)");
    expect_names("link sub a deep b ");
}

static void at_most_so_many_entries_are_listed(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIST_DIRECTORY_MAX_ENTRIES - 1; i++)
        folder_write(arena_printf(&folder.arena, "d/%03zu", i).data, "");
    tools_call("list_directory", "{\"dir_path\":\"d\"}");
    expect_text("d", " (499 entries)");
    folder_write("d/x", "");
    folder_write("d/y", "");
    tools_call("list_directory", "{\"dir_path\":\"d\"}");
    expect_text("d", " (500 entries, truncated to 500)");
    assert_true(doc_bool(tools_member("is_truncated")));
    tools_call("list_directory", "{\"dir_path\":\"d\",\"recursive\":true}");
    expect_text("d", " (501 entries, truncated to 500)");
    assert_int_equal(doc_count(tools_member("entries")), LIST_DIRECTORY_MAX_ENTRIES);
    assert_int_equal(doc_int(tools_member("total_count")), 501);
}

static void what_is_no_folder_is_an_error(void **state)
{
    scoped_buf struct buf expected = {0};
    (void)state;
    folder_write("a", "");
    tools_call("list_directory", "{\"dir_path\":\"none\"}");
    buf_printf(&expected, "Error: Directory not found: %s", folder_path("none"));
    assert_text(tools_text(), expected.data);
    assert_true(tools_is_error());
    buf_clear(&expected);
    tools_call("list_directory", "{\"dir_path\":\"a\"}");
    buf_printf(&expected, "Error: Path is not a directory: %s", folder_path("a"));
    assert_text(tools_text(), expected.data);
    assert_null(tools_member("dir_path"));
    assert_int_equal(doc_count(tools_member("entries")), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tools_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_folder_is_listed_by_name),
        TEST(the_working_directory_is_listed_when_none_is_named),
        TEST(two_levels_are_listed_folders_first),
        TEST(at_most_so_many_entries_are_listed),
        TEST(what_is_no_folder_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
