#include "actions/zip_tree.h"

#include "actions/unzip.h"
#include "actions/zip_record.h"
#include "tests/support/folder.h"
#include "tests/support/text.h"

static struct buf bytes;
static struct error error;

static bool collect(void *owner, struct str piece)
{
    (void)owner;
    buf_append(&bytes, piece);
    return true;
}

static bool refuse(void *owner, struct str piece)
{
    (void)owner;
    (void)piece;
    return false;
}

static int close_all(void **state)
{
    buf_fini(&bytes);
    return folder_close(state);
}

/* The archive of "tree" in `bytes`, its length as announced. */
static void make(void)
{
    struct zip_tree *tree;
    assert_true(zip_tree_open(folder_path("tree"), &tree, &error));
    const uint64_t size = zip_tree_size(tree);
    assert_true(zip_tree_write(tree, collect, NULL, &error));
    zip_tree_free(tree);
    assert_int_equal(bytes.len, size);
}

static void unpack(void)
{
    struct unzip_result result;
    folder_write_bytes("a.zip", buf_str(&bytes));
    scoped_fd int fd = open(folder_path("a.zip"), O_RDONLY);
    const struct unzip_options options = {
        .path = folder_path("a.zip"), .fd = fd, .directory = folder_path("out")};
    assert_true(unzip(&options, &result, &error));
}

static void files_come_back_as_they_were(void **state)
{
    (void)state;
    folder_write("tree/a", "alpha");
    folder_write("tree/.hidden", "");
    folder_write("tree/b/ö", "beta");
    make();
    unpack();
    assert_file("out/a", "alpha");
    assert_file("out/.hidden", "");
    assert_file("out/b/ö", "beta");
}

static void a_large_file_has_its_checksum_behind_it(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (size_t i = 0; text.len < (size_t)3 << 20; i++)
        buf_printf(&text, "%zu ", i);
    folder_write_bytes("tree/large", buf_str(&text));
    folder_write("tree/small", "s");
    make();
    assert_true(zip_get16(bytes.data + 6) & ZIP_FLAG_DESCRIPTOR);
    unpack();
    assert_true(str_equal(folder_read("out/large"), buf_str(&text)));
    assert_file("out/small", "s");
}

static void a_file_is_an_empty_archive(void **state)
{
    (void)state;
    folder_write("tree", "no directory");
    make();
    assert_int_equal(bytes.len, ZIP_END_BYTES);
}

static void directories_have_no_members(void **state)
{
    (void)state;
    folder_mkdir("tree/empty/deep");
    make();
    assert_int_equal(bytes.len, ZIP_END_BYTES);
}

static void links_to_files_are_stored_and_those_to_directories_are_not(void **state)
{
    (void)state;
    folder_write("elsewhere/f", "content");
    folder_write("tree/own", "");
    folder_link("../elsewhere/f", "tree/link");
    folder_link("../elsewhere", "tree/folder");
    folder_link("nowhere", "tree/broken");
    make();
    unpack();
    assert_file("out/link", "content");
    assert_int_equal(folder_count("out"), 2);
}

static void what_is_no_file_is_left_out(void **state)
{
    (void)state;
    folder_write("tree/f", "");
    assert_int_equal(mkfifo(folder_path("tree/fifo"), 0600), 0);
    make();
    unpack();
    assert_int_equal(folder_count("out"), 1);
}

static void a_file_that_shrinks_keeps_its_announced_size(void **state)
{
    (void)state;
    struct zip_tree *tree;
    folder_write("tree/f", "twelve bytes");
    assert_true(zip_tree_open(folder_path("tree"), &tree, &error));
    folder_write("tree/f", "six by");
    assert_true(zip_tree_write(tree, collect, NULL, &error));
    assert_int_equal(bytes.len, zip_tree_size(tree));
    zip_tree_free(tree);
    unpack();
    assert_true(str_equal(folder_read("out/f"), STR("six by\0\0\0\0\0\0")));
}

static void a_reader_that_left_ends_it(void **state)
{
    (void)state;
    struct zip_tree *tree;
    folder_write("tree/f", "x");
    assert_true(zip_tree_open(folder_path("tree"), &tree, &error));
    assert_false(zip_tree_write(tree, refuse, NULL, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    zip_tree_free(tree);
}

static void an_unreadable_file_is_named(void **state)
{
    (void)state;
    struct zip_tree *tree;
    folder_write("tree/secret", "x");
    assert_int_equal(chmod(folder_path("tree/secret"), 0), 0);
    if (geteuid() == 0) /* who may read everything */
        skip();
    assert_false(zip_tree_open(folder_path("tree"), &tree, &error));
    assert_non_null(strstr(error.text, "Permission denied"));
    assert_non_null(strstr(error.text, "tree/secret'"));
}

static void nothing_is_not_found(void **state)
{
    (void)state;
    struct zip_tree *tree;
    assert_false(zip_tree_open(folder_path("missing"), &tree, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_open, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(files_come_back_as_they_were),
        FOLDER_TEST(a_large_file_has_its_checksum_behind_it),
        FOLDER_TEST(a_file_is_an_empty_archive),
        FOLDER_TEST(directories_have_no_members),
        FOLDER_TEST(links_to_files_are_stored_and_those_to_directories_are_not),
        FOLDER_TEST(what_is_no_file_is_left_out),
        FOLDER_TEST(a_file_that_shrinks_keeps_its_announced_size),
        FOLDER_TEST(a_reader_that_left_ends_it),
        FOLDER_TEST(an_unreadable_file_is_named),
        FOLDER_TEST(nothing_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
