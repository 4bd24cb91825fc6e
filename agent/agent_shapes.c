/*
 * What no table shows: a member without `missing` is required, and one whose `missing` is "" is
 * left out when it is absent.
 */
#include "agent/agent_shapes.h"

#include "server/base/attributes.h"

#define SHAPE(variable, class_name, table, ...)                                                    \
    const struct shape variable = {                                                                \
        .name = (class_name), .members = (table), .count = ARRAY_SIZE(table), __VA_ARGS__}

/* --- language models --- */

static const struct shape_member llm_members[] = {
    {.name = "model", .kind = SHAPE_STRING},
    {.name = "api_key", .kind = SHAPE_SECRET, .missing = "null"},
    {.name = "provider_connection_id", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "auth_type", .kind = SHAPE_STRING, .missing = "\"api_key\""},
    {.name = "subscription_vendor", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "base_url", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "api_version", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "aws_access_key_id", .kind = SHAPE_SECRET, .missing = "null"},
    {.name = "aws_secret_access_key", .kind = SHAPE_SECRET, .missing = "null"},
    {.name = "aws_session_token", .kind = SHAPE_SECRET, .missing = "null"},
    {.name = "aws_region_name", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "aws_profile_name", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "aws_role_name", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "aws_session_name", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "aws_bedrock_runtime_endpoint", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "openrouter_site_url",
     .kind = SHAPE_STRING,
     .missing = "\"https://docs.all-hands.dev/\""},
    {.name = "openrouter_app_name", .kind = SHAPE_STRING, .missing = "\"OpenHands\""},
    {.name = "num_retries", .kind = SHAPE_INT, .missing = "5"},
    {.name = "retry_multiplier", .kind = SHAPE_FLOAT, .missing = "8.0"},
    {.name = "retry_min_wait", .kind = SHAPE_INT, .missing = "8"},
    {.name = "retry_max_wait", .kind = SHAPE_INT, .missing = "64"},
    {.name = "timeout", .kind = SHAPE_INT, .missing = "300"},
    {.name = "stream_idle_timeout", .kind = SHAPE_FLOAT, .missing = "300.0", .same_as = "timeout"},
    {.name = "max_message_chars", .kind = SHAPE_INT, .missing = "30000"},
    {.name = "temperature", .kind = SHAPE_FLOAT, .missing = "null"},
    {.name = "top_p", .kind = SHAPE_FLOAT, .missing = "null"},
    {.name = "top_k", .kind = SHAPE_FLOAT, .missing = "null"},
    {.name = "max_input_tokens", .kind = SHAPE_INT, .missing = "null"},
    {.name = "max_output_tokens", .kind = SHAPE_INT, .missing = "null"},
    {.name = "model_canonical_name", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "api_mode", .kind = SHAPE_STRING, .missing = "\"auto\""},
    {.name = "capability_overrides", .kind = SHAPE_OBJECT, .missing = "{}"},
    {.name = "extra_headers", .kind = SHAPE_OBJECT, .missing = "null"},
    {.name = "input_cost_per_token", .kind = SHAPE_FLOAT, .missing = "null"},
    {.name = "output_cost_per_token", .kind = SHAPE_FLOAT, .missing = "null"},
    {.name = "ollama_base_url", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "stream", .kind = SHAPE_BOOL, .missing = "false"},
    {.name = "drop_params", .kind = SHAPE_BOOL, .missing = "true"},
    {.name = "disable_vision", .kind = SHAPE_BOOL, .missing = "null"},
    {.name = "disable_stop_word", .kind = SHAPE_BOOL, .missing = "false"},
    {.name = "caching_prompt", .kind = SHAPE_BOOL, .missing = "true"},
    {.name = "log_completions", .kind = SHAPE_BOOL, .missing = "false"},
    {.name = "log_completions_folder", .kind = SHAPE_STRING, .missing = "\"logs/completions\""},
    {.name = "custom_tokenizer", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "native_tool_calling", .kind = SHAPE_BOOL, .missing = "true"},
    {.name = "force_string_serializer", .kind = SHAPE_BOOL, .missing = "null"},
    {.name = "inline_image_urls", .kind = SHAPE_BOOL, .missing = "null"},
    {.name = "reasoning_effort", .kind = SHAPE_STRING, .missing = "\"high\""},
    {.name = "reasoning_summary", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "enable_encrypted_reasoning", .kind = SHAPE_BOOL, .missing = "true"},
    {.name = "prompt_cache_retention", .kind = SHAPE_STRING, .missing = "\"24h\""},
    {.name = "extended_thinking_budget", .kind = SHAPE_INT, .missing = "200000"},
    {.name = "seed", .kind = SHAPE_INT, .missing = "null"},
    {.name = "usage_id", .kind = SHAPE_STRING, .missing = "\"default\""},
    {.name = "litellm_extra_body", .kind = SHAPE_OBJECT, .missing = "{}"},
    {.name = "is_subscription", .kind = SHAPE_BOOL, .missing = "false"},
};
SHAPE(llm_shape, "LLM", llm_members, .kind = NULL);

