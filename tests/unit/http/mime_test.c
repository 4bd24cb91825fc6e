#include "server/http/mime.h"

#include "tests/support/test.h"

static void types_follow_from_endings(void **state)
{
    (void)state;
    assert_string_equal(mime_type(STR("a/index.html")), "text/html; charset=utf-8");
    assert_string_equal(mime_type(STR("APP.JS")), "text/javascript; charset=utf-8");
    assert_string_equal(mime_type(STR("x.tar.gz")), "application/gzip");
    assert_string_equal(mime_type(STR("x.json")), "application/json");
}

static void the_rest_is_just_bytes(void **state)
{
    (void)state;
    assert_string_equal(mime_type(STR("")), "application/octet-stream");
    assert_string_equal(mime_type(STR("Makefile")), "application/octet-stream");
    assert_string_equal(mime_type(STR("x.unknown")), "application/octet-stream");
    assert_string_equal(mime_type(STR("a.html/x")), "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_follow_from_endings),
        cmocka_unit_test(the_rest_is_just_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
