#include "api/v0/run_ipython.h"

#include "tests/support/test.h"

static void the_end_is_trimmed_as_python_does_it(void **state)
{
    (void)state;
    static const struct {
        struct str given;
        struct str expected;
    } cases[] = {
        {STR_INIT("text"), STR_INIT("text")},
        {STR_INIT(" text \t\r\n\v\f"), STR_INIT(" text")},
        {STR_INIT("text\x1c\x1d\x1e\x1f"), STR_INIT("text")},
        {STR_INIT("text\xc2\x85\xc2\xa0"), STR_INIT("text")},
        {STR_INIT("text\xe2\x80\x83\xe3\x80\x80"), STR_INIT("text")},
        {STR_INIT("text\xe2\x80\x8b"), STR_INIT("text\xe2\x80\x8b")},
        {STR_INIT("text\x80"), STR_INIT("text\x80")},
        {STR_INIT("gr\xc3\xbc\xc3\x9f \n"), STR_INIT("gr\xc3\xbc\xc3\x9f")},
        {STR_INIT(" \n"), STR_INIT("")},
        {STR_INIT(""), STR_INIT("")},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_true(str_equal(v0_trim_end(cases[i].given), cases[i].expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_is_trimmed_as_python_does_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
