#include "server/base/map.h"

#include "server/base/attributes.h"
#include "tests/support/test.h"

#define MANY 5000

static int values[MANY];

static void fill(struct map *map)
{
    for (uint64_t i = 0; i < MANY; i++)
        map_set(map, map_key_number(i), &values[i]);
}

static void the_zero_value_is_an_empty_map(void **state)
{
    (void)state;
    struct map map = {0};
    size_t cursor = 0;
    assert_null(map_find(&map, map_key_number(1)));
    assert_null(map_next(&map, &cursor));
    map_remove(&map, map_key_number(1));
    map_fini(&map);
}

static void every_key_finds_its_value(void **state)
{
    (void)state;
    struct map map = {0};
    fill(&map);
    assert_int_equal(map.count, MANY);
    for (uint64_t i = 0; i < MANY; i++)
        assert_ptr_equal(map_find(&map, map_key_number(i)), &values[i]);
    assert_null(map_find(&map, map_key_number(MANY)));
    map_fini(&map);
}

static void ids_are_keys_as_they_are(void **state)
{
    (void)state;
    struct map map = {0};
    struct id ids[100];
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        ids[i] = id_new();
        map_set(&map, ids[i], &values[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
        assert_ptr_equal(map_find(&map, ids[i]), &values[i]);
    map_fini(&map);
}

static void setting_a_key_again_replaces_its_value(void **state)
{
    (void)state;
    struct map map = {0};
    map_set(&map, map_key_number(1), &values[0]);
    map_set(&map, map_key_number(1), &values[1]);
    assert_int_equal(map.count, 1);
    assert_ptr_equal(map_find(&map, map_key_number(1)), &values[1]);
    map_fini(&map);
}

static void removing_some_keys_leaves_the_others(void **state)
{
    (void)state;
    struct map map = {0};
    fill(&map);
    for (uint64_t i = 0; i < MANY; i += 3)
        map_remove(&map, map_key_number(i));
    for (uint64_t i = 0; i < MANY; i++)
        assert_ptr_equal(map_find(&map, map_key_number(i)), i % 3 == 0 ? NULL : &values[i]);
    assert_int_equal(map.count, MANY - (MANY + 2) / 3);
    map_fini(&map);
}

static void keys_that_come_and_go_do_not_fill_the_map(void **state)
{
    (void)state;
    struct map map = {0};
    for (uint64_t i = 0; i < 100000; i++) {
        map_set(&map, map_key_number(i), &values[0]);
        map_remove(&map, map_key_number(i));
    }
    assert_int_equal(map.count, 0);
    assert_int_equal(map.capacity, 16);
    map_fini(&map);
}

static void iteration_meets_every_value_once(void **state)
{
    (void)state;
    struct map map = {0};
    fill(&map);
    static bool is_seen[MANY];
    size_t cursor = 0;
    size_t count = 0;
    for (int *value = map_next(&map, &cursor); value != NULL; value = map_next(&map, &cursor)) {
        assert_false(is_seen[value - values]);
        is_seen[value - values] = true;
        count++;
    }
    assert_int_equal(count, MANY);
    map_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_zero_value_is_an_empty_map),
        cmocka_unit_test(every_key_finds_its_value),
        cmocka_unit_test(ids_are_keys_as_they_are),
        cmocka_unit_test(setting_a_key_again_replaces_its_value),
        cmocka_unit_test(removing_some_keys_leaves_the_others),
        cmocka_unit_test(keys_that_come_and_go_do_not_fill_the_map),
        cmocka_unit_test(iteration_meets_every_value_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
