#include "agent/llm/config.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

/* Servers of unknown models behind a base URL take at most this much output, unless asked. */
#define BASE_URL_OUTPUT_TOKENS 16384
#define LONG_OUTPUT_TOKENS     64000

static const struct doc_value *member(const struct doc_value *llm, const char *name)
{
    const struct doc_value *value = doc_find(llm, str_from(name));
    return value == NULL || doc_kind(value) == DOC_NULL ? NULL : value;
}

/* --- one member of each kind; false when it has another --- */

static bool read_string(struct llm_config *config, const struct doc_value *llm, const char *name,
                        struct str *field, struct error *error)
{
    const struct doc_value *value = member(llm, name);
    if (value == NULL)
        return true;
    if (doc_kind(value) != DOC_STRING)
        return error_set(error, ERROR_UNPROCESSABLE, "llm.%s should be a string", name);
    *field = arena_copy(&config->arena, doc_string(value));
    return true;
}

static bool is_number(const struct doc_value *value)
{
    return doc_kind(value) == DOC_INT || doc_kind(value) == DOC_DOUBLE;
}

static bool read_number(const struct doc_value *llm, const char *name, double *field, bool *has,
                        struct error *error)
{
    const struct doc_value *value = member(llm, name);
    if (value == NULL)
        return true;
    if (!is_number(value) || doc_double(value) < 0)
        return error_set(error, ERROR_UNPROCESSABLE, "llm.%s should be a number of 0 or more",
                         name);
    *field = doc_double(value);
    if (has != NULL)
        *has = true;
    return true;
}

static bool read_int(const struct doc_value *llm, const char *name, int64_t *field,
                     struct error *error)
{
    double number = (double)*field;
    if (!read_number(llm, name, &number, NULL, error))
        return false;
    *field = number > 1e15 ? (int64_t)1e15 : (int64_t)number;
    return true;
}

static bool read_seconds(const struct doc_value *llm, const char *name, int64_t *field_ms,
                         struct error *error)
{
    double seconds = (double)*field_ms / 1000;
    if (!read_number(llm, name, &seconds, NULL, error))
        return false;
    *field_ms = seconds > 1e9 ? (int64_t)1e12 : (int64_t)(seconds * 1000);
    return true;
}

static bool read_bool(const struct doc_value *llm, const char *name, bool *field,
                      struct error *error)
{
    const struct doc_value *value = member(llm, name);
    if (value == NULL)
        return true;
    if (doc_kind(value) != DOC_BOOL)
        return error_set(error, ERROR_UNPROCESSABLE, "llm.%s should be true or false", name);
    *field = doc_bool(value);
    return true;
}

/* --- groups of members --- */

static bool read_names(struct llm_config *config, const struct doc_value *llm, struct error *error)
{
    config->usage_id = STR("default");
    config->reasoning_effort = STR("high");
    config->cache_retention = STR("24h");
    return read_string(config, llm, "model", &config->name, error) &&
           read_string(config, llm, "api_key", &config->api_key, error) &&
           read_string(config, llm, "base_url", &config->base_url, error) &&
           read_string(config, llm, "api_version", &config->api_version, error) &&
           read_string(config, llm, "usage_id", &config->usage_id, error) &&
           read_string(config, llm, "reasoning_effort", &config->reasoning_effort, error) &&
           read_string(config, llm, "reasoning_summary", &config->reasoning_summary, error) &&
           read_string(config, llm, "prompt_cache_retention", &config->cache_retention, error);
}

static bool read_sampling(struct llm_config *config, const struct doc_value *llm,
                          struct error *error)
{
    double seed = 0;
    config->thinking_budget = 200000;
    if (!read_number(llm, "temperature", &config->temperature, &config->has_temperature, error) ||
        !read_number(llm, "top_p", &config->top_p, &config->has_top_p, error) ||
        !read_number(llm, "top_k", &config->top_k, &config->has_top_k, error) ||
        !read_number(llm, "seed", &seed, &config->has_seed, error) ||
        !read_int(llm, "max_input_tokens", &config->max_input_tokens, error) ||
        !read_int(llm, "max_output_tokens", &config->max_output_tokens, error) ||
        !read_int(llm, "extended_thinking_budget", &config->thinking_budget, error))
        return false;
    config->seed = (int64_t)seed;
    return true;
}