/* --- condensers --- */

static const struct shape_member summarizing_members[] = {
    {.name = "llm", .kind = SHAPE_ONE, .shape = &llm_shape},
    {.name = "max_size", .kind = SHAPE_INT, .missing = "240"},
    {.name = "max_tokens", .kind = SHAPE_INT, .missing = "null"},
    {.name = "keep_first", .kind = SHAPE_INT, .missing = "2"},
    {.name = "minimum_progress", .kind = SHAPE_FLOAT, .missing = "0.1"},
    {.name = "hard_context_reset_max_retries", .kind = SHAPE_INT, .missing = "5"},
    {.name = "hard_context_reset_context_scaling", .kind = SHAPE_FLOAT, .missing = "0.8"},
};
static SHAPE(summarizing_shape, "LLMSummarizingCondenser", summarizing_members,
             .kind = "LLMSummarizingCondenser");
static const struct shape no_condenser_shape = {.name = "NoOpCondenser", .kind = "NoOpCondenser"};
static const struct shape condenser_shape;
static const struct shape_member pipeline_members[] = {
    {.name = "condensers", .kind = SHAPE_MANY, .shape = &condenser_shape},
};
static SHAPE(pipeline_shape, "PipelineCondenser", pipeline_members, .kind = "PipelineCondenser");
static const struct shape *const condensers[] = {&summarizing_shape, &no_condenser_shape,
                                                 &pipeline_shape, NULL};
static const struct shape condenser_shape = {
    .name = "CondenserBase",
    .choices = condensers,
    .path = "openhands.sdk.context.condenser.base.CondenserBase",
};

/* --- what else stands in an agent --- */

