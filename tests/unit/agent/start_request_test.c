#include "agent/start_request.h"

#include "agent/cipher.h"
#include "server/base/clock.h"
#include "server/base/json.h"
#include "server/base/schema.h"
#include "tests/support/recorded.h"

#define AGENT     "\"agent\":{\"llm\":{\"model\":\"m\",\"api_key\":\"k\"}}"
#define WORKSPACE "\"workspace\":{\"working_dir\":\"/w\"}"

static struct buf items;
static struct error error;

static struct start_request *decode_with(const char *body, const struct cipher *cipher)
{
    struct issues issues;
    struct doc_error why;
    struct start_request *request = NULL;
    struct doc *doc = doc_parse(str_from(body), &why);
    assert_non_null(doc);
    buf_fini(&items);
    error = (struct error){0};
    issues_init(&issues, &items);
    if (!start_request_decode(doc_root(doc), cipher, &issues, &request, &error))
        assert_null(request);
    doc_free(doc);
    return request;
}

static struct start_request *decode(const char *members)
{
    return decode_with(arena_printf(&folder.arena, "{" AGENT "," WORKSPACE "%s}", members).data,
                       NULL);
}

static int close_items(void **state)
{
    buf_fini(&items);
    return folder_close(state);
}

/* What is given, and two parts of the item of the 422 answer. */
struct refusal {
    const char *given;
    const char *loc;
    const char *message;
};

static void check_items(const struct refusal *refusal)
{
    scoped_buf struct buf place = {0};
    buf_printf(&place, "\"loc\":[\"body\"%s]", refusal->loc);
    if (!str_contains(buf_str(&items), buf_str(&place)) ||
        !str_contains(buf_str(&items), str_from(refusal->message)))
        fail_msg("%s: %s", refusal->given, items.data);
}

static void check_members(const struct refusal *refusal)
{
    assert_null(decode(refusal->given));
    check_items(refusal);
}

static void check_agent(const struct refusal *refusal)
{
    scoped_buf struct buf body = {0};
    buf_printf(&body, "{%s%s" WORKSPACE "}", refusal->given, refusal->given[0] == '\0' ? "" : ",");
    assert_null(decode_with(body.data, NULL));
    check_items(refusal);
}

#define ASSERT_REFUSED(...)       check_members(&(struct refusal){__VA_ARGS__})
#define ASSERT_AGENT_REFUSED(...) check_agent(&(struct refusal){__VA_ARGS__})

static void the_smallest_request_is_completed(void **state)
{
    (void)state;
    struct start_request *request = decode("");
    assert_non_null(request);
    assert_string_equal(request->working_dir, "/w");
    assert_int_equal(request->max_iterations, 500);
    assert_true(request->stuck_detection);
    assert_text(meta_json(request->meta, META_WORKSPACE),
                STR("{\"working_dir\":\"/w\",\"kind\":\"LocalWorkspace\"}"));
    assert_true(str_contains(str_from(request->agent), STR("\"include_default_tools\":[\"Finish")));
    start_request_free(request);
}

static void a_request_of_a_client_is_kept_as_the_reference_keeps_it(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    struct start_request *request = decode_with(recorded_read("request.json").data, NULL);
    assert_non_null(request);
    meta_print(request->meta, NULL, &out);
    const struct str expected = recorded_read("meta.json");
    assert_text(str_slice(buf_str(&out), 0, str_find(buf_str(&out), STR("\"id\""))),
                str_slice(expected, 0, str_find(expected, STR("\"id\""))));
    assert_int_equal(request->level, EVENT_LEVEL_1_40);
    start_request_free(request);
}

