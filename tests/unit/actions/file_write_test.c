#include "actions/file_write.h"

#include <errno.h>
#include <sys/wait.h>

#include "tests/support/folder.h"
#include "tests/support/text.h"

static struct file_written written;
static struct error error;

static bool write_with(struct file_write_options options, const char *text)
{
    struct file_write *file;
    options.path = folder_path(options.path);
    if (!file_write_open(&options, &file, &error))
        return false;
    if (!file_write_add(file, str_from(text), &error)) {
        file_write_abort(file);
        return false;
    }
    return file_write_commit(file, &written, &error);
}

static bool write_text(const char *name, const char *text)
{
    return write_with((struct file_write_options){.path = name}, text);
}

static unsigned mode_of(const char *name)
{
    struct stat status;
    assert_int_equal(stat(folder_path(name), &status), 0);
    return status.st_mode & 07777u;
}

static void a_new_file_gets_the_usual_mode(void **state)
{
    (void)state;
    const mode_t old = umask(027);
    assert_true(write_text("new", "text"));
    umask(old);
    assert_file("new", "text");
    assert_int_equal(mode_of("new"), 0640);
    assert_int_equal(written.size, 4);
    assert_true(written.was_created);
    assert_int_equal(folder_count(""), 1);
}

static void a_replaced_file_keeps_its_mode(void **state)
{
    (void)state;
    folder_write("f", "a longer old text");
    assert_int_equal(chmod(folder_path("f"), 0750), 0);
    assert_true(write_text("f", "new"));
    assert_file("f", "new");
    assert_int_equal(mode_of("f"), 0750);
    assert_false(written.was_created);
    assert_int_equal(folder_count(""), 1);
}

static void a_replaced_file_loses_set_id_bits(void **state)
{
    (void)state;
    folder_write("f", "old");
    assert_int_equal(chmod(folder_path("f"), 04755), 0);
    assert_true(write_text("f", "new"));
    assert_int_equal(mode_of("f"), 0755);
}

static void a_replaced_file_keeps_its_owner(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* only root gives files away */
    folder_write("f", "old");
    assert_int_equal(chown(folder_path("f"), 12345, 23456), 0);
    assert_true(write_text("f", "new"));
    struct stat status;
    assert_int_equal(stat(folder_path("f"), &status), 0);
    assert_int_equal(status.st_uid, 12345);
    assert_int_equal(status.st_gid, 23456);
}

static void a_reader_keeps_the_content_it_opened(void **state)
{
    (void)state;
    folder_write("f", "old");
    scoped_fd int fd = open(folder_path("f"), O_RDONLY);
    assert_true(write_text("f", "new and longer"));
    scoped_free char *text = mem_zero(1, 16);
    assert_int_equal(read(fd, text, 15), 3);
    assert_string_equal(text, "old");
}

static void nothing_shows_before_the_commit(void **state)
{
    (void)state;
    struct file_write *file;
    folder_write("f", "old");
    const struct file_write_options options = {.path = folder_path("f")};
    assert_true(file_write_open(&options, &file, &error));
    assert_true(file_write_add(file, STR("new"), &error));
    assert_file("f", "old");
    file_write_abort(file);
    assert_file("f", "old");
    assert_int_equal(folder_count(""), 1);
}

static void a_link_is_written_through(void **state)
{
    (void)state;
    folder_mkdir("d");
    folder_write("d/target", "old");
    folder_link("d/target", "link");
    assert_true(write_text("link", "new"));
    assert_file("d/target", "new");
    struct stat status;
    assert_int_equal(lstat(folder_path("link"), &status), 0);
    assert_true(S_ISLNK(status.st_mode));
}

static void a_broken_link_makes_its_target(void **state)
{
    (void)state;
    folder_link("target", "link");
    assert_true(write_text("link", "new"));
    assert_file("target", "new");
}

static void assert_write_fails(const char *name, int sys_errno)
{
    assert_false(write_text(name, "x"));
    assert_int_equal(error.sys_errno, sys_errno);
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    folder_mkdir("d");
    folder_write("f", "x");
    folder_link("loop", "loop");
    assert_int_equal(mkfifo(folder_path("fifo"), 0600), 0);
    assert_write_fails("d", EISDIR);
    assert_write_fails("fifo", EINVAL);
    assert_write_fails("f/x", ENOTDIR);
    assert_write_fails("loop", ELOOP);
    assert_write_fails("nowhere/f", ENOENT);
}

static void parents_are_made_when_asked_for(void **state)
{
    (void)state;
    assert_true(
        write_with((struct file_write_options){.path = "a/b/c", .creates_parents = true}, "deep"));
    assert_file("a/b/c", "deep");
}

static void a_name_may_be_as_long_as_the_file_system_takes(void **state)
{
    (void)state;
    scoped_buf struct buf name = {0};
    for (size_t i = 0; i < 255; i++)
        buf_append_byte(&name, 'n');
    assert_true(write_text(name.data, "x"));
    buf_append_byte(&name, 'n');
    assert_write_fails(name.data, ENAMETOOLONG);
}

static void an_existing_file_can_be_refused(void **state)
{
    (void)state;
    folder_write("f", "old");
    assert_false(
        write_with((struct file_write_options){.path = "f", .refuses_existing = true}, "x"));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_file("f", "old");
}

