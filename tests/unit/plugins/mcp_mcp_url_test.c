#include "plugins/mcp/mcp_url.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "tests/support/test.h"

static void addresses_on_the_same_server_are_joined(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"http://h/a/b?c#d", "/x?y=1", "http://h/x?y=1"},
        {"http://h/a/b?c=/d", "x", "http://h/a/x"},
        {"http://h/a/b", "?s=1", "http://h/a/b?s=1"},
        {"http://h", "x", "http://h/x"},
        {"http://h?q", "/x", "http://h/x"},
        {"http://h:80/a", "http://H/x", "http://H/x"},
        {"https://h/a", "https://h:443/x", "https://h:443/x"},
        {"https://h/a", "//h/x", "https://h/x"},
        {"http://[::1]:8/a", "/x", "http://[::1]:8/x"},
        {"http://h/a", " /x?to=http://other/ ", "http://h/x?to=http://other/"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf out = {0};
        struct error error;
        assert_true(mcp_url_resolve(str_from(cases[i][0]), str_from(cases[i][1]), &out, &error));
        assert_string_equal(out.data, cases[i][2]);
    }
}

static void other_servers_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"http://h/a", "http://other/x"},
        {"http://h/a", "https://h/x"},
        {"http://h/a", "http://h:81/x"},
        {"http://h/a", "//other/x"},
        {"http://h/a", "http://h@other/"},
        {"http://h/a", "http://h\\@other/"},
        {"http://[::1]/a", "http://[::1]:8/"},
        {"nothing", "/x"},
        {"http://h/a", "://"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf out = {0};
        struct error error;
        const bool is_resolved =
            mcp_url_resolve(str_from(cases[i][0]), str_from(cases[i][1]), &out, &error);
        if (is_resolved && !str_starts_with(buf_str(&out), STR("http://h/")))
            fail_msg("'%s' gives %s", cases[i][1], out.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_on_the_same_server_are_joined),
        cmocka_unit_test(other_servers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
