#include "actions/file_part.h"

#include <sys/file.h>

#include "tests/support/folder.h"

static struct file_part part;
static struct file_written written;
static struct error error;
static uint64_t size;

static int open_part(void **state)
{
    (void)folder_open(state);
    part = (struct file_part){.path = folder_path("f"), .id = {.bytes = {1, 2, 3}}};
    return 0;
}

static bool write_at(uint64_t offset, const char *text)
{
    return file_part_write(&part, offset, str_from(text), false, &size, &error);
}

static bool commit(uint64_t expected, const char *sha256)
{
    const struct file_part_commit options = {.size = expected, .sha256 = str_from(sha256)};
    return file_part_commit(&part, &options, &written, &error);
}

static void parts_become_a_file_when_committed(void **state)
{
    (void)state;
    assert_true(write_at(0, "one "));
    assert_true(write_at(4, "two"));
    assert_int_equal(size, 7);
    assert_false(folder_has("f"));
    assert_true(commit(7, NULL));
    assert_true(written.was_created);
    assert_file("f", "one two");
    assert_int_equal(folder_count(""), 1);
}

static void a_part_may_be_sent_again(void **state)
{
    (void)state;
    assert_true(write_at(0, "one "));
    assert_true(write_at(4, "two"));
    assert_true(write_at(0, "one "));
    assert_int_equal(size, 7);
    assert_true(write_at(2, "e tw"));
    assert_true(commit(7, NULL));
    assert_file("f", "one two");
}

static void a_gap_is_refused(void **state)
{
    (void)state;
    assert_true(write_at(0, "one"));
    assert_false(write_at(4, "x"));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_true(file_part_size(&part, &size, &error));
    assert_int_equal(size, 3);
    assert_true(write_at(3, "x"));
}

static void a_commit_may_be_repeated(void **state)
{
    (void)state;
    static const char hash[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_true(write_at(0, "abc"));
    assert_true(commit(3, hash));
    assert_true(commit(3, hash));
    assert_false(written.was_created);
    assert_string_equal(written.sha256.text, hash);
    assert_false(commit(4, NULL));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
}

static void a_commit_of_other_content_is_refused(void **state)
{
    (void)state;
    assert_true(write_at(0, "abd"));
    assert_false(commit(4, NULL));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_false(commit(3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_int_equal(error.code, ERROR_UNPROCESSABLE);
    assert_false(folder_has("f"));
    assert_true(commit(3, NULL)); /* what had arrived is still there */
}

static void an_upload_replaces_a_file_and_keeps_its_mode(void **state)
{
    (void)state;
    folder_write("f", "old");
    assert_int_equal(chmod(folder_path("f"), 0640), 0);
    assert_true(write_at(0, "new"));
    assert_file("f", "old");
    assert_true(commit(3, NULL));
    assert_file("f", "new");
    struct stat status;
    assert_int_equal(stat(folder_path("f"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

static void an_upload_can_be_given_up(void **state)
{
    (void)state;
    assert_true(write_at(0, "abc"));
    assert_true(file_part_remove(&part, &error));
    assert_int_equal(folder_count(""), 0);
    assert_false(file_part_size(&part, &size, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_false(file_part_remove(&part, &error));
}

static void two_requests_at_once_are_refused(void **state)
{
    (void)state;
    assert_true(write_at(0, "abc"));
    scoped_fd int other =
        open(folder_path(".actiond-01020300000000000000000000000000.part"), O_RDWR);
    assert_true(other >= 0 && flock(other, LOCK_EX) == 0);
    assert_false(write_at(3, "d"));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_false(commit(3, NULL));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_int_equal(flock(other, LOCK_UN), 0);
    assert_true(commit(3, NULL));
}

static void an_empty_upload_is_an_empty_file(void **state)
{
    (void)state;
    assert_true(write_at(0, ""));
    assert_true(commit(0, NULL));
    assert_file("f", "");
}

static void a_directory_is_refused(void **state)
{
    (void)state;
    folder_mkdir("f");
    assert_false(write_at(0, "x"));
    assert_int_equal(folder_count(""), 1);
}

static void parents_are_made_when_asked_for(void **state)
{
    (void)state;
    part.path = folder_path("a/b/f");
    assert_false(write_at(0, "x"));
    assert_true(file_part_write(&part, 0, STR("x"), true, &size, &error));
    assert_true(commit(1, NULL));
    assert_file("a/b/f", "x");
}

#define PART_TEST(test) cmocka_unit_test_setup_teardown(test, open_part, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PART_TEST(parts_become_a_file_when_committed),
        PART_TEST(a_part_may_be_sent_again),
        PART_TEST(a_gap_is_refused),
        PART_TEST(a_commit_may_be_repeated),
        PART_TEST(a_commit_of_other_content_is_refused),
        PART_TEST(an_upload_replaces_a_file_and_keeps_its_mode),
        PART_TEST(an_upload_can_be_given_up),
        PART_TEST(two_requests_at_once_are_refused),
        PART_TEST(an_empty_upload_is_an_empty_file),
        PART_TEST(a_directory_is_refused),
        PART_TEST(parents_are_made_when_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
