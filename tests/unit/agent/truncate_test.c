#include "agent/truncate.h"

#include "server/base/utf8.h"
#include "tests/support/folder.h"
#include "tests/support/text.h"

static void a_text_at_the_limit_stays(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    scoped_buf struct buf out = {0};
    for (size_t i = 0; i < 500; i++)
        buf_append(&text, STR("ä"));
    truncate_append(buf_str(&text), &(struct truncate_options){.limit = 500}, &out);
    assert_text(buf_str(&out), text.data);
}

static void the_middle_is_cut(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    scoped_buf struct buf out = {0};
    for (size_t i = 0; i < 501; i++)
        buf_append(&text, i < 250 ? STR("ä") : STR("ö"));
    truncate_append(buf_str(&text), &(struct truncate_options){.limit = 500}, &out);
    assert_int_equal(utf8_count(buf_str(&out)), 500);
    const size_t at = str_find(buf_str(&out), STR(TRUNCATE_NOTICE));
    assert_int_equal(at, 2 * ((500 - (sizeof(TRUNCATE_NOTICE) - 1) + 1) / 2));
    assert_true(str_ends_with(buf_str(&out), STR("ööö")));
}

static void all_of_it_is_saved_once(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    scoped_buf struct buf out = {0};
    for (size_t i = 0; i < 400; i++)
        buf_append(&text, STR("x\n"));
    const struct truncate_options options = {
        .limit = 500, .save_dir = str_from(folder_path("kept")), .prefix = STR("terminal")};
    truncate_append(buf_str(&text), &options, &out);
    assert_int_equal(utf8_count(buf_str(&out)), 500);
    assert_true(str_contains(buf_str(&out), STR("The complete output has been saved to ")));
    assert_true(str_contains(buf_str(&out), STR("(truncated part starts around line ")));
    buf_clear(&out);
    truncate_append(buf_str(&text), &options, &out);
    assert_int_equal(folder_count("kept"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_open, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_text_at_the_limit_stays),
        TEST(the_middle_is_cut),
        TEST(all_of_it_is_saved_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
