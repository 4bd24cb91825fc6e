#include "actions/file_list.h"

#include <errno.h>

#include "tests/support/folder.h"
#include "tests/support/text.h"

static struct file_list list;
static struct error error;

static bool list_with(struct file_list_options options)
{
    options.path = folder_path("");
    if (options.limit == 0)
        options.limit = 100;
    return file_list(&options, &list, &error);
}

/* The names of the page with a space after each. */
static void assert_names(const char *expected)
{
    scoped_buf struct buf names = {0};
    for (size_t i = 0; i < list.count; i++)
        buf_printf(&names, "%.*s ", STR_ARG(list.entries[i].name));
    assert_text(buf_str(&names), expected);
}

static void make_directories(void)
{
    static const char *const names[] = {"Beta",         "alpha",       "gamma", "Alpha",
                                        "\xc3\x84pfel", "\xc3\xa4hre", "_u"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        folder_mkdir(names[i]);
}

static void names_are_sorted_by_their_bytes(void **state)
{
    (void)state;
    make_directories();
    assert_true(list_with((struct file_list_options){0}));
    assert_names("Alpha Beta _u alpha gamma \xc3\x84pfel \xc3\xa4hre ");
    file_list_fini(&list);
}

static void names_are_sorted_without_regard_to_case(void **state)
{
    (void)state;
    make_directories();
    assert_true(list_with((struct file_list_options){.order = FILE_LIST_BY_NAME_NOCASE}));
    assert_names("_u Alpha alpha Beta gamma \xc3\xa4hre \xc3\x84pfel ");
    file_list_fini(&list);
}

static void the_newest_and_the_largest_come_first(void **state)
{
    (void)state;
    folder_write("small", "x");
    folder_write("large", "xxx");
    folder_write("middle", "xx");
    const struct timespec times[2] = {{.tv_sec = 2000000000}, {.tv_sec = 2000000000}};
    assert_int_equal(utimensat(AT_FDCWD, folder_path("middle"), times, 0), 0);
    assert_true(list_with((struct file_list_options){.order = FILE_LIST_BY_SIZE}));
    assert_names("large middle small ");
    file_list_fini(&list);
    assert_true(list_with((struct file_list_options){.order = FILE_LIST_BY_TIME, .limit = 1}));
    assert_names("middle ");
    file_list_fini(&list);
}

static void hidden_names_are_left_out_unless_asked_for(void **state)
{
    (void)state;
    folder_write(".hidden", "");
    folder_write("shown", "");
    assert_true(list_with((struct file_list_options){0}));
    assert_names("shown ");
    file_list_fini(&list);
    assert_true(list_with((struct file_list_options){.includes_hidden = true}));
    assert_names(".hidden shown ");
    file_list_fini(&list);
}

static void links_and_files_are_no_directories(void **state)
{
    (void)state;
    folder_mkdir("d");
    folder_write("f", "");
    folder_link("d", "link");
    assert_true(list_with((struct file_list_options){.only_directories = true}));
    assert_names("d ");
    file_list_fini(&list);
}

static void pages_follow_one_another(void **state)
{
    (void)state;
    make_directories();
    struct file_list_options options = {.order = FILE_LIST_BY_NAME_NOCASE, .limit = 3};
    assert_true(list_with(options));
    assert_names("_u Alpha alpha ");
    assert_int_equal(list.total, 7);
    const struct str next = arena_copy(&folder.arena, list.next);
    assert_text(next, "Beta");
    file_list_fini(&list);
    options.page = next;
    options.limit = 4;
    assert_true(list_with(options));
    assert_names("Beta gamma \xc3\xa4hre \xc3\x84pfel ");
    assert_false(str_is_set(list.next)); /* exactly full, and the last one */
    file_list_fini(&list);
}

static void a_lower_cased_page_is_understood(void **state)
{
    (void)state;
    make_directories();
    const struct file_list_options options = {
        .order = FILE_LIST_BY_NAME_NOCASE, .page = STR("\xc3\xa4pfel"), .limit = 1};
    assert_true(list_with(options));
    assert_names("\xc3\x84pfel ");
    file_list_fini(&list);
}

static void an_unknown_page_is_the_first(void **state)
{
    (void)state;
    make_directories();
    assert_true(list_with((struct file_list_options){.page = STR("zzz"), .limit = 1}));
    assert_names("Alpha ");
    file_list_fini(&list);
}

static void the_status_of_a_page_is_filled_when_wanted(void **state)
{
    (void)state;
    folder_write("f", "four");
    assert_true(list_with((struct file_list_options){.wants_status = true}));
    assert_true(list.entries[0].has_status);
    assert_int_equal(list.entries[0].status.size, 4);
    file_list_fini(&list);
}

static void an_empty_directory_is_an_empty_page(void **state)
{
    (void)state;
    assert_true(list_with((struct file_list_options){0}));
    assert_int_equal(list.count, 0);
    assert_false(str_is_set(list.next));
    file_list_fini(&list);
}

static void what_is_no_directory_is_an_error(void **state)
{
    (void)state;
    folder_write("f", "");
    const struct file_list_options options = {.path = folder_path("f"), .limit = 1};
    assert_false(file_list(&options, &list, &error));
    assert_int_equal(error.sys_errno, ENOTDIR);
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_open, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(names_are_sorted_by_their_bytes),
        FOLDER_TEST(names_are_sorted_without_regard_to_case),
        FOLDER_TEST(the_newest_and_the_largest_come_first),
        FOLDER_TEST(hidden_names_are_left_out_unless_asked_for),
        FOLDER_TEST(links_and_files_are_no_directories),
        FOLDER_TEST(pages_follow_one_another),
        FOLDER_TEST(a_lower_cased_page_is_understood),
        FOLDER_TEST(an_unknown_page_is_the_first),
        FOLDER_TEST(the_status_of_a_page_is_filled_when_wanted),
        FOLDER_TEST(an_empty_directory_is_an_empty_page),
        FOLDER_TEST(what_is_no_directory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
