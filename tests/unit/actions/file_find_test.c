#include "actions/file_find.h"

#include "tests/support/folder.h"
#include "tests/support/text.h"

static struct file_find found;
static struct error error;

static bool find_with(struct file_find_options options)
{
    options.root = folder_path("");
    if (options.limit == 0)
        options.limit = 100;
    if (options.timeout_ms == 0)
        options.timeout_ms = 60000;
    return file_find(&options, &found, &error);
}

/* The paths with a space after each. */
static void assert_found(struct file_find_options options, const char *expected)
{
    scoped_buf struct buf paths = {0};
    assert_true(find_with(options));
    for (size_t i = 0; i < found.count; i++)
        buf_printf(&paths, "%.*s ", STR_ARG(file_find_path(&found, i)));
    assert_text(buf_str(&paths), expected);
}

static void make_tree(void)
{
    folder_write("a.c", "1");
    folder_write("a.h", "22");
    folder_write("src/b.c", "333");
    folder_write("src/deep/c.c", "4444");
    folder_write("src/.hidden/d.c", "5");
    folder_link("deep", "src/link");
}

static void matches_come_in_the_order_of_their_paths(void **state)
{
    (void)state;
    make_tree();
    assert_found((struct file_find_options){.pattern = STR("**/*.c")}, "a.c src/b.c src/deep/c.c ");
    assert_int_equal(found.stop, FILE_SEARCH_COMPLETE);
    assert_int_equal(found.items[2].size, 4);
    assert_int_equal(found.items[2].kind, FILE_KIND_FILE);
    file_find_fini(&found);
}

static void the_newest_match_comes_first_when_asked_for(void **state)
{
    (void)state;
    make_tree();
    const struct timespec times[2] = {{.tv_sec = 2000000000}, {.tv_sec = 2000000000}};
    assert_int_equal(utimensat(AT_FDCWD, folder_path("src/b.c"), times, 0), 0);
    assert_found(
        (struct file_find_options){.pattern = STR("**/*.c"), .is_by_time = true, .limit = 1},
        "src/b.c ");
    assert_int_equal(found.stop, FILE_SEARCH_AT_LIMIT);
    file_find_fini(&found);
}

static void hidden_files_are_found_only_when_asked_for(void **state)
{
    (void)state;
    make_tree();
    assert_found((struct file_find_options){.pattern = STR("src/**/d.c")}, "");
    file_find_fini(&found);
    assert_found((struct file_find_options){.pattern = STR("src/.*/d.c")}, "src/.hidden/d.c ");
    file_find_fini(&found);
    assert_found((struct file_find_options){.pattern = STR("**/d.c"), .includes_hidden = true},
                 "src/.hidden/d.c ");
    file_find_fini(&found);
}

static void a_link_is_searched_only_when_it_is_named(void **state)
{
    (void)state;
    make_tree();
    assert_found((struct file_find_options){.pattern = STR("src/**/c.c")}, "src/deep/c.c ");
    file_find_fini(&found);
    assert_found((struct file_find_options){.pattern = STR("src/link/*")}, "src/link/c.c ");
    file_find_fini(&found);
}

static void a_final_slash_finds_directories_only(void **state)
{
    (void)state;
    make_tree();
    assert_found((struct file_find_options){.pattern = STR("*/")}, "src ");
    file_find_fini(&found);
}

static void the_search_stops_at_the_limit_and_says_so(void **state)
{
    (void)state;
    make_tree();
    assert_found((struct file_find_options){.pattern = STR("**/*.c"), .limit = 3},
                 "a.c src/b.c src/deep/c.c ");
    assert_int_equal(found.stop, FILE_SEARCH_COMPLETE);
    file_find_fini(&found);
    assert_found((struct file_find_options){.pattern = STR("**/*.c"), .limit = 2}, "a.c src/b.c ");
    assert_int_equal(found.stop, FILE_SEARCH_AT_LIMIT);
    assert_string_equal(file_search_stop_name(found.stop), "limit");
    file_find_fini(&found);
}

/* More entries than are visited between two looks at the clock. */
static void make_many(void)
{
    for (unsigned i = 0; i < FILE_SEARCH_CHECK_ENTRIES * 2; i++) {
        scoped_buf struct buf name = {0};
        buf_printf(&name, "f%04u", i);
        folder_write(name.data, "");
    }
}

static void a_cancelled_search_ends(void **state)
{
    (void)state;
    const atomic_bool is_cancelled = true;
    make_many();
    assert_true(find_with((struct file_find_options){
        .pattern = STR("*"), .limit = 1000, .is_cancelled = &is_cancelled}));
    assert_int_equal(found.stop, FILE_SEARCH_IS_CANCELLED);
    assert_int_equal(found.count, FILE_SEARCH_CHECK_ENTRIES);
    file_find_fini(&found);
}

static void a_search_ends_when_its_time_is_up(void **state)
{
    (void)state;
    make_many();
    struct file_search_bounds bounds = {.deadline_ms = 0};
    for (unsigned i = 1; i < FILE_SEARCH_CHECK_ENTRIES; i++)
        assert_int_equal(file_search_check(&bounds), FILE_SEARCH_COMPLETE);
    assert_int_equal(file_search_check(&bounds), FILE_SEARCH_AT_TIMEOUT);
}

static void a_bad_pattern_or_root_is_an_error(void **state)
{
    (void)state;
    assert_false(find_with((struct file_find_options){.pattern = STR("")}));
    assert_int_equal(error.code, ERROR_INVALID);
    const struct file_find_options options = {
        .root = folder_path("x"), .pattern = STR("*"), .limit = 1, .timeout_ms = 1000};
    assert_false(file_find(&options, &found, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_open, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(matches_come_in_the_order_of_their_paths),
        FOLDER_TEST(the_newest_match_comes_first_when_asked_for),
        FOLDER_TEST(hidden_files_are_found_only_when_asked_for),
        FOLDER_TEST(a_link_is_searched_only_when_it_is_named),
        FOLDER_TEST(a_final_slash_finds_directories_only),
        FOLDER_TEST(the_search_stops_at_the_limit_and_says_so),
        FOLDER_TEST(a_cancelled_search_ends),
        FOLDER_TEST(a_search_ends_when_its_time_is_up),
        FOLDER_TEST(a_bad_pattern_or_root_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