static const struct shape_member auth_members[] = {
    {.name = "value", .kind = SHAPE_SECRET, .missing = ""},
    {.name = "password", .kind = SHAPE_SECRET, .missing = ""},
    {.name = "access_token", .kind = SHAPE_SECRET, .missing = ""},
    {.name = "refresh_token", .kind = SHAPE_SECRET, .missing = ""},
    {.name = "client_secret", .kind = SHAPE_SECRET, .missing = ""},
    {.name = "headers", .kind = SHAPE_SECRET_MAP, .missing = ""},
};
static SHAPE(auth_shape, "MCPAuth", auth_members, .keeps_unknown = true, .word = "oauth");
static const struct shape_member server_members[] = {
    {.name = "env", .kind = SHAPE_SECRET_MAP, .missing = ""},
    {.name = "headers", .kind = SHAPE_SECRET_MAP, .missing = ""},
    {.name = "auth", .kind = SHAPE_ONE, .missing = "", .shape = &auth_shape},
    {.name = "enabled", .kind = SHAPE_BOOL, .missing = ""},
};
static SHAPE(server_shape, "MCPServer", server_members, .keeps_unknown = true);
static const struct shape_member tool_members[] = {
    {.name = "name", .kind = SHAPE_STRING},
    {.name = "params", .kind = SHAPE_OBJECT, .missing = "{}"},
};
static SHAPE(tool_shape, "Tool", tool_members, .kind = NULL);
static const struct shape_member context_members[] = {
    {.name = "skills", .kind = SHAPE_LIST, .missing = "[]"},
    {.name = "system_message_suffix", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "user_message_suffix", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "load_user_skills", .kind = SHAPE_BOOL, .missing = "false"},
    {.name = "load_public_skills", .kind = SHAPE_BOOL, .missing = "false"},
    {.name = "marketplace_path",
     .kind = SHAPE_STRING,
     .missing = "\"marketplaces/default.json\"",
     .keeps_null = true},
    {.name = "registered_marketplaces", .kind = SHAPE_LIST, .missing = "[]"},
    {.name = "load_project_skills", .kind = SHAPE_BOOL, .missing = "false"},
    {.name = "load_memory", .kind = SHAPE_BOOL, .missing = "false"},
    {.name = "memory_context", .kind = SHAPE_STRING, .missing = ""},
    {.name = "disabled_skills", .kind = SHAPE_LIST, .missing = "[]"},
    {.name = "secrets", .kind = SHAPE_SOURCES, .missing = "null"},
    {.name = "current_datetime", .kind = SHAPE_STRING, .missing = "null"},
};
static SHAPE(context_shape, "AgentContext", context_members, .kind = NULL);
static const struct shape_member prompt_members[] = {
    {.name = "llm_security_analyzer", .kind = SHAPE_ANY, .missing = "true"},
    {.name = "enable_browser", .kind = SHAPE_GONE, .missing = ""},
};
static SHAPE(prompt_shape, "dict", prompt_members, .keeps_unknown = true);
static const struct shape_member critic_members[] = {
    {.name = "api_key", .kind = SHAPE_SECRET, .missing = ""},
};
static SHAPE(critic_shape, "CriticBase", critic_members, .keeps_unknown = true);

/* --- agents --- */

static const struct shape_member plain_agent_members[] = {
    {.name = "llm", .kind = SHAPE_ONE, .shape = &llm_shape},
    {.name = "tools", .kind = SHAPE_MANY, .missing = "[]", .shape = &tool_shape},
    {.name = "mcp_config", .kind = SHAPE_MAP, .missing = "{}", .shape = &server_shape},
    {.name = "filter_tools_regex", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "include_default_tools",
     .kind = SHAPE_LIST,
     .missing = "[\"FinishTool\",\"ThinkTool\"]"},
    {.name = "agent_context", .kind = SHAPE_ONE, .missing = "null", .shape = &context_shape},
    {.name = "system_prompt", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "system_prompt_filename", .kind = SHAPE_STRING, .missing = "\"system_prompt.j2\""},
    {.name = "security_policy_filename", .kind = SHAPE_STRING, .missing = "\"security_policy.j2\""},
    {.name = "system_prompt_kwargs",
     .kind = SHAPE_ONE,
     .missing = "{\"llm_security_analyzer\":true}",
     .shape = &prompt_shape},
    {.name = "condenser", .kind = SHAPE_ONE, .missing = "null", .shape = &condenser_shape},
    {.name = "critic", .kind = SHAPE_ONE, .missing = "null", .shape = &critic_shape},
    {.name = "tool_concurrency_limit", .kind = SHAPE_INT, .missing = "1"},
    {.name = "persona", .kind = SHAPE_ANY, .missing = "null"},
};
static SHAPE(plain_agent_shape, "Agent", plain_agent_members, .kind = "Agent");
static const struct shape_member acp_agent_members[] = {
    {.name = "llm", .kind = SHAPE_ONE, .missing = "", .shape = &llm_shape},
    {.name = "mcp_config", .kind = SHAPE_MAP, .missing = "", .shape = &server_shape},
    {.name = "agent_context", .kind = SHAPE_ONE, .missing = "", .shape = &context_shape},
    {.name = "acp_env", .kind = SHAPE_SECRET_MAP, .missing = ""},
    {.name = "acp_resume_session_id", .kind = SHAPE_SECRET, .missing = ""},
};
static SHAPE(acp_agent_shape, "ACPAgent", acp_agent_members, .kind = "ACPAgent",
             .keeps_unknown = true);
static const struct shape *const agents[] = {&acp_agent_shape, &plain_agent_shape, NULL};
const struct shape agent_shape = {
    .name = "AgentBase",
    .choices = agents,
    .path = "openhands.sdk.agent.base.AgentBase",
};

