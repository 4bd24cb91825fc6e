#include "api/v1/scope_path.h"

#include "tests/support/folder.h"

static bool is_inside(const char *path)
{
    return scope_path_is_inside(str_from(path), folder_path("work"));
}

static int set_up(void **state)
{
    (void)folder_open(state);
    folder_write("work/a/file", "");
    folder_write("other/file", "");
    assert_int_equal(symlink("../other", folder_path("work/out")), 0);
    assert_int_equal(symlink("a", folder_path("work/in")), 0);
    return 0;
}

static void the_directory_and_what_is_in_it_are_inside(void **state)
{
    (void)state;
    assert_true(is_inside(folder_path("work")));
    assert_true(is_inside(folder_path("work/a/file")));
    assert_true(is_inside(folder_path("work/a/../a/")));
    assert_true(is_inside(folder_path("work/in/file")));
}

static void what_is_not_there_yet_may_be_inside(void **state)
{
    (void)state;
    assert_true(is_inside(folder_path("work/new/deep/file")));
    assert_true(is_inside(folder_path("work/a/file/below")));
    assert_true(is_inside(folder_path("work/new/../a")));
}

static void what_leads_out_is_outside(void **state)
{
    (void)state;
    assert_false(is_inside("/"));
    assert_false(is_inside(folder_path("")));
    assert_false(is_inside(folder_path("worker")));
    assert_false(is_inside(folder_path("work/../other/file")));
    assert_false(is_inside(folder_path("work/out/file")));
    assert_false(is_inside(folder_path("work/out/new")));
    assert_false(is_inside(folder_path("work/new/../../other")));
}

static void a_relative_path_begins_where_the_server_does(void **state)
{
    (void)state;
    assert_false(is_inside("work"));
    assert_true(scope_path_is_inside(STR("new/x"), "."));
    assert_false(scope_path_is_inside(STR("../x"), "."));
    assert_true(scope_path_is_inside(STR("/anything"), "/"));
}

static void a_path_that_is_none_is_outside(void **state)
{
    (void)state;
    assert_false(is_inside(""));
    assert_false(scope_path_is_inside(STR("/a\0b"), "/"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_directory_and_what_is_in_it_are_inside),
        TEST(what_is_not_there_yet_may_be_inside),
        TEST(what_leads_out_is_outside),
        TEST(a_relative_path_begins_where_the_server_does),
        TEST(a_path_that_is_none_is_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
