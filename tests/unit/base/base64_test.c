#include "server/base/base64.h"

#include "server/base/buf.h"
#include "tests/support/test.h"

static void bytes_of_every_length_are_padded(void **state)
{
    (void)state;
    static const struct {
        struct str bytes;
        const char *text;
    } cases[] = {
        {STR_INIT(""), ""},
        {STR_INIT("f"), "Zg=="},
        {STR_INIT("fo"), "Zm8="},
        {STR_INIT("foo"), "Zm9v"},
        {STR_INIT("foob"), "Zm9vYg=="},
        {STR_INIT("fooba"), "Zm9vYmE="},
        {STR_INIT("foobar"), "Zm9vYmFy"},
        {STR_INIT("\xff\xfe\xfd"), "//79"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scoped_buf struct buf out = {0};
        base64_encode(&out, cases[i].bytes);
        assert_string_equal(buf_str(&out).data, cases[i].text);
    }
}

static void encoding_appends(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    buf_append(&out, STR("data:"));
    base64_encode(&out, STR("x"));
    assert_string_equal(out.data, "data:eA==");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_of_every_length_are_padded),
        cmocka_unit_test(encoding_appends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
