#include "actions/archive_url.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "tests/support/test.h"
#include "tests/support/text.h"

static void secret_parameters_of_a_url_are_masked(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *expected;
    } cases[] = {
        {"https://example.com/r.git?token=t&x=1",
         "https://example.com/r.git?token=%3Credacted%3E&x=1"},
        {"https://h/r?Access_Token=t#f", "https://h/r?Access_Token=%3Credacted%3E#f"},
        {"https://h/r?my%5Fsecret=t", "https://h/r?my_secret=%3Credacted%3E"},
        {"https://h/r?a=b+c&d=%C3%A4&e", "https://h/r?a=b+c&d=%C3%A4&e="},
        {"https://h/r", "https://h/r"},
        {"https://h/r?", "https://h/r?"},
        {"https://h/r#x?token=t", "https://h/r#x?token=t"},
        {"git@h:o/r.git", "git@h:o/r.git"},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf out = {0};
        archive_url_redact(&out, str_from(cases[i].url));
        assert_text(buf_str(&out), cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secret_parameters_of_a_url_are_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
