#include "actions/zip_content.h"

#include "tests/support/test.h"

/* "hello hello hello hello", deflated. */
#define PACKED STR("\xcbH\xcd\xc9\xc9W\xc8@'\x01")
#define PLAIN  "hello hello hello hello"

static char room[64];
static size_t len;

static void content_fed_byte_by_byte_comes_out_whole(void **state)
{
    (void)state;
    struct zip_content *content = zip_content_new();
    size_t total = 0;
    enum zip_content_state now = ZIP_CONTENT_HUNGRY;
    for (size_t i = 0; i < PACKED.len; i++) {
        assert_int_equal(now, ZIP_CONTENT_HUNGRY);
        zip_content_feed(content, str_slice(PACKED, i, i + 1));
        now = zip_content_take(content, room + total, sizeof(room) - total, &len);
        total += len;
    }
    assert_int_equal(now, ZIP_CONTENT_ENDED);
    assert_int_equal(total, strlen(PLAIN));
    assert_memory_equal(room, PLAIN, total);
    zip_content_free(content);
}

static void a_small_room_is_filled_again_and_again(void **state)
{
    (void)state;
    struct zip_content *content = zip_content_new();
    zip_content_feed(content, PACKED);
    size_t total = 0;
    enum zip_content_state now;
    while ((now = zip_content_take(content, room + total, 5, &len)) == ZIP_CONTENT_FULL)
        total += len;
    assert_int_equal(now, ZIP_CONTENT_ENDED);
    assert_int_equal(total + len, strlen(PLAIN));
    assert_memory_equal(room, PLAIN, total + len);
    zip_content_free(content);
}

static void content_that_is_cut_off_stays_hungry(void **state)
{
    (void)state;
    struct zip_content *content = zip_content_new();
    zip_content_feed(content, str_slice(PACKED, 0, 6));
    assert_int_equal(zip_content_take(content, room, sizeof(room), &len), ZIP_CONTENT_HUNGRY);
    zip_content_feed(content, STR_NULL);
    assert_int_equal(zip_content_take(content, room, sizeof(room), &len), ZIP_CONTENT_HUNGRY);
    assert_int_equal(len, 0);
    zip_content_free(content);
}

static void what_nobody_deflated_is_damaged(void **state)
{
    (void)state;
    struct zip_content *content = zip_content_new();
    zip_content_feed(content, STR("\xff\xff\xff\xff"));
    assert_int_equal(zip_content_take(content, room, sizeof(room), &len), ZIP_CONTENT_DAMAGED);
    zip_content_free(content);
    zip_content_free(NULL);
}

static void a_checksum_may_be_made_in_pieces(void **state)
{
    (void)state;
    const uint32_t first = zip_content_checksum(0, STR("hello hello "));
    assert_int_equal(zip_content_checksum(first, STR("hello hello")), 2369606115U);
    assert_int_equal(zip_content_checksum(0, STR(PLAIN)), 2369606115U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_fed_byte_by_byte_comes_out_whole),
        cmocka_unit_test(a_small_room_is_filled_again_and_again),
        cmocka_unit_test(content_that_is_cut_off_stays_hungry),
        cmocka_unit_test(what_nobody_deflated_is_damaged),
        cmocka_unit_test(a_checksum_may_be_made_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
