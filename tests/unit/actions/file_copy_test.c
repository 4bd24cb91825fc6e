#include "actions/file_copy.h"

#include <errno.h>

#include "tests/support/folder.h"
#include "tests/support/text.h"

static struct file_copied copied;
static struct error error;

static bool copy_with(struct file_copy_options options)
{
    options.from = folder_path(options.from);
    options.to = folder_path(options.to);
    return file_copy(&options, &copied, &error);
}

static bool move_with(struct file_copy_options options)
{
    options.from = folder_path(options.from);
    options.to = folder_path(options.to);
    return file_move(&options, &error);
}

static bool remove_with(struct file_remove_options options, uint64_t *count)
{
    options.path = folder_path(options.path);
    return file_remove(&options, count, &error);
}

static void a_file_is_copied_with_its_mode_and_time(void **state)
{
    (void)state;
    folder_write("f", "text");
    assert_int_equal(chmod(folder_path("f"), 0751), 0);
    assert_true(copy_with((struct file_copy_options){.from = "f", .to = "g"}));
    assert_file("g", "text");
    struct stat old;
    struct stat new;
    assert_int_equal(stat(folder_path("f"), &old) | stat(folder_path("g"), &new), 0);
    assert_int_equal(new.st_mode, old.st_mode);
    assert_memory_equal(&new.st_mtim, &old.st_mtim, sizeof(old.st_mtim));
    assert_int_equal(copied.files, 1);
    assert_int_equal(copied.bytes, 4);
}

static void a_large_file_is_copied_whole(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (size_t i = 0; text.len < (size_t)20 << 20; i++)
        buf_printf(&text, "%zu ", i);
    folder_write_bytes("f", buf_str(&text));
    assert_true(copy_with((struct file_copy_options){.from = "f", .to = "g"}));
    assert_true(str_equal(folder_read("g"), buf_str(&text)));
}

static void an_existing_file_is_replaced_only_when_asked_for(void **state)
{
    (void)state;
    folder_write("f", "new");
    folder_write("g", "old");
    assert_false(copy_with((struct file_copy_options){.from = "f", .to = "g"}));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_file("g", "old");
    assert_true(copy_with((struct file_copy_options){.from = "f", .to = "g", .replaces = true}));
    assert_file("g", "new");
}

static void a_tree_is_copied_with_its_links(void **state)
{
    (void)state;
    folder_write("t/a/f", "1");
    folder_mkdir("t/empty");
    folder_link("a/f", "t/link");
    assert_int_equal(mkfifo(folder_path("t/fifo"), 0600), 0);
    assert_true(
        copy_with((struct file_copy_options){.from = "t", .to = "x/u", .creates_parents = true}));
    assert_file("x/u/a/f", "1");
    assert_file("x/u/link", "1");
    assert_true(folder_has("x/u/empty"));
    assert_false(folder_has("x/u/fifo"));
    assert_int_equal(copied.skipped, 1);
}

static void a_tree_is_not_copied_into_itself(void **state)
{
    (void)state;
    folder_write("t/f", "1");
    folder_link("t", "link");
    assert_false(copy_with((struct file_copy_options){.from = "t", .to = "t/u"}));
    assert_int_equal(error.code, ERROR_INVALID);
    assert_false(copy_with((struct file_copy_options){.from = "t", .to = "link/u"}));
    assert_int_equal(folder_count("t"), 1);
    assert_true(copy_with((struct file_copy_options){.from = "t", .to = "tt"}));
}

static void a_tree_is_not_copied_over_anything(void **state)
{
    (void)state;
    folder_write("t/f", "1");
    folder_mkdir("u");
    assert_false(copy_with((struct file_copy_options){.from = "t", .to = "u", .replaces = true}));
    assert_int_equal(error.code, ERROR_CONFLICT);
}

static void a_cancelled_copy_is_taken_back(void **state)
{
    (void)state;
    const atomic_bool is_cancelled = true;
    folder_write("t/f", "1");
    assert_false(copy_with(
        (struct file_copy_options){.from = "t", .to = "u", .is_cancelled = &is_cancelled}));
    assert_int_equal(error.code, ERROR_CANCELLED);
    assert_false(folder_has("u"));
}

static void a_move_renames(void **state)
{
    (void)state;
    folder_write("t/f", "1");
    assert_true(
        move_with((struct file_copy_options){.from = "t", .to = "a/u", .creates_parents = true}));
    assert_file("a/u/f", "1");
    assert_false(folder_has("t"));
}

static void a_move_replaces_only_when_asked_for(void **state)
{
    (void)state;
    folder_write("f", "new");
    folder_write("g", "old");
    assert_false(move_with((struct file_copy_options){.from = "f", .to = "g"}));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_true(move_with((struct file_copy_options){.from = "f", .to = "g", .replaces = true}));
    assert_file("g", "new");
}