/* --- other objects of a request --- */

static const struct shape_member definition_members[] = {
    {.name = "name", .kind = SHAPE_STRING},
    {.name = "description", .kind = SHAPE_STRING, .missing = "\"\""},
    {.name = "model", .kind = SHAPE_STRING, .missing = "\"inherit\""},
    {.name = "color", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "tools", .kind = SHAPE_LIST, .missing = "[]"},
    {.name = "skills", .kind = SHAPE_LIST, .missing = "[]"},
    {.name = "system_prompt", .kind = SHAPE_STRING, .missing = "\"\""},
    {.name = "source", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "level", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "when_to_use_examples", .kind = SHAPE_LIST, .missing = "[]"},
    {.name = "hooks", .kind = SHAPE_ANY, .missing = "null"},
    {.name = "permission_mode", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "max_iteration_per_run", .kind = SHAPE_INT, .missing = "null"},
    {.name = "max_budget_per_run", .kind = SHAPE_FLOAT, .missing = "null"},
    {.name = "mcp_config", .kind = SHAPE_MAP, .missing = "null", .shape = &server_shape},
    {.name = "profile_store_dir", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "condenser", .kind = SHAPE_ANY, .missing = "null"},
    {.name = "metadata", .kind = SHAPE_OBJECT, .missing = "{}"},
};
SHAPE(agent_definition_shape, "AgentDefinition", definition_members, .kind = NULL);
static const struct shape_member client_tool_members[] = {
    {.name = "name", .kind = SHAPE_STRING},
    {.name = "description", .kind = SHAPE_STRING},
    {.name = "parameters",
     .kind = SHAPE_OBJECT,
     .missing = "{\"type\":\"object\",\"properties\":{}}"},
    {.name = "annotations", .kind = SHAPE_ANY, .missing = "null"},
};
SHAPE(client_tool_shape, "ClientToolSpec", client_tool_members, .kind = NULL);
static const struct shape_member additions_members[] = {
    {.name = "system_message_suffix_append", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "skills", .kind = SHAPE_LIST, .missing = "[]"},
    {.name = "llm_profile_ref", .kind = SHAPE_STRING, .missing = "null"},
};
SHAPE(launch_additions_shape, "AgentLaunchAdditions", additions_members, .forbids_unknown = true);
static const struct shape_member message_members[] = {
    {.name = "role", .kind = SHAPE_STRING, .missing = "\"user\""},
    {.name = "content", .kind = SHAPE_LIST, .missing = "[]"},
    {.name = "run", .kind = SHAPE_BOOL, .missing = "false"},
};
SHAPE(message_request_shape, "SendMessageRequest", message_members, .kind = NULL);
static const struct shape_member plugin_members[] = {
    {.name = "source", .kind = SHAPE_STRING},
    {.name = "ref", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "repo_path", .kind = SHAPE_STRING, .missing = "null"},
};
SHAPE(plugin_shape, "PluginSource", plugin_members, .kind = NULL);
static const struct shape_member worktree_members[] = {
    {.name = "base", .kind = SHAPE_STRING, .missing = "\"default_branch\""},
    {.name = "ref", .kind = SHAPE_STRING, .missing = "null"},
    {.name = "branch_prefix", .kind = SHAPE_STRING, .missing = "\"openhands/\""},
};
SHAPE(worktree_options_shape, "WorktreeOptions", worktree_members, .forbids_unknown = true);
static const struct shape_member risky_members[] = {
    {.name = "threshold", .kind = SHAPE_THRESHOLD, .missing = "\"HIGH\""},
    {.name = "confirm_unknown", .kind = SHAPE_BOOL, .missing = "true"},
};
static const struct shape always_shape = {.name = "AlwaysConfirm", .kind = "AlwaysConfirm"};
static const struct shape never_shape = {.name = "NeverConfirm", .kind = "NeverConfirm"};
static SHAPE(risky_shape, "ConfirmRisky", risky_members, .kind = "ConfirmRisky");
static const struct shape *const policies[] = {&always_shape, &risky_shape, &never_shape, NULL};
const struct shape confirmation_policy_shape = {
    .name = "ConfirmationPolicyBase",
    .choices = policies,
    .path = "openhands.sdk.security.confirmation_policy.ConfirmationPolicyBase",
};

