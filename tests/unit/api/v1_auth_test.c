#include "api/v1/auth.h"

#include "server/base/attributes.h"
#include "tests/support/test.h"

static void https_is_secure(void **state)
{
    (void)state;
    assert_true(v1_auth_is_secure(STR("https"), STR("box.example")));
    assert_true(v1_auth_is_secure(STR("HTTPS"), STR("box.example")));
    assert_false(v1_auth_is_secure(STR("http"), STR("box.example")));
    assert_false(v1_auth_is_secure(STR_NULL, STR("box.example")));
    assert_false(v1_auth_is_secure(STR(""), STR_NULL));
}

static void loopback_is_secure(void **state)
{
    (void)state;
    static const struct str hosts[] = {STR_INIT("localhost"),   STR_INIT("localhost:8000"),
                                       STR_INIT("LOCALHOST"),   STR_INIT("127.0.0.1"),
                                       STR_INIT("127.0.0.1:1"), STR_INIT("[::1]"),
                                       STR_INIT("[::1]:8000")};
    for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
        assert_true(v1_auth_is_secure(STR_NULL, hosts[i]));
}

static void hosts_that_look_like_loopback_are_not(void **state)
{
    (void)state;
    static const struct str hosts[] = {STR_INIT("localhost.example"), STR_INIT("127.0.0.2"),
                                       STR_INIT("[::2]"), STR_INIT("example:127.0.0.1")};
    for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
        assert_false(v1_auth_is_secure(STR("http"), hosts[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(https_is_secure),
        cmocka_unit_test(loopback_is_secure),
        cmocka_unit_test(hosts_that_look_like_loopback_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
