#include "server/http/cookie.h"

#include "server/base/buf.h"
#include "tests/support/test.h"

static const struct {
    const char *value;
    const char *quoted;
} cases[] = {
    {"twin-key-one", "twin-key-one"},
    {"", "\"\""},
    {"a b;c\"d\\e,f=\xe9", "\"a b\\073c\\\"d\\\\e\\054f=\\351\""},
    {"\x01", "\"\\001\""},
};

static void values_are_quoted_where_they_need_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf quoted = {0};
        cookie_quote(&quoted, str_from(cases[i].value));
        assert_string_equal(quoted.data, cases[i].quoted);
    }
}

static void what_was_quoted_is_found_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf header = {0};
        scoped_buf struct buf value = {0};
        buf_printf(&header, "other=1; key=%s; last=2", cases[i].quoted);
        assert_true(cookie_find(buf_str(&header), STR("key"), &value));
        assert_true(str_equal(buf_str(&value), str_from(cases[i].value)));
    }
}

static void a_name_is_found_whole_only(void **state)
{
    (void)state;
    scoped_buf struct buf value = {0};
    assert_false(cookie_find(STR("monkey=1; keys=2; key"), STR("key"), &value));
    assert_false(cookie_find(STR(""), STR("key"), &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_quoted_where_they_need_it),
        cmocka_unit_test(what_was_quoted_is_found_again),
        cmocka_unit_test(a_name_is_found_whole_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
