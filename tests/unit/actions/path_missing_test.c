#include "actions/path_missing.h"

#include <unistd.h>

#include "tests/support/git_repo.h"

/* Names beginning with a slash are absolute, others below the test's directory. */
static void assert_resolved(const char *given, const char *expected)
{
    struct error error = {0};
    scoped_free char *path = given[0] == '/' ? mem_strdup(given) : repo_path(given);
    scoped_free char *wanted = expected[0] == '/' ? mem_strdup(expected) : repo_path(expected);
    scoped_free char *resolved = NULL;
    assert_true(path_missing_resolve(str_from(path), &resolved, &error));
    assert_string_equal(resolved, wanted);
}

static void what_is_missing_is_taken_as_written(void **state)
{
    (void)state;
    repo_sh("mkdir a");
    assert_resolved("a/b/c", "a/b/c");
    assert_resolved("a//b/./c/", "a/b/c");
    assert_resolved("a/b/../c", "a/c");
    assert_resolved("/", "/");
    assert_resolved("/../..", "/");
}

static void links_are_followed_even_into_nothing(void **state)
{
    (void)state;
    repo_sh("mkdir -p a/b; ln -s a/b l; ln -s ../x/y a/up; ln -s \"$PWD/a\" abs");
    assert_resolved("l/..", "a");
    assert_resolved("a/up/z", "x/y/z");
    assert_resolved("abs/b", "a/b");
}

static void a_relative_path_begins_at_the_working_directory(void **state)
{
    (void)state;
    struct error error = {0};
    scoped_free char *here = getcwd(NULL, 0);
    scoped_free char *resolved = NULL;
    scoped_free char *empty = NULL;
    scoped_buf struct buf expected = {0};
    buf_printf(&expected, "%s/x", here);
    assert_true(path_missing_resolve(STR("x"), &resolved, &error));
    assert_string_equal(resolved, expected.data);
    assert_true(path_missing_resolve(STR(""), &empty, &error));
    assert_string_equal(empty, here);
}

static void links_in_a_circle_are_an_error(void **state)
{
    (void)state;
    struct error error = {0};
    scoped_free char *path = repo_path("a");
    scoped_free char *resolved = NULL;
    repo_sh("ln -s b a; ln -s a b");
    assert_false(path_missing_resolve(str_from(path), &resolved, &error));
    assert_int_equal(error.code, ERROR_INVALID);
}

static void a_path_longer_than_the_kernel_takes_is_an_error(void **state)
{
    (void)state;
    struct error error = {0};
    scoped_buf struct buf path = {0};
    scoped_free char *resolved = NULL;
    for (int i = 0; i < 2048; i++)
        buf_append(&path, STR("/x"));
    assert_false(path_missing_resolve(buf_str(&path), &resolved, &error));
    buf_truncate(&path, 4094);
    assert_true(path_missing_resolve(buf_str(&path), &resolved, &error));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, repo_open, repo_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_missing_is_taken_as_written),
        TEST(links_are_followed_even_into_nothing),
        TEST(a_relative_path_begins_at_the_working_directory),
        TEST(links_in_a_circle_are_an_error),
        TEST(a_path_longer_than_the_kernel_takes_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
