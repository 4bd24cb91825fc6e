#include "server/auth/child_env.h"

#include <sys/prctl.h>

#include "server/base/attributes.h"
#include "tests/support/test.h"

static size_t count_of(const char *const *entries)
{
    size_t count = 0;
    while (entries[count] != NULL)
        count++;
    return count;
}

static bool holds(const char *const *entries, const char *entry)
{
    for (size_t i = 0; entries[i] != NULL; i++) {
        if (strcmp(entries[i], entry) == 0)
            return true;
    }
    return false;
}

static bool holds_name(const char *const *entries, const char *name)
{
    const size_t len = strlen(name);
    for (size_t i = 0; entries[i] != NULL; i++) {
        if (strncmp(entries[i], name, len) == 0 && entries[i][len] == '=')
            return true;
    }
    return false;
}

static void ordinary_variables_are_kept(void **state)
{
    (void)state;
    const char *const given[] = {
        "PATH=/bin", "EMPTY=", "A=b=c", "OH_RUNTIME_ID=x", "OH_WEBHOOKS_0_BASE_URL=http://x", NULL};
    struct child_env *env = child_env_new(given);
    const char *const *entries = child_env_get(env);
    for (size_t i = 0; given[i] != NULL; i++)
        assert_true(holds(entries, given[i]));
    assert_int_equal(count_of(entries), count_of(given) + 1); /* AI_AGENT */
    child_env_free(env);
}

static void the_keys_of_the_server_are_left_out(void **state)
{
    (void)state;
    static const char *const names[] = {
        "OH",
        "SESSION_API_KEY",
        "OH_SECRET_KEY",
        "OH_SESSION_API_KEYS",
        "OH_SESSION_API_KEYS_0",
        "OH_SESSION_API_KEYS_17",
        "OH_PREVIOUS_SECRET_KEYS",
        "OH_PREVIOUS_SECRET_KEYS_0",
        "OH_WEBHOOKS",
        "OH_WEBHOOKS_0",
        "OH_WEBHOOKS_3_HEADERS",
        "OH_LLM_API_KEY_REFRESH_HEADERS",
        "OH_TELEMETRY_HTTP_TOKEN",
        "LMNR_PROJECT_API_KEY",
        "OTEL_HEADERS",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char entry[100];
        (void)snprintf(entry, sizeof(entry), "%s=secret", names[i]);
        const char *const given[] = {"A=b", entry, NULL};
        struct child_env *env = child_env_new(given);
        assert_true(child_env_is_secret(str_from(names[i])));
        assert_false(holds_name(child_env_get(env), names[i]));
        assert_false(child_env_set(env, str_from(names[i]), STR("x")));
        child_env_free(env);
    }
}

