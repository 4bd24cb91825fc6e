#include "server/config/config_env.h"

#include "server/base/attributes.h"
#include "server/base/error.h"
#include "server/config/config_options.h"
#include "tests/support/test.h"

#define VARIABLES_MAX 8

struct env_case {
    const char *variables[VARIABLES_MAX];
    const char *expected; /* JSON, or the error's text */
};

static void expect(const struct env_case *c)
{
    struct config_env env = {0};
    struct error error = {0};
    const bool is_ok = config_env_read(c->variables, &env, &error);
    if (!is_ok)
        print_error("%s: %s\n", c->variables[0], error.text);
    assert_true(is_ok);
    assert_string_equal(env.json.data, c->expected);
    config_env_fini(&env);
}

static void expect_error(const struct env_case *c)
{
    struct config_env env = {0};
    struct error error = {0};
    assert_false(config_env_read(c->variables, &env, &error));
    assert_string_equal(error.text, c->expected);
}

static void expect_all(const struct env_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(&cases[i]);
}

static void variables_nobody_knows_are_ignored(void **state)
{
    (void)state;
    const struct env_case cases[] = {
        {{NULL}, "{}"},
        {{"PATH=/bin", "OH_RUNTIME_ID=x", "OH_NOTHING=1", "WORKER_1=12000", NULL}, "{}"},
        {{"OH_VSCODE_PORTS=1", "XOH_VSCODE_PORT=2", "oh_vscode_port=3", NULL}, "{}"},
    };
    expect_all(cases, ARRAY_SIZE(cases));
}

static void texts_are_taken_as_they_are(void **state)
{
    (void)state;
    const struct env_case cases[] = {
        {{"OH_WEB_URL=https://x/y", NULL}, "{\"web_url\":\"https://x/y\"}"},
        {{"OH_WEB_URL=", NULL}, "{\"web_url\":\"\"}"},
        {{"OH_WORKSPACE_PATH= a \"b\" ", NULL}, "{\"workspace_path\":\" a \\\"b\\\" \"}"},
        {{"OPENHANDS_BUILD_GIT_SHA=0123abc", NULL}, "{\"build_git_sha\":\"0123abc\"}"},
    };
    expect_all(cases, ARRAY_SIZE(cases));
}

static void numbers_are_parsed(void **state)
{
    (void)state;
    const struct env_case cases[] = {
        {{"OH_VSCODE_PORT=60001", NULL}, "{\"vscode_port\":60001}"},
        {{"OH_VSCODE_PORT= 7 ", NULL}, "{\"vscode_port\":7}"},
        {{"OH_LEASE_TTL_SECONDS=1.5", NULL}, "{\"lease_ttl_seconds\":1.5}"},
        {{"OH_LEASE_TTL_SECONDS=2", NULL}, "{\"lease_ttl_seconds\":2.0}"},
    };
    expect_all(cases, ARRAY_SIZE(cases));
}

static void only_one_and_true_are_true(void **state)
{
    (void)state;
    const struct env_case cases[] = {
        {{"OH_DEFERRED_INIT=1", NULL}, "{\"deferred_init\":true}"},
        {{"OH_DEFERRED_INIT=TRUE", NULL}, "{\"deferred_init\":true}"},
        {{"OH_DEFERRED_INIT=yes", NULL}, "{\"deferred_init\":false}"},
        {{"OH_DEFERRED_INIT=", NULL}, "{\"deferred_init\":false}"},
    };
    expect_all(cases, ARRAY_SIZE(cases));
}

static void lists_come_by_index_until_the_first_gap(void **state)
{
    (void)state;
    const struct env_case cases[] = {
        {{"OH_SESSION_API_KEYS_0=a", "OH_SESSION_API_KEYS_1=b", "OH_SESSION_API_KEYS_3=d", NULL},
         "{\"session_api_keys\":[\"a\",\"b\"]}"},
        {{"OH_SESSION_API_KEYS_1=b", NULL}, "{}"},
        {{"OH_SESSION_API_KEYS_0=", NULL}, "{\"session_api_keys\":[\"\"]}"},
    };
    expect_all(cases, ARRAY_SIZE(cases));
}

static void a_json_list_is_overridden_by_index(void **state)
{
    (void)state;
    const struct env_case cases[] = {
        {{"OH_ALLOW_CORS_ORIGINS=[\"a\",\"b\"]", NULL}, "{\"allow_cors_origins\":[\"a\",\"b\"]}"},
        {{"OH_ALLOW_CORS_ORIGINS=[\"a\",\"b\"]", "OH_ALLOW_CORS_ORIGINS_1=c",
          "OH_ALLOW_CORS_ORIGINS_2=d", NULL},
         "{\"allow_cors_origins\":[\"a\",\"c\"]}"},
        {{"OH_ALLOW_CORS_ORIGINS=[]", NULL}, "{\"allow_cors_origins\":[]}"},
    };
    expect_all(cases, ARRAY_SIZE(cases));
}

