#include "actions/editor_history.h"

#include <stdlib.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "tests/support/folder.h"

static struct editor_history *history;
static struct error error;

static int open_history(void **state)
{
    (void)folder_open(state);
    setenv("TMPDIR", folder_path("."), 1);
    history = editor_history_new();
    return 0;
}

static int close_history(void **state)
{
    editor_history_free(history);
    unsetenv("TMPDIR");
    return folder_close(state);
}

static void push(const char *path, struct str content)
{
    assert_true(editor_history_push(history, str_from(path), content, &error));
}

static void expect_pop(const char *path, struct str content)
{
    scoped_buf struct buf popped = {0};
    assert_true(editor_history_pop(history, str_from(path), &popped));
    assert_true(str_equal(buf_str(&popped), content));
}

static void expect_empty(const char *path)
{
    scoped_buf struct buf popped = {0};
    assert_false(editor_history_pop(history, str_from(path), &popped));
    assert_int_equal(popped.len, 0);
}

static void push_number(const char *path, int number)
{
    scoped_buf struct buf content = {0};
    buf_printf(&content, "content %d", number);
    push(path, buf_str(&content));
}

static void expect_pop_number(const char *path, int number)
{
    scoped_buf struct buf content = {0};
    buf_printf(&content, "content %d", number);
    expect_pop(path, buf_str(&content));
}

static void the_last_content_comes_first(void **state)
{
    (void)state;
    push("/a", STR("one"));
    push("/a", STR(""));
    push("/a", STR("three\0bytes"));
    expect_pop("/a", STR("three\0bytes"));
    expect_pop("/a", STR(""));
    expect_pop("/a", STR("one"));
    expect_empty("/a");
}

static void each_path_has_a_stack_of_its_own(void **state)
{
    (void)state;
    push("/a", STR("of a"));
    push("/b", STR("of b"));
    expect_pop("/a", STR("of a"));
    expect_empty("/a");
    expect_pop("/b", STR("of b"));
}

static void a_path_keeps_its_newest_contents(void **state)
{
    (void)state;
    push("/b", STR("of b"));
    for (int i = 0; i <= EDITOR_HISTORY_PER_FILE; i++)
        push_number("/a", i);
    for (int i = EDITOR_HISTORY_PER_FILE; i > 0; i--)
        expect_pop_number("/a", i);
    expect_empty("/a");
    expect_pop("/b", STR("of b"));
}

static void the_oldest_of_all_goes_first(void **state)
{
    (void)state;
    push("/a", STR("oldest"));
    push("/b", STR("next"));
    for (int i = 1; i < EDITOR_HISTORY_MAX_ENTRIES; i++) {
        scoped_buf struct buf path = {0};
        buf_printf(&path, "/%d", i);
        push_number(path.data, i);
    }
    expect_empty("/a");
    expect_pop("/b", STR("next"));
    expect_pop_number("/1", 1);
}

/* Rooms in the file that are free again are taken by contents of other sizes. */
static void contents_do_not_run_into_each_other(void **state)
{
    (void)state;
    scoped_buf struct buf large = {0};
    while (large.len < 10000)
        buf_append(&large, STR("large "));
    push("/a", STR("a"));
    push("/b", buf_str(&large));
    push("/c", STR("c"));
    expect_pop("/b", buf_str(&large));
    push("/d", STR("d"));
    push("/e", buf_str(&large));
    expect_pop("/a", STR("a"));
    push("/f", STR("f"));
    expect_pop("/e", buf_str(&large));
    expect_pop("/f", STR("f"));
    expect_pop("/d", STR("d"));
    expect_pop("/c", STR("c"));
    push("/g", STR("after all were gone"));
    expect_pop("/g", STR("after all were gone"));
}

static void nothing_lies_around(void **state)
{
    (void)state;
    push("/a", STR("content"));
    assert_int_equal(folder_count(""), 0);
}

static void a_place_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    setenv("TMPDIR", folder_path("missing"), 1);
    assert_false(editor_history_push(history, STR("/a"), STR("content"), &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    expect_empty("/a");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_history, close_history)
    const struct CMUnitTest tests[] = {
        TEST(the_last_content_comes_first),          TEST(each_path_has_a_stack_of_its_own),
        TEST(a_path_keeps_its_newest_contents),      TEST(the_oldest_of_all_goes_first),
        TEST(contents_do_not_run_into_each_other),   TEST(nothing_lies_around),
        TEST(a_place_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
