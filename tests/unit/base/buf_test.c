#include "server/base/buf.h"

#include "tests/support/text.h"

static void the_zero_value_is_an_empty_buffer(void **state)
{
    (void)state;
    scoped_buf struct buf buf = {0};
    assert_text(buf_str(&buf), "");
    assert_false(buf_has_overflowed(&buf));
    buf_clear(&buf);
    buf_consume(&buf, 0);
    buf_truncate(&buf, 0);
    assert_text(buf_str(&buf), "");
}

static void everything_appended_stands_in_order_and_ends_in_nul(void **state)
{
    (void)state;
    scoped_buf struct buf buf = {0};
    buf_append(&buf, STR("a"));
    buf_append_byte(&buf, 'b');
    buf_append_bytes(&buf, "c\0d", 3);
    buf_printf(&buf, "%d-%s", 42, "x");
    assert_int_equal(buf.len, 9);
    assert_memory_equal(buf.data, "abc\0d42-x", 10);
}

static void content_survives_growth(void **state)
{
    (void)state;
    scoped_buf struct buf buf = {0};
    for (unsigned i = 0; i < 10000; i++)
        buf_append_byte(&buf, (char)('a' + i % 26));
    assert_int_equal(buf.len, 10000);
    for (unsigned i = 0; i < 10000; i++)
        assert_int_equal(buf.data[i], 'a' + i % 26);
}

static void the_maximum_fits_exactly(void **state)
{
    (void)state;
    scoped_buf struct buf buf;
    buf_init(&buf, 4);
    buf_append(&buf, STR("abcd"));
    assert_false(buf_has_overflowed(&buf));
    assert_text(buf_str(&buf), "abcd");
}

static void one_byte_past_the_maximum_appends_nothing_and_marks(void **state)
{
    (void)state;
    scoped_buf struct buf buf;
    buf_init(&buf, 4);
    buf_append(&buf, STR("abc"));
    buf_append(&buf, STR("de"));
    assert_true(buf_has_overflowed(&buf));
    assert_text(buf_str(&buf), "abc");
}

static void the_mark_stays_until_the_buffer_is_cleared(void **state)
{
    (void)state;
    scoped_buf struct buf buf;
    buf_init(&buf, 2);
    buf_printf(&buf, "%s", "long");
    buf_append_byte(&buf, 'x');
    assert_true(buf_has_overflowed(&buf));
    assert_text(buf_str(&buf), "");
    buf_clear(&buf);
    buf_append_byte(&buf, 'x');
    assert_false(buf_has_overflowed(&buf));
    assert_text(buf_str(&buf), "x");
}

static void reserved_room_is_filled_by_hand(void **state)
{
    (void)state;
    scoped_buf struct buf buf;
    buf_init(&buf, 8);
    char *room = buf_reserve(&buf, 8);
    assert_non_null(room);
    memcpy(room, "12345678", 8);
    buf.len = 8;
    assert_null(buf_reserve(&buf, 1));
    assert_true(buf_has_overflowed(&buf));
}

static void consuming_drops_bytes_at_the_front(void **state)
{
    (void)state;
    scoped_buf struct buf buf = {0};
    buf_append(&buf, STR("abcdef"));
    buf_consume(&buf, 2);
    assert_text(buf_str(&buf), "cdef");
    buf_truncate(&buf, 1);
    assert_string_equal(buf.data, "c");
}

static void taking_leaves_an_empty_buffer_with_the_same_maximum(void **state)
{
    (void)state;
    scoped_buf struct buf buf;
    buf_init(&buf, 4);
    buf_append(&buf, STR("abcd"));
    scoped_buf struct buf taken = buf_take(&buf);
    assert_text(buf_str(&taken), "abcd");
    assert_text(buf_str(&buf), "");
    buf_append(&buf, STR("12345"));
    assert_true(buf_has_overflowed(&buf));
}

static void a_buffer_may_be_finished_twice(void **state)
{
    (void)state;
    struct buf buf = {0};
    buf_append(&buf, STR("a"));
    buf_fini(&buf);
    buf_fini(&buf);
    assert_null(buf.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_zero_value_is_an_empty_buffer),
        cmocka_unit_test(everything_appended_stands_in_order_and_ends_in_nul),
        cmocka_unit_test(content_survives_growth),
        cmocka_unit_test(the_maximum_fits_exactly),
        cmocka_unit_test(one_byte_past_the_maximum_appends_nothing_and_marks),
        cmocka_unit_test(the_mark_stays_until_the_buffer_is_cleared),
        cmocka_unit_test(reserved_room_is_filled_by_hand),
        cmocka_unit_test(consuming_drops_bytes_at_the_front),
        cmocka_unit_test(taking_leaves_an_empty_buffer_with_the_same_maximum),
        cmocka_unit_test(a_buffer_may_be_finished_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