static void names_that_only_look_like_keys_are_kept(void **state)
{
    (void)state;
    static const char *const names[] = {
        "OH_SESSION_API_KEY",    "OH_SECRET_KEYS", "MY_SECRET_KEY",   "OH_WEBHOOKS_0_BASE_URL",
        "OH_WEBHOOKS_x_HEADERS", "OH_X",           "session_api_key", "SESSION_API_KEY_2"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        assert_false(child_env_is_secret(str_from(names[i])));
}

static void children_learn_that_an_agent_runs_them(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        const char *expected;
    } cases[] = {{"X=1", "AI_AGENT=openhands"},
                 {"AI_AGENT=", "AI_AGENT=openhands"},
                 {"AI_AGENT=  ", "AI_AGENT=openhands"},
                 {"AI_AGENT=other", "AI_AGENT=other"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *const given[] = {cases[i].given, NULL};
        struct child_env *env = child_env_new(given);
        assert_true(holds(child_env_get(env), cases[i].expected));
        child_env_free(env);
    }
}

static void the_original_library_path_is_restored(void **state)
{
    (void)state;
    const char *const given[] = {"LD_LIBRARY_PATH=/bundle", "LD_LIBRARY_PATH_ORIG=/own", NULL};
    struct child_env *env = child_env_new(given);
    assert_true(holds(child_env_get(env), "LD_LIBRARY_PATH=/own"));
    assert_true(holds(child_env_get(env), "LD_LIBRARY_PATH_ORIG=/own"));
    child_env_free(env);
}

static void an_empty_original_library_path_removes_the_variable(void **state)
{
    (void)state;
    const char *const given[] = {"LD_LIBRARY_PATH=/bundle", "LD_LIBRARY_PATH_ORIG=", NULL};
    struct child_env *env = child_env_new(given);
    assert_false(holds_name(child_env_get(env), "LD_LIBRARY_PATH"));
    assert_true(holds(child_env_get(env), "LD_LIBRARY_PATH_ORIG="));
    child_env_free(env);
}

static void a_snapshot_does_not_change_when_a_variable_is_set(void **state)
{
    (void)state;
    const char *const given[] = {"A=old", NULL};
    struct child_env *env = child_env_new(given);
    const char *const *before = child_env_get(env);
    const size_t count = count_of(before);
    for (int i = 0; i < 100; i++)
        assert_true(child_env_set(env, STR("A"), STR("new")));
    assert_true(child_env_set(env, STR("B"), STR("x")));
    assert_true(holds(before, "A=old"));
    assert_int_equal(count_of(before), count);
    assert_true(holds(child_env_get(env), "A=new"));
    assert_true(holds(child_env_get(env), "B=x"));
    child_env_free(env);
}

static void names_and_values_that_no_environment_can_hold_are_refused(void **state)
{
    (void)state;
    const char *const given[] = {NULL};
    struct child_env *env = child_env_new(given);
    assert_false(child_env_set(env, STR(""), STR("x")));
    assert_false(child_env_set(env, STR("A=B"), STR("x")));
    assert_false(child_env_set(env, STR("A\0B"), STR("x")));
    assert_false(child_env_set(env, STR("A"), STR("x\0y")));
    assert_true(child_env_set(env, STR("A"), STR("")));
    child_env_free(env);
}

static void additions_override_for_one_child_only(void **state)
{
    (void)state;
    const char *const given[] = {"A=1", "B=2", NULL};
    const char *const additions[] = {"B=3", "C=4", "C=5", NULL};
    struct child_env *env = child_env_new(given);
    const char **with = child_env_with(env, additions);
    assert_true(holds((const char *const *)with, "A=1"));
    assert_true(holds((const char *const *)with, "B=3"));
    assert_true(holds((const char *const *)with, "C=5"));
    assert_int_equal(count_of((const char *const *)with), 4);
    assert_true(holds(child_env_get(env), "B=2"));
    free(with);
    child_env_free(env);
}

static void entries_without_a_name_or_a_value_are_dropped(void **state)
{
    (void)state;
    const char *const given[] = {"NOEQUALS", "=x", "A=1", NULL};
    struct child_env *env = child_env_new(given);
    assert_int_equal(count_of(child_env_get(env)), 2); /* A and AI_AGENT */
    child_env_free(env);
}

static void the_last_of_two_equal_names_counts(void **state)
{
    (void)state;
    const char *const given[] = {"A=1", "A=2", NULL};
    struct child_env *env = child_env_new(given);
    assert_true(holds(child_env_get(env), "A=2"));
    assert_false(holds(child_env_get(env), "A=1"));
    child_env_free(env);
}

static void wiping_overwrites_the_values_in_place(void **state)
{
    (void)state;
    static char secret[] = "OH_SECRET_KEY=hidden";
    static char public[] = "HOME=/home";
    static char bare[] = "OH_SESSION_API_KEYS_0";
    static char *entries[] = {secret, public, bare, NULL};
    char **before = environ;
    environ = entries;
    child_env_wipe_process();
    environ = before;
    assert_string_equal(secret, "OH_SECRET_KEY=");
    assert_memory_equal(secret + strlen("OH_SECRET_KEY="), "\0\0\0\0\0\0", 6);
    assert_string_equal(public, "HOME=/home");
    assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_variables_are_kept),
        cmocka_unit_test(the_keys_of_the_server_are_left_out),
        cmocka_unit_test(names_that_only_look_like_keys_are_kept),
        cmocka_unit_test(children_learn_that_an_agent_runs_them),
        cmocka_unit_test(the_original_library_path_is_restored),
        cmocka_unit_test(an_empty_original_library_path_removes_the_variable),
        cmocka_unit_test(a_snapshot_does_not_change_when_a_variable_is_set),
        cmocka_unit_test(names_and_values_that_no_environment_can_hold_are_refused),
        cmocka_unit_test(additions_override_for_one_child_only),
        cmocka_unit_test(entries_without_a_name_or_a_value_are_dropped),
        cmocka_unit_test(the_last_of_two_equal_names_counts),
        cmocka_unit_test(wiping_overwrites_the_values_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