/* What is left out when nothing is given stands for tables of the reference's own. The keys of
 * services that this server cannot ask are not kept. */
static const struct shape_member pattern_members[] = {
    {.name = "high_patterns", .kind = SHAPE_LIST, .missing = ""},
    {.name = "medium_patterns", .kind = SHAPE_LIST, .missing = ""},
    {.name = "injection_high_patterns", .kind = SHAPE_LIST, .missing = ""},
    {.name = "injection_medium_patterns", .kind = SHAPE_LIST, .missing = ""},
};
static const struct shape_member ensemble_members[] = {
    {.name = "analyzers", .kind = SHAPE_SOME, .shape = &security_analyzer_shape},
    {.name = "propagate_unknown", .kind = SHAPE_BOOL, .missing = "false"},
};
static const struct shape_member grayswan_members[] = {
    {.name = "history_limit", .kind = SHAPE_INT, .missing = "20"},
    {.name = "max_message_chars", .kind = SHAPE_INT, .missing = "30000"},
    {.name = "timeout", .kind = SHAPE_FLOAT, .missing = "30.0"},
    {.name = "low_threshold", .kind = SHAPE_FLOAT, .missing = "0.3"},
    {.name = "medium_threshold", .kind = SHAPE_FLOAT, .missing = "0.7"},
    {.name = "api_url",
     .kind = SHAPE_STRING,
     .missing = "\"https://api.grayswan.ai/cygnal/monitor\""},
    {.name = "api_key", .kind = SHAPE_GONE, .missing = ""},
    {.name = "policy_id", .kind = SHAPE_STRING, .missing = "null"},
};
static const struct shape_member shield_llm_members[] = {
    {.name = "model", .kind = SHAPE_STRING},
    {.name = "api_key", .kind = SHAPE_GONE, .missing = ""},
    {.name = "aws_access_key_id", .kind = SHAPE_GONE, .missing = ""},
    {.name = "aws_secret_access_key", .kind = SHAPE_GONE, .missing = ""},
    {.name = "aws_session_token", .kind = SHAPE_GONE, .missing = ""},
    {.name = "extra_headers", .kind = SHAPE_GONE, .missing = ""},
};
static SHAPE(shield_llm_shape, "LLM", shield_llm_members, .keeps_unknown = true);
static const struct shape_member shield_members[] = {
    {.name = "llm", .kind = SHAPE_ONE, .shape = &shield_llm_shape},
    {.name = "history_window", .kind = SHAPE_INT, .missing = "20"},
    {.name = "safety_experiences", .kind = SHAPE_STRING, .missing = "\"\""},
};
static SHAPE(pattern_shape, "PatternSecurityAnalyzer", pattern_members,
             .kind = "PatternSecurityAnalyzer");
static SHAPE(ensemble_shape, "EnsembleSecurityAnalyzer", ensemble_members,
             .kind = "EnsembleSecurityAnalyzer");
static SHAPE(grayswan_shape, "GraySwanAnalyzer", grayswan_members, .kind = "GraySwanAnalyzer");
static SHAPE(shield_shape, "ToolShieldLLMSecurityAnalyzer", shield_members,
             .kind = "ToolShieldLLMSecurityAnalyzer");
static const struct shape rail_shape = {.name = "PolicyRailSecurityAnalyzer",
                                        .kind = "PolicyRailSecurityAnalyzer"};
static const struct shape llm_analyzer_shape = {.name = "LLMSecurityAnalyzer",
                                                .kind = "LLMSecurityAnalyzer"};
static const struct shape *const analyzers[] = {
    &pattern_shape, &rail_shape, &ensemble_shape, &grayswan_shape, &llm_analyzer_shape,
    &shield_shape,  NULL};
const struct shape security_analyzer_shape = {
    .name = "SecurityAnalyzerBase",
    .choices = analyzers,
    .path = "openhands.sdk.security.analyzer.SecurityAnalyzerBase",
};