static bool read_limits(struct llm_config *config, const struct doc_value *llm, struct error *error)
{
    int64_t retries = 5;
    config->timeout_ms = 300000;
    config->retry_multiplier = 8;
    config->retry_min_wait_ms = 8000;
    config->retry_max_wait_ms = 64000;
    if (!read_seconds(llm, "timeout", &config->timeout_ms, error))
        return false;
    config->stream_idle_timeout_ms = config->timeout_ms;
    if (!read_seconds(llm, "stream_idle_timeout", &config->stream_idle_timeout_ms, error) ||
        !read_int(llm, "num_retries", &retries, error) ||
        !read_number(llm, "retry_multiplier", &config->retry_multiplier, NULL, error) ||
        !read_seconds(llm, "retry_min_wait", &config->retry_min_wait_ms, error) ||
        !read_seconds(llm, "retry_max_wait", &config->retry_max_wait_ms, error))
        return false;
    config->num_retries = retries > 100 ? 100 : (int)retries;
    return true;
}

static bool read_switches(struct llm_config *config, const struct doc_value *llm,
                          struct error *error)
{
    config->native_tool_calling = true;
    config->caching_prompt = true;
    config->wants_encrypted_reasoning = true;
    return read_bool(llm, "stream", &config->stream, error) &&
           read_bool(llm, "native_tool_calling", &config->native_tool_calling, error) &&
           read_bool(llm, "disable_stop_word", &config->disable_stop_word, error) &&
           read_bool(llm, "caching_prompt", &config->caching_prompt, error) &&
           read_bool(llm, "log_completions", &config->log_completions, error) &&
           read_bool(llm, "enable_encrypted_reasoning", &config->wants_encrypted_reasoning, error);
}

static bool read_headers(struct llm_config *config, const struct doc_value *llm,
                         struct error *error)
{
    const struct doc_value *headers = member(llm, "extra_headers");
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    if (headers == NULL)
        return true;
    if (doc_kind(headers) != DOC_OBJECT)
        return error_set(error, ERROR_UNPROCESSABLE, "llm.extra_headers should be an object");
    config->headers = arena_zero(&config->arena, doc_count(headers), sizeof(config->headers[0]));
    while (doc_next(headers, &iterator, &name, &value)) {
        if (doc_kind(value) != DOC_STRING)
            return error_set(error, ERROR_UNPROCESSABLE,
                             "llm.extra_headers should hold strings only");
        config->headers[config->header_count++] =
            (struct llm_header){.name = arena_copy(&config->arena, name),
                                .value = arena_copy(&config->arena, doc_string(value))};
    }
    return true;
}

static bool read_extra_body(struct llm_config *config, const struct doc_value *llm,
                            struct error *error)
{
    const struct doc_value *body = member(llm, "litellm_extra_body");
    scoped_buf struct buf text = {0};
    if (body == NULL || (doc_kind(body) == DOC_OBJECT && doc_count(body) == 0))
        return true;
    if (doc_kind(body) != DOC_OBJECT)
        return error_set(error, ERROR_UNPROCESSABLE, "llm.litellm_extra_body should be an object");
    doc_print(body, &text);
    config->extra_body = arena_copy(&config->arena, str_slice(buf_str(&text), 1, text.len - 1));
    return true;
}

/* --- what follows from them --- */

static void decide_key(struct llm_config *config)
{
    const struct str key = str_trim(config->api_key);
    config->api_key = str_is_empty(key) || str_equal(key, STR(LLM_REDACTED)) ? STR_NULL : key;
}

static bool decide_base(struct llm_config *config, struct error *error)
{
    struct str base = config->base_url;
    while (str_ends_with(base, STR("/")))
        base = str_slice(base, 0, base.len - 1);
    if (str_equal(base, STR("https://api.openai.com")))
        base = STR_NULL;
    if (str_is_empty(base))
        base = config->target.provider->default_base;
    if (str_is_empty(base))
        return error_set(error, ERROR_UNPROCESSABLE, "llm.base_url is needed for model '%.*s'",
                         STR_ARG(config->name));
    config->base_url = base;
    return true;
}

