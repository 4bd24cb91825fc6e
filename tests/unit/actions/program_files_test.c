#include "actions/program_files.h"

#include <stdlib.h>
#include <unistd.h>

#include "actions/archive_module.h"
#include "server/base/mem.h"
#include "tests/support/test.h"

static void a_part_is_found_from_a_program_one_folder_below(void **state)
{
    (void)state;
    const struct archive_module *module =
        program_files_load(ARCHIVE_MODULE_FILE, ARCHIVE_MODULE_SYMBOL, ARCHIVE_MODULE_VERSION);
    assert_non_null(module);
    assert_int_equal(module->version, ARCHIVE_MODULE_VERSION);
}

static void a_part_of_another_version_is_not_taken(void **state)
{
    (void)state;
    assert_null(program_files_load(ARCHIVE_MODULE_FILE, ARCHIVE_MODULE_SYMBOL, 77));
}

static void a_part_that_is_not_installed_is_not_found(void **state)
{
    (void)state;
    assert_null(program_files_load("actiond_nothing.so", "nothing", 1));
    assert_null(program_files_load(ARCHIVE_MODULE_FILE, "nothing", 1));
}

static void shared_files_are_found_beside_the_program(void **state)
{
    (void)state;
    scoped_free char *path = program_files_shared(STR("python/openhands/__init__.py"));
    assert_non_null(path);
    assert_int_equal(access(path, R_OK), 0);
    assert_null(program_files_shared(STR("nothing")));
}

static void the_program_itself_is_the_running_one(void **state)
{
    (void)state;
    scoped_free char *path = program_files_self();
    assert_non_null(path);
    assert_true(str_ends_with(str_from(path), STR("/unit_actions_program_files")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_is_found_from_a_program_one_folder_below),
        cmocka_unit_test(a_part_of_another_version_is_not_taken),
        cmocka_unit_test(a_part_that_is_not_installed_is_not_found),
        cmocka_unit_test(shared_files_are_found_beside_the_program),
        cmocka_unit_test(the_program_itself_is_the_running_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
