#include "actions/unzip.h"

#include <zlib.h>

#include "actions/zip_record.h"
#include "tests/support/folder.h"
#include "tests/support/text.h"

/* A ZIP is made here member by member, so that each field can be a lie. */

struct lie {
    const char *name;
    struct str content; /* packed */
    uint32_t crc;
    unsigned method;
    unsigned flags;
    uint64_t size;
};

static struct buf archive;
static struct buf list;
static size_t count;
static struct unzip_result result;
static struct error error;

static int open_all(void **state)
{
    archive = (struct buf){0};
    list = (struct buf){0};
    count = 0;
    return folder_open(state);
}

static int close_all(void **state)
{
    buf_fini(&archive);
    buf_fini(&list);
    return folder_close(state);
}

static void put_fields(struct buf *out, const struct lie *lie)
{
    zip_put16(out, 20);
    zip_put16(out, lie->flags);
    zip_put16(out, lie->method);
    zip_put32(out, 0);
    zip_put32(out, lie->crc);
    zip_put32(out, lie->content.len);
    zip_put32(out, lie->size);
    zip_put16(out, strlen(lie->name));
    zip_put16(out, 0);
}

static void put_listed(const struct lie *lie, size_t offset)
{
    zip_put32(&list, ZIP_CENTRAL_SIGNATURE);
    zip_put16(&list, 20);
    put_fields(&list, lie);
    zip_put16(&list, 0);
    zip_put16(&list, 0);
    zip_put16(&list, 0);
    zip_put32(&list, 0xffff0000u); /* every mode there is */
    zip_put32(&list, offset);
    buf_append(&list, str_from(lie->name));
    count++;
}

static void put(const struct lie *lie)
{
    put_listed(lie, archive.len);
    zip_put32(&archive, ZIP_LOCAL_SIGNATURE);
    put_fields(&archive, lie);
    buf_append(&archive, str_from(lie->name));
    buf_append(&archive, lie->content);
}

static struct lie stored(const char *name, const char *text)
{
    const struct str content = str_from(text);
    return (struct lie){
        .name = name,
        .content = content,
        .crc = (uint32_t)crc32_z(0, (const unsigned char *)text, content.len),
        .size = content.len,
    };
}

static void put_text(const char *name, const char *text)
{
    const struct lie lie = stored(name, text);
    put(&lie);
}

/* Zeros, deflated. */
static struct lie zeros(const char *name, size_t size)
{
    scoped_free char *plain = mem_zero(size, 1);
    z_stream stream = {.next_in = (unsigned char *)plain, .avail_in = (unsigned)size};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
    const size_t room = deflateBound(&stream, size);
    char *packed = arena_alloc(&folder.arena, room);
    stream.next_out = (unsigned char *)packed;
    stream.avail_out = (unsigned)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return (struct lie){
        .name = name,
        .content = str_span(packed, room - stream.avail_out),
        .crc = (uint32_t)crc32_z(0, (const unsigned char *)plain, size),
        .method = ZIP_METHOD_DEFLATED,
        .size = size,
    };
}

static bool unpack_bytes(struct str bytes)
{
    folder_write_bytes("a.zip", bytes);
    scoped_fd int fd = open(folder_path("a.zip"), O_RDONLY);
    const struct unzip_options options = {
        .path = "/shown/a.zip", .fd = fd, .directory = folder_path("out")};
    return unzip(&options, &result, &error);
}

static bool unpack(void)
{
    const size_t offset = archive.len;
    buf_append(&archive, buf_str(&list));
    zip_put32(&archive, ZIP_END_SIGNATURE);
    zip_put32(&archive, 0);
    zip_put16(&archive, count);
    zip_put16(&archive, count);
    zip_put32(&archive, list.len);
    zip_put32(&archive, offset);
    zip_put16(&archive, 0);
    return unpack_bytes(buf_str(&archive));
}

static void assert_refused(const char *reason)
{
    assert_false(unpack());
    assert_int_equal(error.code, ERROR_INVALID);
    if (strstr(error.text, reason) == NULL)
        fail_msg("'%s' is not in '%s'", reason, error.text);
}

static void members_are_unpacked_with_their_folders(void **state)
{
    (void)state;
    put_text("d/e/f", "text");
    put_text("empty/", "");
    const struct lie large = zeros("zeros", 300000);
    put(&large);
    assert_true(unpack());
    assert_int_equal(result.files, 3);
    assert_file("out/d/e/f", "text");
    assert_int_equal(folder_count("out/empty"), 0);
    assert_int_equal(folder_read("out/zeros").len, 300000);
}

static void bytes_in_front_of_the_archive_do_no_harm(void **state)
{
    (void)state;
    put_text("f", "text");
    assert_true(unpack());
    scoped_buf struct buf both = {0};
    buf_append(&both, STR("#!/bin/sh\n"));
    buf_append(&both, buf_str(&archive));
    assert_true(unpack_bytes(buf_str(&both)));
    assert_file("out/f", "text");
}

