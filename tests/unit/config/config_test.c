#include "server/config/config.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/log.h"
#include "tests/support/test.h"

#define VARIABLES_MAX 8

/* No config file is found in the directory tests run in, and no variable of the real environment
 * counts. */
static enum config_outcome load(const char *const *variables, struct config **ret_config)
{
    char program[] = "actiond";
    char *argv[] = {program, NULL};
    const struct config_input input = {.argc = 1, .argv = argv, .environment = variables};
    return config_load(&input, ret_config);
}

static struct config *load_good(const char *const *variables)
{
    struct config *config = NULL;
    assert_int_equal(load(variables, &config), CONFIG_RUN);
    return config;
}

static void nothing_given_means_the_documented_defaults(void **state)
{
    (void)state;
    const char *const none[] = {"HOME=/home/x", NULL};
    struct config *config = load_good(none);
    assert_true(str_equal(config->host, STR("127.0.0.1")));
    assert_int_equal(config->port, 8000);
    assert_int_equal(config->session_api_key_count, 0);
    assert_false(str_is_set(config->secret_key));
    assert_true(str_equal(config->conversations_path, STR("workspace/conversations")));
    assert_true(str_equal(config->workspace_path, STR("workspace/project")));
    assert_true(str_equal(config->bash_events_dir, STR("workspace/bash_events")));
    assert_int_equal(config->bash_events_retention_seconds, 0);
    assert_int_equal(config->vscode_port, 8001);
    assert_int_equal(config->max_concurrent_runs, 10);
    assert_true(config->lease_ttl_seconds == 45.0);
    assert_true(config->conversation_idle_ttl_seconds == 1200.0);
    assert_true(config->enable_vscode);
    assert_false(config->deferred_init);
    assert_true(str_equal(config->build_git_sha, STR("unknown")));
    assert_true(str_equal(config->persistence_dir, STR("/home/x/.openhands")));
    assert_true(str_equal(config->root_path, STR("")));
    assert_int_equal(config->log_level, LOG_LEVEL_INFO);
    config_free(config);
}

static void keys_open_the_host_to_everybody(void **state)
{
    (void)state;
    const char *const lists[][3] = {{"OH_SESSION_API_KEYS_0=k", NULL},
                                    {"SESSION_API_KEY=k", NULL},
                                    {"OH={\"session_api_keys\":[\"k\"]}", NULL}};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        struct config *config = load_good(lists[i]);
        assert_true(str_equal(config->host, STR("0.0.0.0")));
        assert_int_equal(config->session_api_key_count, 1);
        assert_true(str_equal(config->session_api_keys[0], STR("k")));
        config_free(config);
    }
}

static void the_plain_session_key_is_only_a_fallback(void **state)
{
    (void)state;
    const char *const variables[] = {"SESSION_API_KEY=plain", "OH_SESSION_API_KEYS_0=listed", NULL};
    struct config *config = load_good(variables);
    assert_int_equal(config->session_api_key_count, 1);
    assert_true(str_equal(config->session_api_keys[0], STR("listed")));
    config_free(config);
}

static void the_secret_key_falls_back_to_the_session_key(void **state)
{
    (void)state;
    static const struct {
        const char *variables[4];
        const char *expected;
    } cases[] = {
        {{"OH_SECRET_KEY=s", "SESSION_API_KEY=a", NULL}, "s"},
        {{"SESSION_API_KEY=a", "OH_SESSION_API_KEYS_0=b", NULL}, "a"},
        {{"OH_SESSION_API_KEYS_0=b", NULL}, "b"},
        {{"OH_SECRET_KEY= ", "OH_SESSION_API_KEYS_0=b", NULL}, "b"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct config *config = load_good(cases[i].variables);
        assert_true(str_equal(config->secret_key, str_from(cases[i].expected)));
        assert_false(config->has_blank_secret_key);
        config_free(config);
    }
}

static void a_blank_secret_key_with_nothing_behind_it_is_noted(void **state)
{
    (void)state;
    const char *const variables[] = {"OH_SECRET_KEY=", NULL};
    struct config *config = load_good(variables);
    assert_false(str_is_set(config->secret_key));
    assert_true(config->has_blank_secret_key);
    config_free(config);
}

static void a_blank_session_key_stops_the_start(void **state)
{
    (void)state;
    const char *const lists[][3] = {{"OH_SESSION_API_KEYS_0=", NULL},
                                    {"OH_SESSION_API_KEYS_0= ", "SESSION_API_KEY=k", NULL},
                                    {"OH_SESSION_API_KEYS=[\"\"]", NULL},
                                    {"SESSION_API_KEY=", NULL}};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        struct config *config = NULL;
        assert_int_equal(load(lists[i], &config), CONFIG_EXIT_ERROR);
        assert_null(config);
    }
}

