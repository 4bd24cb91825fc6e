#include "agent/secret_mask.h"

#include "tests/support/test.h"

static struct secret_mask *mask;

static int with_mask(void **state)
{
    (void)state;
    mask = secret_mask_new();
    secret_mask_add(mask, STR("hunter2"));
    secret_mask_add(mask, STR("hunter2-long"));
    secret_mask_add(mask, STR("topsecret"));
    return 0;
}

static int without_mask(void **state)
{
    (void)state;
    secret_mask_free(mask);
    return 0;
}

static void assert_masked(const char *text, const char *expected)
{
    scoped_buf struct buf out = {0};
    secret_mask_apply(mask, str_from(text), &out);
    assert_string_equal(out.len == 0 ? "" : out.data, expected);
    for (size_t step = 1; step <= strlen(text); step++) {
        struct mask_stream stream = {0};
        scoped_buf struct buf pieces = {0};
        for (size_t i = 0; i < strlen(text); i += step)
            mask_stream_feed(&stream, mask, str_slice(str_from(text), i, i + step), &pieces);
        mask_stream_end(&stream, mask, &pieces);
        mask_stream_fini(&stream);
        assert_string_equal(pieces.data, expected);
    }
}

static void values_are_hidden_wherever_the_text_is_cut(void **state)
{
    (void)state;
    assert_masked("my hunter2!", "my <secret-hidden>!");
    assert_masked("topsecret", "<secret-hidden>");
    assert_masked("a topsecret b hunter2 c", "a <secret-hidden> b <secret-hidden> c");
}

static void the_longest_value_wins(void **state)
{
    (void)state;
    assert_masked("hunter2-long", "<secret-hidden>");
    assert_masked("hunter2-lone", "<secret-hidden>-lone");
}

static void beginnings_of_values_are_shown(void **state)
{
    (void)state;
    assert_masked("hunter", "hunter");
    assert_masked("tops and hunt", "tops and hunt");
    assert_masked("hhunter2", "h<secret-hidden>");
    assert_masked("toptopsecret", "top<secret-hidden>");
}

static void nothing_is_held_back_without_need(void **state)
{
    (void)state;
    struct mask_stream stream = {0};
    scoped_buf struct buf out = {0};
    mask_stream_feed(&stream, mask, STR("plain text, top"), &out);
    assert_string_equal(out.data, "plain text, ");
    mask_stream_feed(&stream, mask, STR("ology"), &out);
    assert_string_equal(out.data, "plain text, topology");
    mask_stream_fini(&stream);
}

static void tiny_values_are_not_masked(void **state)
{
    (void)state;
    secret_mask_add(mask, STR("e"));
    secret_mask_add(mask, STR(""));
    assert_masked("everyone", "everyone");
}

int main(void)
{
#define MASK_TEST(test) cmocka_unit_test_setup_teardown(test, with_mask, without_mask)
    const struct CMUnitTest tests[] = {
        MASK_TEST(values_are_hidden_wherever_the_text_is_cut),
        MASK_TEST(the_longest_value_wins),
        MASK_TEST(beginnings_of_values_are_shown),
        MASK_TEST(nothing_is_held_back_without_need),
        MASK_TEST(tiny_values_are_not_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