static void a_number_makes_empty_slots(void **state)
{
    (void)state;
    const struct env_case cases[] = {
        {{"OH_ALLOW_CORS_ORIGINS=2", "OH_ALLOW_CORS_ORIGINS_1=b", NULL},
         "{\"allow_cors_origins\":[null,\"b\"]}"},
        {{"OH_ALLOW_CORS_ORIGINS=0", NULL}, "{\"allow_cors_origins\":[]}"},
    };
    expect_all(cases, ARRAY_SIZE(cases));
}

static void objects_in_lists_come_field_by_field(void **state)
{
    (void)state;
    const struct env_case cases[] = {
        {{"OH_WEBHOOKS_0_BASE_URL=http://a", "OH_WEBHOOKS_0_NUM_RETRIES=7",
          "OH_WEBHOOKS_1_BASE_URL=http://b", NULL},
         "{\"webhooks\":[{\"base_url\":\"http://a\",\"num_retries\":7},"
         "{\"base_url\":\"http://b\"}]}"},
        {{"OH_WEBHOOKS_0={\"base_url\":\"http://a\",\"num_retries\":1}",
          "OH_WEBHOOKS_0_NUM_RETRIES=2", NULL},
         "{\"webhooks\":[{\"base_url\":\"http://a\",\"num_retries\":2}]}"},
        {{"OH_WEBHOOKS=[{\"base_url\":\"http://a\"}]", "OH_WEBHOOKS_0_HEADERS={\"k\":\"v\"}", NULL},
         "{\"webhooks\":[{\"base_url\":\"http://a\",\"headers\":{\"k\":\"v\"}}]}"},
    };
    expect_all(cases, ARRAY_SIZE(cases));
}

static void an_optional_value_can_be_none(void **state)
{
    (void)state;
    const struct env_case cases[] = {
        {{"OH_STATIC_FILES_PATH_IS_NONE=1", NULL}, "{\"static_files_path\":null}"},
        {{"OH_STATIC_FILES_PATH_IS_NONE=True", NULL}, "{\"static_files_path\":null}"},
        {{"OH_STATIC_FILES_PATH_IS_NONE=0", NULL}, "{}"},
        {{"OH_STATIC_FILES_PATH_IS_NONE=1", "OH_STATIC_FILES_PATH=/x", NULL},
         "{\"static_files_path\":\"/x\"}"},
        {{"OH_WORKSPACE_PATH_IS_NONE=1", NULL}, "{}"},
    };
    expect_all(cases, ARRAY_SIZE(cases));
}

static void the_whole_configuration_is_a_base(void **state)
{
    (void)state;
    const struct env_case cases[] = {
        {{"OH={\"vscode_port\":1,\"web_url\":\"u\",\"colour\":\"blue\"}", "OH_VSCODE_PORT=2", NULL},
         "{\"web_url\":\"u\",\"vscode_port\":2}"},
        {{"OH=", NULL}, "{}"},
        {{"OH={\"static_files_path\":\"/x\"}", "OH_STATIC_FILES_PATH_IS_NONE=1", NULL},
         "{\"static_files_path\":\"/x\"}"},
        {{"OH={\"port\":1,\"build_git_sha\":\"x\"}", NULL}, "{}"},
    };
    for (size_t i = 1; i < ARRAY_SIZE(cases); i++)
        expect(&cases[i]);
    struct config_env env;
    struct error error;
    assert_true(config_env_read(cases[0].variables, &env, &error));
    assert_non_null(strstr(env.json.data, "\"vscode_port\":2"));
    assert_non_null(strstr(env.json.data, "\"web_url\":\"u\""));
    assert_null(strstr(env.json.data, "colour"));
    config_env_fini(&env);
}

