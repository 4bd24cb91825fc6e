#include "actions/command_log_table.h"

#include "tests/support/test.h"

#define MANY 5000

static struct id ids[MANY];

static struct id id_of(const void *owner, uint32_t number)
{
    const struct id *all = owner;
    return all[number];
}

static void numbers_are_found_by_id_while_others_come_and_go(void **state)
{
    (void)state;
    struct log_table table = {.id_of = id_of, .owner = ids};
    for (uint32_t i = 0; i < MANY; i++) {
        ids[i] = id_new();
        log_table_add(&table, ids[i], i);
        if (i >= 1000)
            log_table_remove(&table, ids[i - 1000]);
    }
    assert_int_equal(table.count, 1000);
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(log_table_find(&table, ids[i]), i < MANY - 1000 ? LOG_TABLE_NONE : i);
    log_table_fini(&table);
}

static void an_empty_table_finds_and_removes_nothing(void **state)
{
    (void)state;
    struct log_table table = {.id_of = id_of, .owner = ids};
    assert_int_equal(log_table_find(&table, id_new()), LOG_TABLE_NONE);
    log_table_remove(&table, id_new());
    log_table_fini(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_found_by_id_while_others_come_and_go),
        cmocka_unit_test(an_empty_table_finds_and_removes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
