#include "api/v0/shell_text.h"

#include "server/base/buf.h"
#include "server/base/utf8.h"
#include "tests/support/test.h"

static void fill(struct buf *text, size_t characters)
{
    for (size_t i = 0; i < characters; i++)
        buf_append(text, STR("\xc3\xa9"));
}

static void a_text_at_the_limit_stays_whole(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    scoped_buf struct buf out = {0};
    fill(&text, V0_CONTENT_MAX_CHARACTERS);
    v0_text_append_limited(&out, buf_str(&text));
    assert_true(str_equal(buf_str(&out), buf_str(&text)));
}

static void a_longer_text_loses_its_middle(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    scoped_buf struct buf out = {0};
    buf_append(&text, STR("<"));
    fill(&text, V0_CONTENT_MAX_CHARACTERS - 1);
    buf_append(&text, STR(">"));
    v0_text_append_limited(&out, buf_str(&text));
    assert_int_equal(utf8_count(buf_str(&out)), 30047);
    assert_true(str_starts_with(buf_str(&out), STR("<\xc3\xa9")));
    assert_true(str_ends_with(buf_str(&out), STR("\xc3\xa9>")));
    assert_true(str_contains(buf_str(&out),
                             STR("\xc3\xa9\n[... Observation truncated due to length ...]\n\xc3")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_at_the_limit_stays_whole),
        cmocka_unit_test(a_longer_text_loses_its_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