static void what_does_not_parse_names_the_variable(void **state)
{
    (void)state;
    const struct env_case cases[] = {
        {{"OH_VSCODE_PORT=x", NULL}, "OH_VSCODE_PORT: expected an integer, got 'x'"},
        {{"OH_VSCODE_PORT=", NULL}, "OH_VSCODE_PORT: expected an integer, got ''"},
        {{"OH_VSCODE_PORT=99999999999999999999", NULL},
         "OH_VSCODE_PORT: expected an integer, got '99999999999999999999'"},
        {{"OH_LEASE_TTL_SECONDS=nan", NULL}, "OH_LEASE_TTL_SECONDS: expected a number, got 'nan'"},
        {{"OH_WEB_URL=\xff", NULL}, "OH_WEB_URL: expected UTF-8 text"},
        {{"OH_ALLOW_CORS_ORIGINS=", NULL},
         "OH_ALLOW_CORS_ORIGINS: expected a JSON list or a number of items: Expecting value at "
         "character 0"},
        {{"OH_ALLOW_CORS_ORIGINS={}", NULL},
         "OH_ALLOW_CORS_ORIGINS: expected a JSON list or a number of items"},
        {{"OH_ALLOW_CORS_ORIGINS=-1", NULL},
         "OH_ALLOW_CORS_ORIGINS: expected a JSON list or a number of items"},
        {{"OH_ALLOW_CORS_ORIGINS=1001", NULL},
         "OH_ALLOW_CORS_ORIGINS: expected a JSON list or a number of items"},
        {{"OH_WEBHOOKS_0_HEADERS=[]", NULL}, "OH_WEBHOOKS_0_HEADERS: expected a JSON object"},
        {{"OH_WEBHOOKS_0=[]", NULL}, "OH_WEBHOOKS_0: expected a JSON object"},
        {{"OH=[]", NULL}, "OH: expected a JSON object"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_error(&cases[i]);
}

static void an_error_holds_no_secret(void **state)
{
    (void)state;
    const char *const lines[] = {"OH_SESSION_API_KEYS=hush", "OH={\"secret_key\":\"hush\"",
                                 "OH_WEBHOOKS_0_HEADERS={\"key\":\"hush\"",
                                 "OH_SESSION_API_KEYS_0=hush\xff", "OH_SECRET_KEY=hush\xff"};
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        const char *const variables[] = {lines[i], NULL};
        struct config_env env;
        struct error error;
        assert_false(config_env_read(variables, &env, &error));
        assert_null(strstr(error.text, "hush"));
    }
}

static void a_number_nobody_understands_is_ignored_where_the_contract_says_so(void **state)
{
    (void)state;
    const struct env_case cases[] = {
        {{"OH_RUNTIME_IDLE_TIMEOUT_SECONDS=soon", NULL}, "{}"},
        {{"OH_RUNTIME_IDLE_TIMEOUT_SECONDS=", NULL}, "{}"},
        {{"OH_RUNTIME_IDLE_TIMEOUT_SECONDS=600", NULL}, "{\"runtime_idle_timeout_seconds\":600.0}"},
        {{"LOG_LEVEL=loud", NULL}, "{}"},
        {{"LOG_LEVEL=debug", NULL}, "{\"log_level\":\"debug\"}"},
    };
    expect_all(cases, ARRAY_SIZE(cases));
}

static void every_value_remembers_its_variable(void **state)
{
    (void)state;
    const char *const variables[] = {"OH_VSCODE_PORT=1", "OH_WEBHOOKS_0_BASE_URL=x",
                                     "OH={\"web_url\":\"y\"}", NULL};
    struct config_env env;
    struct error error;
    assert_true(config_env_read(variables, &env, &error));
    assert_true(str_equal(env.sources[config_option_index("vscode_port")], STR("OH_VSCODE_PORT")));
    assert_true(
        str_equal(env.sources[config_option_index("webhooks")], STR("OH_WEBHOOKS_0_BASE_URL")));
    assert_true(str_equal(env.sources[config_option_index("web_url")], STR("OH")));
    assert_false(str_is_set(env.sources[config_option_index("enable_vscode")]));
    config_env_fini(&env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_nobody_knows_are_ignored),
        cmocka_unit_test(texts_are_taken_as_they_are),
        cmocka_unit_test(numbers_are_parsed),
        cmocka_unit_test(only_one_and_true_are_true),
        cmocka_unit_test(lists_come_by_index_until_the_first_gap),
        cmocka_unit_test(a_json_list_is_overridden_by_index),
        cmocka_unit_test(a_number_makes_empty_slots),
        cmocka_unit_test(objects_in_lists_come_field_by_field),
        cmocka_unit_test(an_optional_value_can_be_none),
        cmocka_unit_test(the_whole_configuration_is_a_base),
        cmocka_unit_test(what_does_not_parse_names_the_variable),
        cmocka_unit_test(an_error_holds_no_secret),
        cmocka_unit_test(a_number_nobody_understands_is_ignored_where_the_contract_says_so),
        cmocka_unit_test(every_value_remembers_its_variable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
