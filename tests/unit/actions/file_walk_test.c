#include "actions/file_walk.h"

#include "tests/support/folder.h"
#include "tests/support/text.h"

/* Everything a walk hands out, one path per line; what is left again has a '<'. */
static void walk_all(struct file_walk_options options, struct buf *out)
{
    struct error error;
    struct file_walk *walk;
    options.root = folder_path("");
    assert_true(file_walk_open(&options, &walk, &error));
    struct file_walk_entry entry;
    while (file_walk_next(walk, &entry)) {
        buf_printf(out, "%s%s\n", entry.is_leaving ? "<" : "", entry.path);
        if (entry.kind == FILE_KIND_DIRECTORY && !entry.is_leaving)
            (void)file_walk_enter(walk, entry.mark + 1);
    }
    assert_int_equal(file_walk_skipped(walk), 0);
    file_walk_close(walk);
}

static void a_tree_is_walked_in_the_order_of_names(void **state)
{
    (void)state;
    folder_write("b/2", "");
    folder_write("b/1/x", "");
    folder_write("a", "");
    folder_write("c", "");
    folder_link("b", "link");
    scoped_buf struct buf seen = {0};
    walk_all((struct file_walk_options){0}, &seen);
    assert_text(buf_str(&seen), "a\nb\nb/1\nb/1/x\nb/2\nc\nlink\n");
}

static void a_directory_comes_again_when_it_is_left(void **state)
{
    (void)state;
    folder_write("a/b/c", "");
    folder_write("d", "");
    scoped_buf struct buf seen = {0};
    walk_all((struct file_walk_options){.wants_leave = true}, &seen);
    assert_text(buf_str(&seen), "a\na/b\na/b/c\n<a/b\n<a\nd\n");
}

static void an_entry_carries_the_mark_of_its_directory(void **state)
{
    (void)state;
    folder_write("a/b/c", "");
    const struct file_walk_options options = {.root = folder_path("")};
    struct error error;
    struct file_walk *walk;
    struct file_walk_entry entry;
    assert_true(file_walk_open(&options, &walk, &error));
    for (uint64_t depth = 0; depth < 3; depth++) {
        assert_true(file_walk_next(walk, &entry));
        assert_int_equal(entry.mark, depth);
        if (entry.kind == FILE_KIND_DIRECTORY)
            assert_true(file_walk_enter(walk, depth + 1));
    }
    assert_false(file_walk_next(walk, &entry));
    file_walk_close(walk);
}

static void a_directory_that_becomes_a_link_is_not_entered(void **state)
{
    (void)state;
    folder_write("outside/secret", "");
    folder_mkdir("root/d");
    const struct file_walk_options options = {.root = folder_path("root"), .is_confined = true};
    struct error error;
    struct file_walk *walk;
    struct file_walk_entry entry;
    assert_true(file_walk_open(&options, &walk, &error));
    assert_true(file_walk_next(walk, &entry));
    assert_int_equal(rmdir(folder_path("root/d")), 0);
    folder_link("../outside", "root/d");
    assert_false(file_walk_enter(walk, 0));
    assert_false(file_walk_next(walk, &entry));
    assert_int_equal(file_walk_skipped(walk), 1);
    file_walk_close(walk);
}

static void a_very_deep_tree_is_walked_without_many_descriptors(void **state)
{
    (void)state;
    scoped_buf struct buf path = {0};
    buf_append(&path, STR("d"));
    for (size_t i = 1; i < 500; i++)
        buf_append(&path, STR("/d"));
    folder_mkdir(path.data);
    const int before = dup(0);
    scoped_buf struct buf seen = {0};
    walk_all((struct file_walk_options){0}, &seen);
    const int after = dup(0);
    assert_int_equal(before, after - 1); /* all are closed again */
    (void)close(before);
    (void)close(after);
    assert_true(str_ends_with(buf_str(&seen), str_from("/d/d\n")));
}

static void an_entry_is_opened_and_looked_at_where_it_stands(void **state)
{
    (void)state;
    folder_write("a/file", "text");
    const struct file_walk_options options = {.root = folder_path("")};
    struct error error;
    struct file_walk *walk;
    struct file_walk_entry entry;
    struct stat status;
    assert_true(file_walk_open(&options, &walk, &error));
    assert_true(file_walk_next(walk, &entry) && file_walk_enter(walk, 0));
    assert_true(file_walk_next(walk, &entry));
    assert_true(file_walk_stat(walk, &status));
    assert_int_equal(status.st_size, 4);
    scoped_fd int fd = file_walk_open_entry(walk, O_RDONLY);
    assert_true(fd >= 0);
    file_walk_close(walk);
}

static void a_root_that_is_no_directory_is_an_error(void **state)
{
    (void)state;
    folder_write("f", "");
    struct error error;
    struct file_walk *walk;
    const struct file_walk_options file = {.root = folder_path("f")};
    const struct file_walk_options nothing = {.root = folder_path("x")};
    assert_false(file_walk_open(&file, &walk, &error));
    assert_false(file_walk_open(&nothing, &walk, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_open, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(a_tree_is_walked_in_the_order_of_names),
        FOLDER_TEST(a_directory_comes_again_when_it_is_left),
        FOLDER_TEST(an_entry_carries_the_mark_of_its_directory),
        FOLDER_TEST(a_directory_that_becomes_a_link_is_not_entered),
        FOLDER_TEST(a_very_deep_tree_is_walked_without_many_descriptors),
        FOLDER_TEST(an_entry_is_opened_and_looked_at_where_it_stands),
        FOLDER_TEST(a_root_that_is_no_directory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
