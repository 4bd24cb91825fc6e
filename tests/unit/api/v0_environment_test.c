#include "api/v0/environment.h"

#include "server/base/attributes.h"
#include "server/base/error.h"
#include "tests/support/text.h"

static struct v0_environment environment;
static struct error error;

static bool read_one(const char *variable)
{
    const char *const variables[] = {variable, NULL};
    return v0_environment_read(variables, &environment, &error);
}

static void an_empty_environment_gives_the_defaults(void **state)
{
    (void)state;
    assert_true(read_one(NULL));
    assert_int_equal(environment.no_change_timeout_s, 10);
    assert_int_equal(environment.init_plugin_timeout_s, 120);
    assert_int_equal(environment.max_memory_gb, 0);
    assert_true(environment.changes_user);
    assert_false(environment.monitors_memory);
    assert_false(environment.is_local);
    assert_text(environment.group, "root");
    assert_text(environment.vscode_port, "");
    assert_text(environment.vscode_settings, "/workspace");
    assert_text(environment.vscode_cwd, "/workspace");
}

static void words_for_yes_are_those_of_the_reference(void **state)
{
    (void)state;
    static const struct {
        const char *variable;
        bool changes_user;
        bool monitors_memory;
    } cases[] = {
        {"SU_TO_USER=TRUE", true, false},
        {"SU_TO_USER=on", true, false},
        {"SU_TO_USER=y", true, false},
        {"SU_TO_USER=false", false, false},
        {"SU_TO_USER=", false, false},
        {"RUNTIME_MEMORY_MONITOR=Yes", true, true},
        {"RUNTIME_MEMORY_MONITOR=1", true, true},
        {"RUNTIME_MEMORY_MONITOR=on", true, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_true(read_one(cases[i].variable));
        assert_int_equal(environment.changes_user, cases[i].changes_user);
        assert_int_equal(environment.monitors_memory, cases[i].monitors_memory);
    }
}

static void numbers_are_read_with_space_around_them(void **state)
{
    (void)state;
    assert_true(read_one("NO_CHANGE_TIMEOUT_SECONDS= 3 "));
    assert_int_equal(environment.no_change_timeout_s, 3);
    assert_true(read_one("INIT_PLUGIN_TIMEOUT=-1"));
    assert_int_equal(environment.init_plugin_timeout_s, 0);
    assert_true(read_one("RUNTIME_MAX_MEMORY_GB="));
    assert_int_equal(environment.max_memory_gb, 0);
}

static void a_number_that_is_none_is_named(void **state)
{
    (void)state;
    static const char *const variables[] = {"NO_CHANGE_TIMEOUT_SECONDS=x",
                                            "INIT_PLUGIN_TIMEOUT=1.5",
                                            "INIT_PLUGIN_TIMEOUT=", "RUNTIME_MAX_MEMORY_GB=4GB"};
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
        assert_false(read_one(variables[i]));
        const size_t len = (size_t)(strchr(variables[i], '=') - variables[i]);
        assert_memory_equal(error.text, variables[i], len);
    }
}

static void the_users_known_are_two_and_one_of_the_environment(void **state)
{
    (void)state;
    assert_true(read_one("RUNTIME_USERNAME=alice"));
    assert_true(v0_environment_knows_user(&environment, STR("root")));
    assert_true(v0_environment_knows_user(&environment, STR("openhands")));
    assert_true(v0_environment_knows_user(&environment, STR("alice")));
    assert_false(v0_environment_knows_user(&environment, STR("bob")));
    assert_true(read_one("RUNTIME_USERNAME="));
    assert_false(v0_environment_knows_user(&environment, STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_environment_gives_the_defaults),
        cmocka_unit_test(words_for_yes_are_those_of_the_reference),
        cmocka_unit_test(numbers_are_read_with_space_around_them),
        cmocka_unit_test(a_number_that_is_none_is_named),
        cmocka_unit_test(the_users_known_are_two_and_one_of_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
