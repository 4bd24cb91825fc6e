#include "server/http/ws_key.h"

#include "tests/support/test.h"

static void the_example_of_the_protocol_is_answered(void **state)
{
    (void)state;
    assert_string_equal(ws_key_accept(STR("dGhlIHNhbXBsZSBub25jZQ==")).text,
                        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void only_sixteen_bytes_in_base64_are_a_key(void **state)
{
    (void)state;
    assert_true(ws_key_is_valid(STR("dGhlIHNhbXBsZSBub25jZQ==")));
    assert_false(ws_key_is_valid(STR("")));
    assert_false(ws_key_is_valid(STR("dGhlIHNhbXBsZSBub25jZQ")));
    assert_false(ws_key_is_valid(STR("dGhlIHNhbXBsZSBub25jZQ=a")));
    assert_false(ws_key_is_valid(STR("dGhlIHNhbXBsZSBub25jZ!==")));
    assert_false(ws_key_is_valid(STR("dGhlIHNhbXBsZSBub25jZQAA==")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_protocol_is_answered),
        cmocka_unit_test(only_sixteen_bytes_in_base64_are_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