static void members_that_do_not_fit_are_named(void **state)
{
    (void)state;
    ASSERT_REFUSED(",\"max_iterations\":0", ",\"max_iterations\"", "greater_than_equal");
    ASSERT_REFUSED(",\"conversation_id\":\"zz\"", ",\"conversation_id\"", "uuid_parsing");
    ASSERT_REFUSED(",\"tags\":{\"A\":\"b\"}", ",\"tags\"",
                   "Value error, Tag key 'A' is invalid: keys must be lowercase alphanumeric "
                   "only");
    ASSERT_REFUSED(",\"confirmation_policy\":{\"kind\":\"X\"}", ",\"confirmation_policy\"",
                   "Value error, Unknown kind 'X' for openhands.sdk.security.confirmation_policy."
                   "ConfirmationPolicyBase; Expected one of: ['AlwaysConfirm', 'ConfirmRisky', "
                   "'NeverConfirm']");
    ASSERT_REFUSED(",\"worktree_options\":{\"base\":\"ref\"}", ",\"worktree_options\"",
                   "Value error, A `ref` base needs a `ref`");
    ASSERT_REFUSED(",\"worktree_options\":{\"foo\":1}", ",\"worktree_options\",\"foo\"",
                   "extra_forbidden");
    ASSERT_REFUSED(",\"plugins\":[{}]", ",\"plugins\",\"source\"", "missing");
    ASSERT_REFUSED(",\"observability_span_name\":\"a b\"", ",\"observability_span_name\"",
                   "Observability span name may only contain");
    ASSERT_REFUSED(",\"agent_launch_additions\":{\"llm_profile_ref\":\"x\"}", "",
                   "Value error, `agent_launch_additions.llm_profile_ref` requires "
                   "`agent_profile_id`");
    ASSERT_REFUSED(",\"client_tools\":[{\"name\":\"a\",\"description\":\"b\",\"parameters\":"
                   "{\"type\":\"array\"}}]",
                   ",\"client_tools\"",
                   "ClientToolSpec.parameters must be an object JSON Schema (got type='array')");
}

static void policies_and_analyzers_that_do_not_fit_are_named(void **state)
{
    (void)state;
#define RISKY(value) ",\"confirmation_policy\":{\"kind\":\"ConfirmRisky\",\"threshold\":" value "}"
    ASSERT_REFUSED(RISKY("\"UNKNOWN\""), ",\"confirmation_policy\",\"threshold\"",
                   "Value error, Threshold cannot be UNKNOWN");
    ASSERT_REFUSED(RISKY("\"SEVERE\""), ",\"confirmation_policy\",\"threshold\"",
                   "\"ctx\":{\"expected\":\"'UNKNOWN', 'LOW', 'MEDIUM' or 'HIGH'\"}");
    ASSERT_REFUSED(RISKY("3"), ",\"confirmation_policy\",\"threshold\"",
                   "Input should be 'UNKNOWN', 'LOW', 'MEDIUM' or 'HIGH'");
#define ANALYZER(kind, more) ",\"security_analyzer\":{\"kind\":\"" kind "\"" more "}"
    ASSERT_REFUSED(ANALYZER("X", ""), ",\"security_analyzer\"", "Unknown kind 'X'");
    ASSERT_REFUSED(ANALYZER("EnsembleSecurityAnalyzer", ""), ",\"security_analyzer\",\"analyzers\"",
                   "Field required");
    ASSERT_REFUSED(ANALYZER("EnsembleSecurityAnalyzer", ",\"analyzers\":[]"),
                   ",\"security_analyzer\",\"analyzers\"", "too_short");
    ASSERT_REFUSED(ANALYZER("EnsembleSecurityAnalyzer", ",\"analyzers\":[{\"kind\":\"X\"}]"),
                   ",\"security_analyzer\"", "Unknown kind 'X'");
    ASSERT_REFUSED(ANALYZER("PatternSecurityAnalyzer", ",\"high_patterns\":5"),
                   ",\"security_analyzer\",\"high_patterns\"", "list_type");
    ASSERT_REFUSED(ANALYZER("ToolShieldLLMSecurityAnalyzer", ""), ",\"security_analyzer\",\"llm\"",
                   "Field required");
#undef RISKY
}

static void an_analyzer_is_completed_without_keys_that_nothing_uses(void **state)
{
    (void)state;
    struct start_request *request = decode(
        ANALYZER("ToolShieldLLMSecurityAnalyzer", ",\"llm\":{\"model\":\"m\",\"api_key\":\"k\"}"));
    assert_non_null(request);
    assert_text(meta_json(request->meta, META_SECURITY_ANALYZER),
                STR("{\"llm\":{\"model\":\"m\"},\"history_window\":20,\"safety_experiences\":\"\","
                    "\"kind\":\"ToolShieldLLMSecurityAnalyzer\"}"));
    start_request_free(request);
#undef ANALYZER
}

