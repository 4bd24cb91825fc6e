#include "actions/path.h"

#include <errno.h>

#include "tests/support/folder.h"
#include "tests/support/text.h"

static void assert_tidy(const char *given, const char *expected)
{
    scoped_free char *path = NULL;
    struct error error;
    assert_true(path_check(str_from(given), &path, &error));
    assert_string_equal(path, expected);
}

static void paths_are_tidied_by_their_text_alone(void **state)
{
    (void)state;
    assert_tidy("/", "/");
    assert_tidy("///", "/");
    assert_tidy("/a/b", "/a/b");
    assert_tidy("/a//b///", "/a/b");
    assert_tidy("/./a/./b/.", "/a/b");
    assert_tidy("//a", "/a");
    assert_tidy("/a/../b", "/a/../b");
    assert_tidy("/.hidden/..x", "/.hidden/..x");
}

static void assert_refused(struct str given, int sys_errno, const char *text)
{
    char *path = NULL;
    struct error error;
    assert_false(path_check(given, &path, &error));
    assert_null(path);
    assert_int_equal(error.code, ERROR_INVALID);
    assert_int_equal(error.sys_errno, sys_errno);
    assert_string_equal(error.text, text);
}

static void relative_paths_are_refused_before_anything_else(void **state)
{
    (void)state;
    assert_refused(STR_NULL, 0, "Path must be absolute");
    assert_refused(STR(""), 0, "Path must be absolute");
    assert_refused(STR("a/b"), 0, "Path must be absolute");
    assert_refused(STR("."), 0, "Path must be absolute");
    assert_refused(STR("\0"), 0, "Path must be absolute");
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    assert_refused(STR("/a\0b"), EINVAL, "embedded null byte");
}

static void a_path_may_be_as_long_as_the_kernel_takes(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < PATH_MAX_BYTES / 2; i++)
        buf_append(&text, STR("/a"));
    buf_append_byte(&text, 'a');
    assert_int_equal(text.len, PATH_MAX_BYTES);
    assert_tidy(text.data, text.data);
    buf_append_byte(&text, 'a');
    char *path = NULL;
    struct error error;
    assert_false(path_check(buf_str(&text), &path, &error));
    assert_int_equal(error.sys_errno, ENAMETOOLONG);
}

static void a_long_path_counts_after_tidying(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < PATH_MAX_BYTES; i++)
        buf_append(&text, STR("//"));
    buf_append_byte(&text, 'a');
    assert_tidy(text.data, "/a");
}

static void a_path_has_a_name_and_a_parent(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *name;
        const char *parent;
    } cases[] = {{"/a/b", "b", "/a"}, {"/a", "a", "/"}, {"/", "", "/"}, {"/a/..", "..", "/a"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_free char *parent = path_parent(cases[i].path);
        assert_text(path_name(cases[i].path), cases[i].name);
        assert_string_equal(parent, cases[i].parent);
    }
}

static void names_are_joined_with_one_slash(void **state)
{
    (void)state;
    scoped_free char *below_root = path_join("/", STR("a"));
    scoped_free char *below = path_join("/a/", STR("b"));
    assert_string_equal(below_root, "/a");
    assert_string_equal(below, "/a/b");
}

static void assert_quoted(const char *path, const char *quoted)
{
    struct error error;
    scoped_buf struct buf expected = {0};
    buf_printf(&expected, "[Errno 2] No such file or directory: %s", quoted);
    assert_false(path_error(&error, ENOENT, path));
    assert_string_equal(error.text, expected.data);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_int_equal(error.sys_errno, ENOENT);
}

static void errors_quote_the_path_the_way_python_does(void **state)
{
    (void)state;
    assert_quoted("/a b", "'/a b'");
    assert_quoted("/it's", "\"/it's\"");
    assert_quoted("/it's \"x\"", "'/it\\'s \"x\"'");
    assert_quoted("/a\nb\tc\\", "'/a\\nb\\tc\\\\'");
    assert_quoted("/\x01\x7f", "'/\\x01\\x7f'");
}