static bool decide_protocol(struct llm_config *config, const struct doc_value *llm,
                            struct error *error)
{
    struct str mode = STR("auto");
    if (!read_string(config, llm, "api_mode", &mode, error))
        return false;
    if (config->target.provider->is_anthropic)
        config->protocol = LLM_ANTHROPIC;
    else if (str_equal(mode, STR("responses")))
        config->protocol = LLM_RESPONSES;
    else if (str_equal(mode, STR("chat")))
        config->protocol = LLM_CHAT;
    else if (str_equal(mode, STR("auto")))
        config->protocol = config->target.known.speaks_responses ? LLM_RESPONSES : LLM_CHAT;
    else
        return error_set(error, ERROR_UNPROCESSABLE,
                         "llm.api_mode should be 'auto', 'chat' or 'responses'");
    return true;
}

/* Models that think for long get room for it, wherever they are. */
static bool has_long_answers(struct str model)
{
    static const char *const names[] = {"claude-3-7-sonnet", "claude-sonnet-4", "kimi-k2-thinking"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_contains(model, str_from(names[i])))
            return true;
    return false;
}

/* What to ask for when the client has not said: the model's own limit, within reason. */
static void decide_output_limit(struct llm_config *config, bool has_base)
{
    const struct llm_model *known = &config->target.known;
    if (config->max_output_tokens > 0)
        return;
    if (has_long_answers(config->name)) {
        config->max_output_tokens = LONG_OUTPUT_TOKENS;
        return;
    }
    if (known->max_output_tokens == 0)
        return;
    int64_t limit = known->max_output_tokens;
    if (known->max_input_tokens > 0 && limit >= known->max_input_tokens)
        limit = known->max_input_tokens / 2;
    const bool is_proxy = str_equal(config->target.provider->name, STR("litellm_proxy"));
    if (has_base && !is_proxy && limit > BASE_URL_OUTPUT_TOKENS)
        limit = BASE_URL_OUTPUT_TOKENS;
    config->max_output_tokens = limit;
}

static bool decide_vision_and_content(struct llm_config *config, const struct doc_value *llm,
                                      struct error *error)
{
    bool is_disabled = false;
    const struct llm_target *target = &config->target;
    config->wants_string = target->known.wants_string || target->provider->flattens_content;
    if (!read_bool(llm, "disable_vision", &is_disabled, error) ||
        !read_bool(llm, "force_string_serializer", &config->wants_string, error))
        return false;
    config->has_vision = target->known.has_vision && !is_disabled;
    return true;
}

static bool decide_prices(struct llm_config *config, const struct doc_value *llm,
                          struct error *error)
{
    const struct llm_model *known = &config->target.known;
    config->input_cost = known->input_cost;
    config->output_cost = known->output_cost;
    config->cache_read_cost = known->cache_read_cost;
    config->cache_write_cost = known->cache_write_cost;
    return read_number(llm, "input_cost_per_token", &config->input_cost, NULL, error) &&
           read_number(llm, "output_cost_per_token", &config->output_cost, NULL, error);
}

static bool decode(struct llm_config *config, const struct doc_value *llm, struct error *error)
{
    if (doc_kind(llm) != DOC_OBJECT)
        return error_set(error, ERROR_UNPROCESSABLE, "llm should be an object");
    if (!read_names(config, llm, error) || !read_sampling(config, llm, error) ||
        !read_limits(config, llm, error) || !read_switches(config, llm, error) ||
        !read_headers(config, llm, error) || !read_extra_body(config, llm, error) ||
        !llm_model_resolve(config->name, &config->target, error))
        return false;
    const bool has_base = !str_is_empty(config->base_url);
    decide_key(config);
    if (!decide_base(config, error) || !decide_protocol(config, llm, error) ||
        !decide_vision_and_content(config, llm, error) || !decide_prices(config, llm, error))
        return false;
    decide_output_limit(config, has_base);
    if (config->max_input_tokens == 0)
        config->max_input_tokens = config->target.known.max_input_tokens;
    return true;
}

bool llm_config_decode(const struct doc_value *llm, struct llm_config **ret_config,
                       struct error *error)
{
    struct llm_config *config = mem_zero(1, sizeof(*config));
    if (!decode(config, llm, error)) {
        llm_config_free(config);
        return false;
    }
    *ret_config = config;
    return true;
}

void llm_config_free(struct llm_config *config)
{
    if (config == NULL)
        return;
    arena_fini(&config->arena);
    free(config);
}