static void a_move_between_file_systems_copies_and_removes(void **state)
{
    (void)state;
    struct stat here;
    struct stat there;
    if (stat("/dev/shm", &there) != 0 || access("/dev/shm", W_OK) != 0 ||
        stat(folder.directory, &here) != 0 || here.st_dev == there.st_dev)
        skip();
    scoped_buf struct buf to = {0};
    buf_printf(&to, "/dev/shm/%s", path_name(folder.directory).data);
    folder_write("t/f", "1");
    folder_link("f", "t/link");
    const struct file_copy_options options = {.from = folder_path("t"), .to = to.data};
    assert_true(file_move(&options, &error));
    assert_false(folder_has("t"));
    const struct file_copy_options back = {.from = to.data, .to = folder_path("u")};
    assert_true(file_move(&back, &error));
    assert_file("u/link", "1");
}

static void a_missing_source_is_not_found(void **state)
{
    (void)state;
    assert_false(copy_with((struct file_copy_options){.from = "x", .to = "y"}));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_false(move_with((struct file_copy_options){.from = "x", .to = "y"}));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
}

static void a_tree_is_removed_without_following_links(void **state)
{
    (void)state;
    uint64_t count;
    folder_write("outside/kept", "1");
    folder_write("t/a/b/f", "1");
    folder_write("t/.hidden", "1");
    folder_link("../outside", "t/link");
    assert_true(
        remove_with((struct file_remove_options){.path = "t", .is_recursive = true}, &count));
    assert_int_equal(count, 6);
    assert_false(folder_has("t"));
    assert_file("outside/kept", "1");
}

static void a_link_to_a_directory_is_removed_itself(void **state)
{
    (void)state;
    uint64_t count;
    folder_write("d/f", "1");
    folder_link("d", "link");
    assert_true(
        remove_with((struct file_remove_options){.path = "link", .is_recursive = true}, &count));
    assert_int_equal(count, 1);
    assert_file("d/f", "1");
}

static void a_full_directory_is_removed_only_recursively(void **state)
{
    (void)state;
    uint64_t count;
    folder_write("d/f", "1");
    assert_false(remove_with((struct file_remove_options){.path = "d"}, &count));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_int_equal(unlink(folder_path("d/f")), 0);
    assert_true(remove_with((struct file_remove_options){.path = "d"}, &count));
}

static void the_root_is_never_removed(void **state)
{
    (void)state;
    uint64_t count;
    const struct file_remove_options options = {.path = "/", .is_recursive = true};
    assert_false(file_remove(&options, &count, &error));
    assert_int_equal(error.sys_errno, EBUSY);
}

static void directories_are_made_with_what_is_missing_above(void **state)
{
    (void)state;
    assert_true(file_make_directories(folder_path("a/b/c"), &error));
    assert_true(file_make_directories(folder_path("a/b/c"), &error));
    assert_true(file_make_directories(folder_path("x/../y"), &error));
    assert_true(folder_has("x") && folder_has("y"));
    folder_link("a", "link");
    assert_true(file_make_directories(folder_path("link"), &error));
    assert_false(file_make_directory(folder_path("a"), &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
}

static void directories_are_not_made_over_or_below_files(void **state)
{
    (void)state;
    folder_write("f", "1");
    folder_link("nowhere", "broken");
    assert_false(file_make_directories(folder_path("f"), &error));
    assert_int_equal(error.sys_errno, EEXIST);
    assert_false(file_make_directories(folder_path("f/d/e"), &error));
    assert_int_equal(error.sys_errno, ENOTDIR);
    assert_false(file_make_directories(folder_path("broken"), &error));
    assert_int_equal(error.sys_errno, EEXIST);
}

static void the_directory_that_fails_is_named(void **state)
{
    (void)state;
    assert_false(file_make_directories("/proc/nowhere/x", &error));
    assert_string_equal(error.text, "[Errno 2] No such file or directory: '/proc/nowhere'");
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_open, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(a_file_is_copied_with_its_mode_and_time),
        FOLDER_TEST(a_large_file_is_copied_whole),
        FOLDER_TEST(an_existing_file_is_replaced_only_when_asked_for),
        FOLDER_TEST(a_tree_is_copied_with_its_links),
        FOLDER_TEST(a_tree_is_not_copied_into_itself),
        FOLDER_TEST(a_tree_is_not_copied_over_anything),
        FOLDER_TEST(a_cancelled_copy_is_taken_back),
        FOLDER_TEST(a_move_renames),
        FOLDER_TEST(a_move_replaces_only_when_asked_for),
        FOLDER_TEST(a_move_between_file_systems_copies_and_removes),
        FOLDER_TEST(a_missing_source_is_not_found),
        FOLDER_TEST(a_tree_is_removed_without_following_links),
        FOLDER_TEST(a_link_to_a_directory_is_removed_itself),
        FOLDER_TEST(a_full_directory_is_removed_only_recursively),
        FOLDER_TEST(the_root_is_never_removed),
        FOLDER_TEST(directories_are_made_with_what_is_missing_above),
        FOLDER_TEST(directories_are_not_made_over_or_below_files),
        FOLDER_TEST(the_directory_that_fails_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