static void a_full_disk_is_an_error_of_its_own(void **state)
{
    (void)state;
    struct error error;
    assert_false(path_error(&error, ENOSPC, "/x"));
    assert_int_equal(error_http_status(error.code), 507);
    assert_string_equal(error.text, "[Errno 28] No space left on device: '/x'");
}

static void links_are_followed_to_what_need_not_exist(void **state)
{
    (void)state;
    folder_mkdir("d");
    folder_link("../target", "d/relative");
    folder_link("d/relative", "chain");
    scoped_free char *target = NULL;
    struct error error;
    assert_true(path_follow(folder_path("chain"), &target, &error));
    assert_string_equal(target, folder_path("d/../target"));
}

static void a_loop_of_links_is_an_error(void **state)
{
    (void)state;
    folder_link("loop", "loop");
    char *target = NULL;
    struct error error;
    assert_false(path_follow(folder_path("loop"), &target, &error));
    assert_int_equal(error.sys_errno, ELOOP);
}

static void only_regular_files_are_opened(void **state)
{
    (void)state;
    folder_mkdir("d");
    assert_int_equal(mkfifo(folder_path("fifo"), 0600), 0);
    static const struct {
        const char *path;
        int sys_errno;
    } cases[] = {{"d", EISDIR}, {"fifo", EINVAL}, {"nothing", ENOENT}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int fd = -1;
        struct stat status;
        struct error error;
        assert_false(path_open_file(folder_path(cases[i].path), &fd, &status, &error));
        assert_int_equal(error.sys_errno, cases[i].sys_errno);
        assert_int_equal(fd, -1);
    }
}

static void a_file_is_opened_through_a_link(void **state)
{
    (void)state;
    folder_write("file", "text");
    folder_link("file", "link");
    scoped_fd int fd = -1;
    struct stat status;
    struct error error;
    assert_true(path_open_file(folder_path("link"), &fd, &status, &error));
    assert_int_equal(status.st_size, 4);
}

static void nothing_below_a_root_is_opened_through_a_link(void **state)
{
    (void)state;
    folder_write("outside/secret", "x");
    folder_mkdir("root/inner");
    folder_write("root/inner/file", "x");
    folder_link("../outside", "root/link");
    scoped_fd int root = open(folder_path("root"), O_RDONLY | O_DIRECTORY);
    scoped_fd int inside = path_open_below(root, "inner/file", O_RDONLY);
    assert_true(inside >= 0);
    assert_int_equal(path_open_below(root, "link/secret", O_RDONLY), -1);
    assert_int_equal(path_open_below(root, "../outside/secret", O_RDONLY), -1);
    scoped_fd int itself = path_open_below(root, "", O_RDONLY | O_DIRECTORY);
    assert_true(itself >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_tidied_by_their_text_alone),
        cmocka_unit_test(relative_paths_are_refused_before_anything_else),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(a_path_may_be_as_long_as_the_kernel_takes),
        cmocka_unit_test(a_long_path_counts_after_tidying),
        cmocka_unit_test(a_path_has_a_name_and_a_parent),
        cmocka_unit_test(names_are_joined_with_one_slash),
        cmocka_unit_test(errors_quote_the_path_the_way_python_does),
        cmocka_unit_test(a_full_disk_is_an_error_of_its_own),
        cmocka_unit_test_setup_teardown(links_are_followed_to_what_need_not_exist, folder_open,
                                        folder_close),
        cmocka_unit_test_setup_teardown(a_loop_of_links_is_an_error, folder_open, folder_close),
        cmocka_unit_test_setup_teardown(only_regular_files_are_opened, folder_open, folder_close),
        cmocka_unit_test_setup_teardown(a_file_is_opened_through_a_link, folder_open, folder_close),
        cmocka_unit_test_setup_teardown(nothing_below_a_root_is_opened_through_a_link, folder_open,
                                        folder_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
