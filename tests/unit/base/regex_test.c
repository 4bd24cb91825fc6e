#include "server/base/regex.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "tests/support/test.h"

static bool matches(const char *pattern, struct str text)
{
    struct regex *regex;
    assert_true(regex_new(str_from(pattern), &regex, NULL));
    const bool result = regex_matches(regex, text);
    regex_free(regex);
    return result;
}

static void the_whole_text_must_match(void **state)
{
    (void)state;
    assert_true(matches("https://.*\\.example\\.com", STR("https://a.example.com")));
    assert_false(matches("https://.*\\.example\\.com", STR("https://a.example.com.evil")));
    assert_false(matches("b", STR("abc")));
    assert_true(matches("a|ab", STR("ab")));
    assert_false(matches("a", STR("a\n")));
    assert_true(matches("", STR_NULL));
}

static void a_bad_expression_is_refused_with_its_place(void **state)
{
    (void)state;
    struct regex *regex = NULL;
    struct error error = {0};
    assert_false(regex_new(STR("a(b"), &regex, &error));
    assert_int_equal(error.code, ERROR_INVALID);
    assert_non_null(strstr(error.text, "'a(b', at 3"));
    regex_free(regex);
}

static void an_expression_that_takes_too_long_does_not_match(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < 5000; i++)
        buf_append_byte(&text, 'a');
    buf_append_byte(&text, 'b');
    assert_false(matches("(a+)+", buf_str(&text)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_text_must_match),
        cmocka_unit_test(a_bad_expression_is_refused_with_its_place),
        cmocka_unit_test(an_expression_that_takes_too_long_does_not_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