static void an_agent_is_needed_and_has_to_fit(void **state)
{
    (void)state;
    ASSERT_AGENT_REFUSED("", "",
                         "One of `agent`, `agent_settings`, or `agent_profile_id` must be "
                         "provided");
    ASSERT_AGENT_REFUSED("\"agent\":{}", ",\"agent\"",
                         "Value error, Unknown kind '' for openhands.sdk.agent.base.AgentBase; "
                         "Expected one of: ['ACPAgent', 'Agent']");
    ASSERT_AGENT_REFUSED("\"agent\":{\"llm\":{}}", ",\"agent\",\"llm\"",
                         "Value error, model must be specified in LLM");
    ASSERT_AGENT_REFUSED("\"agent\":5", ",\"agent\"",
                         "Input should be a valid dictionary or object to extract fields from");
    ASSERT_AGENT_REFUSED("\"agent\":{\"llm\":{\"model\":\"x\"},\"tools\":[{}]}",
                         ",\"agent\",\"name\"", "Field required");
    ASSERT_AGENT_REFUSED(AGENT ",\"agent_profile_id\":\"11111111-1111-1111-1111-111111111111\"", "",
                         "Value error, `agent_profile_id` is mutually exclusive with `agent`");
}

static void a_workspace_is_needed(void **state)
{
    (void)state;
    assert_null(decode_with("{" AGENT "}", NULL));
    assert_true(str_contains(buf_str(&items), STR("\"loc\":[\"body\",\"workspace\"]")));
    assert_null(decode_with("{" AGENT ",\"workspace\":{}}", NULL));
    assert_null(decode_with("{" AGENT ",\"workspace\":\"/w\"}", NULL));
}

static void refusals_show_no_secrets(void **state)
{
    (void)state;
    assert_null(decode_with("{\"agent\":{\"llm\":{\"model\":\"m\",\"api_key\":\"sk-shown\","
                            "\"timeout\":\"x\"}},\"secrets\":{\"A\":{\"kind\":\"Z\",\"value\":"
                            "\"sk-shown\"}}," WORKSPACE "}",
                            NULL));
    assert_false(str_contains(buf_str(&items), STR("sk-shown")));
}

static void other_runtimes_are_refused(void **state)
{
    (void)state;
    assert_null(decode(",\"conversation_runtime\":\"docker\""));
    assert_int_equal(error.code, ERROR_UNPROCESSABLE);
    assert_string_equal(error.text, "This server only runs local conversations");
    struct start_request *request = decode(",\"conversation_runtime\":\"local\"");
    assert_non_null(request);
    start_request_free(request);
}

static void encrypted_values_need_the_key(void **state)
{
    (void)state;
    scoped_buf struct buf token = {0};
    scoped_buf struct buf body = {0};
    struct cipher *cipher = cipher_new(STR("key"), NULL, 0);
    cipher_seal(cipher, STR("sk-plain"), &token);
    buf_printf(&body,
               "{\"agent\":{\"llm\":{\"model\":\"m\",\"api_key\":\"%s\"}},"
               "\"secrets_encrypted\":true," WORKSPACE "}",
               token.data);
    assert_null(decode_with(body.data, NULL));
    assert_int_equal(error.code, ERROR_INTERNAL);
    assert_string_equal(error.text, "Cannot decrypt secrets: cipher not configured. Set "
                                    "OH_SECRET_KEY environment variable.");
    struct start_request *request = decode_with(body.data, cipher);
    assert_non_null(request);
    assert_true(str_contains(str_from(request->agent), STR("\"sk-plain\"")));
    start_request_free(request);
    cipher_free(cipher);
}