static void a_blank_key_beside_a_good_one_is_dropped(void **state)
{
    (void)state;
    const char *const variables[] = {"OH_SESSION_API_KEYS_0=", "OH_SESSION_API_KEYS_1=k", NULL};
    struct config *config = load_good(variables);
    assert_int_equal(config->session_api_key_count, 1);
    assert_true(str_equal(config->session_api_keys[0], STR("k")));
    config_free(config);
}

static void values_out_of_range_stop_the_start(void **state)
{
    (void)state;
    static const char *const lines[] = {"OH_VSCODE_PORT=0",
                                        "OH_VSCODE_PORT=65536",
                                        "OH_MAX_CONCURRENT_RUNS=0",
                                        "OH_BASH_EVENTS_RETENTION_SECONDS=0",
                                        "OH_CONVERSATION_IDLE_TTL_SECONDS=0",
                                        "OH_LEASE_TTL_SECONDS=-0.1",
                                        "ACTIOND_BASH_EVENTS_MAX_BYTES=-1",
                                        "OH_WEBHOOKS_0_NUM_RETRIES=1",
                                        "OH_ALLOW_CORS_ORIGINS=1"};
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        const char *const variables[] = {lines[i], NULL};
        struct config *config = NULL;
        assert_int_equal(load(variables, &config), CONFIG_EXIT_ERROR);
    }
}

static void values_at_the_limits_are_accepted(void **state)
{
    (void)state;
    const char *const variables[] = {"OH_VSCODE_PORT=65535",
                                     "OH_MAX_CONCURRENT_RUNS=1",
                                     "OH_BASH_EVENTS_RETENTION_SECONDS=1",
                                     "OH_CONVERSATION_IDLE_TTL_SECONDS=0.001",
                                     "OH_LEASE_TTL_SECONDS=0",
                                     "ACTIOND_BASH_EVENTS_MAX_BYTES=0",
                                     NULL};
    struct config *config = load_good(variables);
    assert_int_equal(config->vscode_port, 65535);
    assert_int_equal(config->bash_events_retention_seconds, 1);
    config_free(config);
}

static void webhooks_are_complete_with_their_defaults(void **state)
{
    (void)state;
    const char *const variables[] = {"OH_WEBHOOKS_0_BASE_URL=http://x",
                                     "OH_WEBHOOKS_0_HEADERS={\"A\":\"1\",\"B\":\"2\"}",
                                     "OH_WEBHOOKS_0_FLUSH_DELAY=0.5", NULL};
    struct config *config = load_good(variables);
    assert_int_equal(config->webhook_count, 1);
    const struct config_webhook *webhook = &config->webhooks[0];
    assert_true(str_equal(webhook->base_url, STR("http://x")));
    assert_int_equal(webhook->event_buffer_size, 5);
    assert_true(webhook->flush_delay == 0.5);
    assert_int_equal(webhook->max_queue_bytes, 52428800);
    assert_int_equal(webhook->headers.count, 2);
    assert_true(str_equal(webhook->headers.values[1], STR("2")));
    config_free(config);
}