static void a_file_that_appears_meanwhile_is_refused_too(void **state)
{
    (void)state;
    struct file_write *file;
    const struct file_write_options options = {.path = folder_path("f"), .refuses_existing = true};
    assert_true(file_write_open(&options, &file, &error));
    folder_write("f", "first");
    assert_false(file_write_commit(file, &written, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_file("f", "first");
    assert_int_equal(folder_count(""), 1);
}

static void a_tag_must_match(void **state)
{
    (void)state;
    assert_true(write_text("f", "one"));
    const struct file_etag first = written.etag;
    const struct file_write_options options = {.path = "f", .if_match = str_from(first.text)};
    assert_true(write_with(options, "two"));
    assert_false(write_with(options, "six")); /* as long as before, perhaps in the same tick */
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_file("f", "two");
}

static void a_tag_never_matches_a_missing_file(void **state)
{
    (void)state;
    assert_false(write_with((struct file_write_options){.path = "f", .if_match = STR("x")}, "y"));
    assert_int_equal(error.code, ERROR_CONFLICT);
    assert_false(folder_has("f"));
}

/* In a child without root's powers, for whom the directory is closed. Its exit status. */
static int write_as_nobody(const char *path)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) {
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        return status;
    }
    const struct file_write_options options = {.path = path};
    struct file_write *file;
    const bool is_fine =
        (geteuid() != 0 || setuid(65534) == 0) && file_write_open(&options, &file, &error) &&
        file_write_add(file, STR("new"), &error) && file_write_commit(file, &written, &error);
    _exit(is_fine ? 0 : 1);
}

static void a_file_in_a_closed_directory_is_overwritten_in_place(void **state)
{
    (void)state;
    folder_write("closed/f", "a longer old text");
    assert_int_equal(link(folder_path("closed/f"), folder_path("other")), 0);
    assert_int_equal(chmod(folder_path("closed/f"), 0666), 0);
    assert_int_equal(chmod(folder_path("closed"), 0555), 0);
    assert_int_equal(chmod(folder_path(""), 0755), 0);
    assert_int_equal(write_as_nobody(folder_path("closed/f")), 0);
    assert_int_equal(chmod(folder_path("closed"), 0755), 0);
    assert_file("other", "new"); /* the same file, not a new one */
    assert_int_equal(folder_count("closed"), 1);
}

static void a_hash_is_taken_when_asked_for(void **state)
{
    (void)state;
    assert_true(write_with((struct file_write_options){.path = "f", .hashes = true}, "abc"));
    assert_string_equal(written.sha256.text,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(write_text("g", "abc"));
    assert_string_equal(written.sha256.text, "");
}

static void a_wrong_hash_writes_nothing(void **state)
{
    (void)state;
    const struct str hash = STR("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
    assert_false(write_with((struct file_write_options){.path = "f", .sha256 = hash}, "abd"));
    assert_int_equal(error.code, ERROR_UNPROCESSABLE);
    assert_int_equal(folder_count(""), 0);
    assert_true(write_with((struct file_write_options){.path = "f", .sha256 = hash}, "abc"));
}

static void content_can_be_put_on_the_disk_before_the_answer(void **state)
{
    (void)state;
    assert_true(write_with((struct file_write_options){.path = "f", .syncs = true}, "x"));
    assert_true(write_with((struct file_write_options){.path = "f", .syncs = true}, "y"));
    assert_file("f", "y");
}

static void a_full_disk_is_said_and_leaves_nothing(void **state)
{
    (void)state;
    struct file_write *file;
    const struct file_write_options options = {.path = folder_path("f")};
    assert_true(file_write_open(&options, &file, &error));
    /* /dev/full answers every write as a full disk does. */
    scoped_fd int full = open("/dev/full", O_WRONLY);
    assert_true(full >= 0 && dup2(full, file_write_fd(file)) >= 0);
    assert_false(file_write_add(file, STR("x"), &error));
    file_write_abort(file);
    assert_int_equal(error.code, ERROR_NO_SPACE);
    assert_int_equal(folder_count(""), 0);
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_open, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(a_new_file_gets_the_usual_mode),
        FOLDER_TEST(a_replaced_file_keeps_its_mode),
        FOLDER_TEST(a_replaced_file_loses_set_id_bits),
        FOLDER_TEST(a_replaced_file_keeps_its_owner),
        FOLDER_TEST(a_reader_keeps_the_content_it_opened),
        FOLDER_TEST(nothing_shows_before_the_commit),
        FOLDER_TEST(a_link_is_written_through),
        FOLDER_TEST(a_broken_link_makes_its_target),
        FOLDER_TEST(what_is_no_file_is_refused),
        FOLDER_TEST(parents_are_made_when_asked_for),
        FOLDER_TEST(a_name_may_be_as_long_as_the_file_system_takes),
        FOLDER_TEST(an_existing_file_can_be_refused),
        FOLDER_TEST(a_file_that_appears_meanwhile_is_refused_too),
        FOLDER_TEST(a_tag_must_match),
        FOLDER_TEST(a_tag_never_matches_a_missing_file),
        FOLDER_TEST(a_file_in_a_closed_directory_is_overwritten_in_place),
        FOLDER_TEST(a_hash_is_taken_when_asked_for),
        FOLDER_TEST(a_wrong_hash_writes_nothing),
        FOLDER_TEST(content_can_be_put_on_the_disk_before_the_answer),
        FOLDER_TEST(a_full_disk_is_said_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