static void names_that_lead_elsewhere_are_skipped(void **state)
{
    (void)state;
    put_text("../escaped", "x");
    put_text("a/../../escaped", "x");
    put_text("/tmp/actiond-test-escaped", "x");
    put_text("..", "x");
    put_text("", "x");
    put_text("good", "x");
    assert_true(unpack());
    assert_int_equal(result.files, 1);
    assert_int_equal(result.skipped, 5);
    assert_false(folder_has("escaped"));
    assert_int_equal(access("/tmp/actiond-test-escaped", F_OK), -1);
    assert_int_equal(folder_count("out"), 1);
}

static void existing_files_are_replaced_and_modes_are_not_restored(void **state)
{
    (void)state;
    folder_write("out/f", "something much longer");
    put_text("f", "short");
    put_text("g", "");
    assert_true(unpack());
    assert_file("out/f", "short");
    struct stat status;
    assert_int_equal(stat(folder_path("out/g"), &status), 0);
    assert_int_equal(status.st_mode & 07111, 0);
}

static void what_is_no_zip_is_named(void **state)
{
    (void)state;
    assert_false(unpack_bytes(STR("PK? no")));
    assert_string_equal(error.text, "/shown/a.zip is not a zip file");
    assert_false(unpack_bytes(STR("a longer text that is no archive either, however long it is")));
    assert_string_equal(error.text, "/shown/a.zip is not a zip file");
}

static void a_cut_archive_is_refused(void **state)
{
    (void)state;
    put_text("f", "some text");
    put_text("g", "some text");
    assert_true(unpack());
    const struct str whole = buf_str(&archive);
    for (size_t len = 1; len < whole.len; len++) {
        assert_false(unpack_bytes(str_slice(whole, 0, len)));
        assert_false(unpack_bytes(str_slice(whole, len, whole.len - 1)));
    }
}

static void content_larger_than_announced_is_refused(void **state)
{
    (void)state;
    struct lie bomb = zeros("bomb", 1000000);
    bomb.size = 10;
    put(&bomb);
    assert_refused("is larger than announced");
    assert_false(folder_has("out/bomb"));
}

static void more_than_deflate_can_make_is_refused(void **state)
{
    (void)state;
    struct lie bomb = zeros("bomb", 1000);
    bomb.size = 4000000000u;
    put(&bomb);
    assert_refused("is larger than its content can be");
}

static void members_that_share_bytes_are_refused(void **state)
{
    (void)state;
    const struct lie kernel = zeros("a", 10000000);
    put(&kernel);
    for (int i = 0; i < 20; i++)
        put_listed(&kernel, 0);
    assert_refused("members overlap");
    assert_int_equal(folder_count("out"), 0);
}

static void a_wrong_checksum_leaves_no_file(void **state)
{
    (void)state;
    struct lie lie = stored("f", "text");
    lie.crc++;
    put(&lie);
    assert_refused("CRC-32");
    assert_false(folder_has("out/f"));
}

static void encrypted_members_are_refused(void **state)
{
    (void)state;
    struct lie lie = stored("f", "text");
    lie.flags = ZIP_FLAG_ENCRYPTED;
    put(&lie);
    assert_refused("is encrypted");
}

static void unknown_methods_are_refused(void **state)
{
    (void)state;
    struct lie lie = stored("f", "text");
    lie.method = 14;
    put(&lie);
    assert_refused("method");
}

static void a_member_below_a_file_is_an_error(void **state)
{
    (void)state;
    put_text("f", "a file");
    put_text("f/g", "below it");
    assert_false(unpack());
    assert_non_null(strstr(error.text, "out/f"));
}

static void a_cancelled_one_stops(void **state)
{
    (void)state;
    put_text("f", "text");
    assert_true(unpack());
    scoped_fd int fd = open(folder_path("a.zip"), O_RDONLY);
    const atomic_bool is_cancelled = true;
    const struct unzip_options options = {.path = "a.zip",
                                          .fd = fd,
                                          .directory = folder_path("other"),
                                          .is_cancelled = &is_cancelled};
    assert_false(unzip(&options, &result, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    assert_int_equal(folder_count("other"), 0);
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(members_are_unpacked_with_their_folders),
        FOLDER_TEST(bytes_in_front_of_the_archive_do_no_harm),
        FOLDER_TEST(names_that_lead_elsewhere_are_skipped),
        FOLDER_TEST(existing_files_are_replaced_and_modes_are_not_restored),
        FOLDER_TEST(what_is_no_zip_is_named),
        FOLDER_TEST(a_cut_archive_is_refused),
        FOLDER_TEST(content_larger_than_announced_is_refused),
        FOLDER_TEST(more_than_deflate_can_make_is_refused),
        FOLDER_TEST(members_that_share_bytes_are_refused),
        FOLDER_TEST(a_wrong_checksum_leaves_no_file),
        FOLDER_TEST(encrypted_members_are_refused),
        FOLDER_TEST(unknown_methods_are_refused),
        FOLDER_TEST(a_member_below_a_file_is_an_error),
        FOLDER_TEST(a_cancelled_one_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