static void debug_and_ci_change_the_log(void **state)
{
    (void)state;
    static const struct {
        const char *variable;
        int level;
        bool logs_json;
    } cases[] = {
        {"DEBUG=yes", LOG_LEVEL_DEBUG, false},       {"DEBUG=0", LOG_LEVEL_INFO, false},
        {"LOG_LEVEL=error", LOG_LEVEL_ERROR, false}, {"LOG_LEVEL=x", LOG_LEVEL_INFO, false},
        {"LOG_JSON=yes", LOG_LEVEL_INFO, true},      {"LOG_JSON=no", LOG_LEVEL_INFO, false},
        {"CI=true", LOG_LEVEL_INFO, true},           {"GITHUB_ACTIONS=x", LOG_LEVEL_INFO, true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *const variables[] = {cases[i].variable, NULL};
        struct config *config = load_good(variables);
        assert_int_equal(config->log_level, cases[i].level);
        assert_int_equal(config->logs_json, cases[i].logs_json);
        config_free(config);
    }
    log_init(LOG_LEVEL_INFO, false);
}

static void the_root_path_is_the_path_of_the_url(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *path;
    } cases[] = {
        {"https://proxy.example/runtime/abc/", "/runtime/abc"},
        {"https://proxy.example/runtime/abc", "/runtime/abc"},
        {"https://proxy.example/a?b=/c#/d", "/a"},
        {"https://proxy.example/", ""},
        {"https://proxy.example", ""},
        {"https://proxy.example?x=/y", ""},
        {"/only/path/", "/only/path"},
        {"proxy.example/x", ""},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct str path = config_root_path(str_from(cases[i].url));
        assert_int_equal(path.len, strlen(cases[i].path));
        assert_true(str_equal(path, str_from(cases[i].path)));
    }
}

static void children_are_told_an_address_they_can_reach(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        const char *url;
    } cases[] = {
        {"0.0.0.0", "http://127.0.0.1:60000"}, {"::", "http://127.0.0.1:60000"},
        {"[::]", "http://127.0.0.1:60000"},    {"::1", "http://[::1]:60000"},
        {"[::1]", "http://[::1]:60000"},       {"localhost", "http://localhost:60000"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf url = {0};
        config_internal_url(&url, str_from(cases[i].host), 60000);
        assert_string_equal(url.data, cases[i].url);
    }
}

static void changes_replace_options_whole(void **state)
{
    (void)state;
    const char *const variables[] = {"OH_SESSION_API_KEYS_0=a", "OH_SESSION_API_KEYS_1=b",
                                     "OH_VSCODE_PORT=7", NULL};
    struct config *config = load_good(variables);
    struct doc_error at;
    struct error error;
    struct doc *changes =
        doc_parse(STR("{\"session_api_keys\":[\"c\"],\"web_url\":\"http://x/y/\"}"), &at);
    struct config *changed = NULL;
    assert_true(config_with(config, doc_root(changes), &changed, &error));
    assert_int_equal(changed->session_api_key_count, 1);
    assert_true(str_equal(changed->session_api_keys[0], STR("c")));
    assert_true(str_equal(changed->root_path, STR("/y")));
    assert_int_equal(changed->vscode_port, 7);
    assert_int_equal(config->session_api_key_count, 2);
    doc_free(changes);
    config_free(changed);
    config_free(config);
}

static void changes_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    const char *const variables[] = {"HOME=/", NULL};
    struct config *config = load_good(variables);
    struct doc_error at;
    struct error error;
    struct doc *changes = doc_parse(STR("{\"max_concurrent_runs\":0}"), &at);
    struct config *changed = NULL;
    assert_false(config_with(config, doc_root(changes), &changed, &error));
    assert_null(changed);
    doc_free(changes);
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_given_means_the_documented_defaults),
        cmocka_unit_test(keys_open_the_host_to_everybody),
        cmocka_unit_test(the_plain_session_key_is_only_a_fallback),
        cmocka_unit_test(the_secret_key_falls_back_to_the_session_key),
        cmocka_unit_test(a_blank_secret_key_with_nothing_behind_it_is_noted),
        cmocka_unit_test(a_blank_session_key_stops_the_start),
        cmocka_unit_test(a_blank_key_beside_a_good_one_is_dropped),
        cmocka_unit_test(values_out_of_range_stop_the_start),
        cmocka_unit_test(values_at_the_limits_are_accepted),
        cmocka_unit_test(webhooks_are_complete_with_their_defaults),
        cmocka_unit_test(debug_and_ci_change_the_log),
        cmocka_unit_test(the_root_path_is_the_path_of_the_url),
        cmocka_unit_test(children_are_told_an_address_they_can_reach),
        cmocka_unit_test(changes_replace_options_whole),
        cmocka_unit_test(changes_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
