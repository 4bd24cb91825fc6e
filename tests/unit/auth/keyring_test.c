#include "server/auth/keyring.h"

#include "server/base/attributes.h"
#include "tests/support/test.h"

static struct keyring *ring_of_two(void)
{
    struct keyring *keyring = keyring_new();
    const struct str keys[] = {STR_INIT("first"), STR_INIT("second")};
    keyring_set(keyring, keys, ARRAY_SIZE(keys));
    return keyring;
}

static void a_new_keyring_is_open_to_everybody(void **state)
{
    (void)state;
    struct keyring *keyring = keyring_new();
    assert_true(keyring_is_open(keyring));
    assert_true(keyring_accepts(keyring, STR("anything")));
    assert_true(keyring_accepts(keyring, STR_NULL));
    assert_false(str_is_set(keyring_first(keyring)));
    keyring_free(keyring);
}

static void every_listed_key_is_accepted(void **state)
{
    (void)state;
    struct keyring *keyring = ring_of_two();
    assert_true(keyring_accepts(keyring, STR("first")));
    assert_true(keyring_accepts(keyring, STR("second")));
    assert_true(str_equal(keyring_first(keyring), STR("first")));
    keyring_free(keyring);
}

static void other_keys_are_refused(void **state)
{
    (void)state;
    const struct str wrong[] = {STR_NULL,           STR_INIT(""),           STR_INIT("firs"),
                                STR_INIT("firstx"), STR_INIT("FIRST"),      STR_INIT("first\0"),
                                STR_INIT(" first"), STR_INIT("firstsecond")};
    struct keyring *keyring = ring_of_two();
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_false(keyring_accepts(keyring, wrong[i]));
    keyring_free(keyring);
}

static void an_empty_key_is_dropped(void **state)
{
    (void)state;
    struct keyring *keyring = keyring_new();
    const struct str keys[] = {STR_INIT(""), STR_INIT("real")};
    keyring_set(keyring, keys, ARRAY_SIZE(keys));
    assert_false(keyring_is_open(keyring));
    assert_false(keyring_accepts(keyring, STR("")));
    assert_true(str_equal(keyring_first(keyring), STR("real")));
    keyring_free(keyring);
}

static void new_keys_replace_the_old_ones(void **state)
{
    (void)state;
    struct keyring *keyring = ring_of_two();
    const struct str next = STR_INIT("third");
    keyring_set(keyring, &next, 1);
    assert_true(keyring_accepts(keyring, STR("third")));
    assert_false(keyring_accepts(keyring, STR("first")));
    keyring_free(keyring);
}

static void a_keyring_may_be_set_from_its_own_keys(void **state)
{
    (void)state;
    struct keyring *keyring = ring_of_two();
    const struct str first = keyring_first(keyring);
    keyring_set(keyring, &first, 1);
    assert_true(keyring_accepts(keyring, STR("first")));
    keyring_free(keyring);
}

static void wiping_leaves_zeros(void **state)
{
    (void)state;
    char memory[] = "secret";
    const char zeros[sizeof(memory)] = {0};
    keyring_wipe(memory, sizeof(memory));
    assert_memory_equal(memory, zeros, sizeof(memory));
    keyring_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_keyring_is_open_to_everybody),
        cmocka_unit_test(every_listed_key_is_accepted),
        cmocka_unit_test(other_keys_are_refused),
        cmocka_unit_test(an_empty_key_is_dropped),
        cmocka_unit_test(new_keys_replace_the_old_ones),
        cmocka_unit_test(a_keyring_may_be_set_from_its_own_keys),
        cmocka_unit_test(wiping_leaves_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