static void the_level_follows_from_what_a_client_sends(void **state)
{
    (void)state;
    static const struct {
        const char *agent;
        enum event_level level;
    } rows[] = {
        {"{\"llm\":{\"model\":\"m\"}}", EVENT_LEVEL_1_40},
        {"{\"llm\":{\"model\":\"m\",\"openrouter_site_url\":\"u\",\"api_mode\":\"auto\"}}",
         EVENT_LEVEL_1_40},
        {"{\"llm\":{\"model\":\"m\",\"openrouter_site_url\":\"u\"},\"system_prompt\":null,"
         "\"mcp_config\":{}}",
         EVENT_LEVEL_1_32},
        {"{\"llm\":{\"model\":\"m\",\"openrouter_site_url\":\"u\"},\"system_prompt\":null,"
         "\"mcp_config\":{\"mcpServers\":{}}}",
         EVENT_LEVEL_1_20},
        {"{\"llm\":{\"model\":\"m\",\"openrouter_site_url\":\"u\"},\"mcp_config\":{}}",
         EVENT_LEVEL_1_10},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        scoped_buf struct buf body = {0};
        buf_printf(&body, "{\"agent\":%s," WORKSPACE "}", rows[i].agent);
        struct start_request *request = decode_with(body.data, NULL);
        assert_non_null(request);
        assert_int_equal(request->level, rows[i].level);
        start_request_free(request);
    }
}

static void wrapped_servers_of_older_clients_are_unwrapped(void **state)
{
    (void)state;
    struct start_request *request =
        decode_with("{\"agent\":{\"llm\":{\"model\":\"m\"},\"mcp_config\":{\"mcpServers\":{\"s\":"
                    "{\"command\":\"c\"}}}}," WORKSPACE "}",
                    NULL);
    assert_true(
        str_contains(str_from(request->agent), STR("\"mcp_config\":{\"s\":{\"command\":\"c\"}}")));
    start_request_free(request);
}

static void modules_of_known_tools_are_added(void **state)
{
    (void)state;
    struct start_request *request = decode_with(
        "{\"agent\":{\"llm\":{\"model\":\"m\"},\"tools\":[{\"name\":\"terminal\"},"
        "{\"name\":\"own\"}]},\"tool_module_qualnames\":{\"own\":\"a.b\"}," WORKSPACE "}",
        NULL);
    assert_text(meta_json(request->meta, META_TOOL_MODULES),
                STR("{\"own\":\"a.b\",\"terminal\":\"openhands.tools.terminal.definition\"}"));
    start_request_free(request);
}

static void client_tools_become_tools_of_the_agent(void **state)
{
    (void)state;
    struct start_request *request =
        decode(",\"client_tools\":[{\"name\":\"ask\",\"description\":\"d\"}]");
    assert_true(str_contains(
        str_from(request->agent),
        STR("\"tools\":[{\"name\":\"ask\",\"params\":{\"spec\":{\"name\":\"ask\",\"description\":"
            "\"d\",\"parameters\":{\"type\":\"object\",\"properties\":{}},\"annotations\":null}}"
            "}]")));
    start_request_free(request);
}

static void names_of_client_tools_are_their_own(void **state)
{
    (void)state;
    assert_null(decode(",\"client_tools\":[{\"name\":\"a\",\"description\":\"d\"},"
                       "{\"name\":\"a\",\"description\":\"d\"}]"));
    assert_int_equal(error.code, ERROR_UNPROCESSABLE);
    assert_string_equal(error.text, "Duplicate client tool name 'a' in one registration request. "
                                    "Client tool names must be unique.");
    assert_null(decode(",\"client_tools\":[{\"name\":\"terminal\",\"description\":\"d\"}]"));
    assert_string_equal(error.text,
                        "Client tool name 'terminal' collides with an existing non-client tool. "
                        "Choose a unique client tool name.");
}

static void additions_go_into_the_context(void **state)
{
    (void)state;
    struct start_request *request = decode_with(
        "{\"agent\":{\"llm\":{\"model\":\"m\"},\"agent_context\":{\"system_message_suffix\":\"a\","
        "\"skills\":[{\"name\":\"one\",\"content\":\"own\"}],\"disabled_skills\":[\"two\"]}},"
        "\"agent_launch_additions\":{\"system_message_suffix_append\":\"b\",\"skills\":["
        "{\"name\":\"one\"},{\"name\":\"two\"},{\"name\":\"three\"}]}," WORKSPACE "}",
        NULL);
    const struct str agent = str_from(request->agent);
    assert_true(str_contains(agent, STR("\"system_message_suffix\":\"a\\n\\nb\"")));
    assert_true(str_contains(
        agent, STR("\"skills\":[{\"name\":\"one\",\"content\":\"own\"},{\"name\":\"three\"}]")));
    start_request_free(request);
}

