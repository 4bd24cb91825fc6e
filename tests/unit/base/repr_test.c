#include "server/base/repr.h"

#include "server/base/buf.h"
#include "tests/support/test.h"

static void texts_are_quoted_as_python_shows_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"", "''"},
        {"/a b", "'/a b'"},
        {"it's", "\"it's\""},
        {"it's \"x\"", "'it\\'s \"x\"'"},
        {"back\\slash", "'back\\\\slash'"},
        {"a\tb\nc\rd\x01\x7f", "'a\\tb\\nc\\rd\\x01\\x7f'"},
        {"\xc3\xa4", "'\xc3\xa4'"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf out = {0};
        repr_append(&out, str_from(cases[i].text));
        assert_string_equal(out.data, cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_quoted_as_python_shows_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