static void check_time(const char *members, const char *expected)
{
    struct start_request *request =
        decode_with(arena_printf(&folder.arena,
                                 "{\"agent\":{\"llm\":{\"model\":\"m\"}%s," WORKSPACE "}", members)
                        .data,
                    NULL);
    scoped_buf struct buf member = {0};
    assert_non_null(request);
    buf_printf(&member, "\"current_datetime\":%s", expected);
    if (!str_contains(str_from(request->agent), buf_str(&member)))
        fail_msg("%s: %s", members, request->agent);
    start_request_free(request);
}

static void a_context_that_is_silent_about_the_time_gets_it(void **state)
{
    (void)state;
#define CONTEXT(members) ",\"agent_context\":{" members "}}"
    clock_set_fake(0, 1795227799667816);
    check_time(CONTEXT(""), "\"2026-11-2");
    check_time(CONTEXT("\"current_datetime\":null"), "null");
    check_time(CONTEXT("\"current_datetime\":\"2020-01-01T00:00:00Z\""),
               "\"2026-11-21T02:23:19.667816Z\"");
    check_time(CONTEXT("\"current_datetime\":\"2020-01-01T00:00:00+08:00\""),
               "\"2026-11-21T10:23:19.667816+08:00\"");
    check_time(CONTEXT("\"current_datetime\":\"Tuesday\""), "\"Tuesday\"");
    check_time("},\"agent_launch_additions\":{\"system_message_suffix_append\":\"b\"}", "null");
    clock_set_fake(0, -1);
#undef CONTEXT
}

static void settings_become_an_agent(void **state)
{
    (void)state;
    struct start_request *request = decode_with(
        "{\"agent_settings\":{\"agent_kind\":\"openhands\",\"llm\":{\"model\":\"gpt-4o\"},"
        "\"tools\":[{\"name\":\"terminal\"},{\"name\":\"invoke_skill\"}]}," WORKSPACE "}",
        NULL);
    assert_non_null(request);
    const struct str agent = str_from(request->agent);
    assert_true(str_contains(agent, STR("\"tools\":[{\"name\":\"terminal\",\"params\":{}}]")));
    assert_true(str_contains(agent, STR("\"include_default_tools\":[\"FinishTool\",\"ThinkTool\","
                                        "\"SwitchLLMTool\",\"InvokeSkillTool\"]")));
    assert_true(str_contains(agent, STR("\"usage_id\":\"condenser\"")));
    assert_true(str_contains(agent, STR("\"max_size\":240,\"max_tokens\":128000")));
    start_request_free(request);
}

static void what_is_wrong_with_an_agent_is_told_by_its_own_words(void **state)
{
    (void)state;
    ASSERT_AGENT_REFUSED("\"agent\":{\"llm\":{\"model\":\"m\",\"api_key\":1}}",
                         ",\"agent\",\"api_key\"", "Input should be a valid string");
    ASSERT_AGENT_REFUSED("\"agent_settings\":{\"llm\":{\"api_key\":\"k\"}}",
                         ",\"agent_settings\",\"llm\"", "model must be specified in LLM");
    assert_true(str_contains(buf_str(&items), STR("\"input\":{\"api_key\":")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_open, close_items)
        TEST(the_smallest_request_is_completed),
        TEST(a_request_of_a_client_is_kept_as_the_reference_keeps_it),
        TEST(members_that_do_not_fit_are_named),
        TEST(policies_and_analyzers_that_do_not_fit_are_named),
        TEST(an_analyzer_is_completed_without_keys_that_nothing_uses),
        TEST(an_agent_is_needed_and_has_to_fit),
        TEST(a_workspace_is_needed),
        TEST(refusals_show_no_secrets),
        TEST(other_runtimes_are_refused),
        TEST(encrypted_values_need_the_key),
        TEST(the_level_follows_from_what_a_client_sends),
        TEST(wrapped_servers_of_older_clients_are_unwrapped),
        TEST(modules_of_known_tools_are_added),
        TEST(client_tools_become_tools_of_the_agent),
        TEST(names_of_client_tools_are_their_own),
        TEST(additions_go_into_the_context),
        TEST(a_context_that_is_silent_about_the_time_gets_it),
        TEST(settings_become_an_agent),
        TEST(what_is_wrong_with_an_agent_is_told_by_its_own_words),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
