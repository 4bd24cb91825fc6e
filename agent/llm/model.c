#include "agent/llm/model.h"

#include "server/base/error.h"

/* A prefix that is none of these is part of the model's name ("vendor/model" at a proxy). */
static const struct llm_provider providers[] = {
    {.name = STR_INIT("openai"),
     .default_base = STR_INIT("https://api.openai.com/v1"),
     .takes_cache_key = true},
    {.name = STR_INIT("anthropic"),
     .default_base = STR_INIT("https://api.anthropic.com"),
     .auth = LLM_AUTH_X_API_KEY,
     .is_anthropic = true},
    {.name = STR_INIT("azure"),
     .auth = LLM_AUTH_API_KEY,
     .needs_base = true,
     .takes_cache_key = true},
    {.name = STR_INIT("litellm_proxy"), .needs_base = true},
    {.name = STR_INIT("openhands"),
     .default_base = STR_INIT("https://llm-proxy.app.all-hands.dev")},
    {.name = STR_INIT("openrouter"), .default_base = STR_INIT("https://openrouter.ai/api/v1")},
    {.name = STR_INIT("digitalocean"), .default_base = STR_INIT("https://inference.do-ai.run/v1")},
    {.name = STR_INIT("deepseek"),
     .default_base = STR_INIT("https://api.deepseek.com"),
     .takes_cache_key = true,
     .flattens_content = true},
    {.name = STR_INIT("mistral"), .default_base = STR_INIT("https://api.mistral.ai/v1")},
    {.name = STR_INIT("groq"), .default_base = STR_INIT("https://api.groq.com/openai/v1")},
    {.name = STR_INIT("xai"), .default_base = STR_INIT("https://api.x.ai/v1")},
    {.name = STR_INIT("moonshot"), .default_base = STR_INIT("https://api.moonshot.ai/v1")},
    {.name = STR_INIT("together_ai"), .default_base = STR_INIT("https://api.together.xyz/v1")},
    {.name = STR_INIT("fireworks_ai"),
     .default_base = STR_INIT("https://api.fireworks.ai/inference/v1")},
    {.name = STR_INIT("gemini"),
     .default_base = STR_INIT("https://generativelanguage.googleapis.com/v1beta/openai")},
    {.name = STR_INIT("ollama"), .default_base = STR_INIT("http://localhost:11434/v1")},
    {.name = STR_INIT("ollama_chat"), .default_base = STR_INIT("http://localhost:11434/v1")},
};

static const struct llm_provider nobody = {.needs_base = true};

#define OPENAI    (&providers[0])
#define ANTHROPIC (&providers[1])

enum trait {
    VISION = 1,
    REASONS = 2,
    RESPONSES = 4,
    CACHE_MARKS = 8,
    RETURNS_REASONING = 16,
    STRING_CONTENT = 32,
    NO_STOP_WORDS = 64,
    THINKING_BUDGET = 128
};

/* Limits in tokens, prices in dollars for a million of them; the longest beginning wins. A price of
 * −1 is unknown. */
static const struct model_row {
    const char *beginning;
    int64_t input;
    int64_t output;
    double input_price;
    double output_price;
    double read_price;
    double write_price;
    unsigned traits;
} models[] = {
#define CLAUDE (VISION | REASONS | CACHE_MARKS)
    {"claude-3-haiku", 200000, 4096, 0.25, 1.25, 0.03, 0.3, VISION | CACHE_MARKS},
    {"claude-3-opus", 200000, 4096, 15, 75, 1.5, 18.75, VISION | CACHE_MARKS},
    {"claude-3-5-", 200000, 8192, 3, 15, 0.3, 3.75, VISION | CACHE_MARKS},
    {"claude-3-5-haiku", 200000, 8192, 0.8, 4, 0.08, 1, VISION | CACHE_MARKS},
    {"claude-3-7-sonnet", 200000, 64000, 3, 15, 0.3, 3.75, CLAUDE},
    {"claude-sonnet-4", 200000, 64000, 3, 15, 0.3, 3.75, CLAUDE},
    {"claude-sonnet-4-5", 200000, 64000, 3, 15, 0.3, 3.75, CLAUDE | THINKING_BUDGET},
    {"claude-sonnet-4-6", 1000000, 64000, 3, 15, 0.3, 3.75, CLAUDE | THINKING_BUDGET},
    {"claude-sonnet-5", 1000000, 128000, 2, 10, 0.2, 2.5, CLAUDE},
    {"claude-sonnet-5-5", 1000000, 128000, 2, 10, 0.1, 2.5, CLAUDE},
    {"claude-haiku-4-5", 200000, 64000, 1, 5, 0.1, 1.25, CLAUDE | THINKING_BUDGET},
    {"claude-haiku-5-5", 1000000, 128000, 0.1, 0.5, 0.01, 0.125, CLAUDE},
    {"claude-opus-4", 200000, 32000, 15, 75, 1.5, 18.75, CLAUDE},
    {"claude-opus-4-5", 200000, 64000, 5, 25, 0.5, 6.25, CLAUDE},
    {"claude-opus-4-6", 1000000, 128000, 5, 25, 0.5, 6.25, CLAUDE},
    {"claude-opus-4-7", 1000000, 128000, 5, 25, 0.5, 6.25, CLAUDE},
    {"claude-opus-4-8", 1000000, 128000, 5, 25, 0.5, 6.25, CLAUDE},
    {"claude-opus-5", 1000000, 128000, 5, 25, 0.5, 6.25, CLAUDE},
    {"claude-opus-5-5", 1000000, 128000, 4, 20, 0.2, 5, CLAUDE},
    {"claude-fable-5", 1000000, 128000, 10, 50, 1, 12.5, CLAUDE},
#define GPT (VISION | REASONS | RESPONSES)
    {"gpt-4", 8192, 4096, 30, 60, -1, -1, 0},
    {"gpt-4-turbo", 128000, 4096, 10, 30, -1, -1, VISION},
    {"gpt-4o", 128000, 16384, 2.5, 10, 1.25, -1, VISION},
    {"gpt-4o-mini", 128000, 16384, 0.15, 0.6, 0.075, -1, VISION},
    {"gpt-4.1", 1047576, 32768, 2, 8, 0.5, -1, VISION | RESPONSES},
    {"gpt-4.1-mini", 1047576, 32768, 0.4, 1.6, 0.1, -1, VISION | RESPONSES},
    {"gpt-4.1-nano", 1047576, 32768, 0.1, 0.4, 0.025, -1, VISION | RESPONSES},
    {"gpt-5", 272000, 128000, 1.25, 10, 0.125, -1, GPT},
    {"gpt-5-chat", 128000, 16384, 1.25, 10, 0.125, -1, GPT},
    {"gpt-5-mini", 272000, 128000, 0.25, 2, 0.025, -1, GPT},
    {"gpt-5-nano", 272000, 128000, 0.05, 0.4, 0.005, -1, GPT},
    {"gpt-5-pro", 400000, 272000, 15, 120, -1, -1, GPT},
    {"gpt-5.1", 272000, 128000, 1.25, 10, 0.125, -1, GPT},
    {"gpt-5.1-codex", 400000, 128000, 1.25, 10, 0.125, -1, GPT},
    {"gpt-5.1-codex-mini", 400000, 128000, 0.25, 2, 0.025, -1, GPT},
    {"gpt-5.2", 272000, 128000, 1.75, 14, 0.175, -1, GPT},
    {"gpt-5.2-pro", 272000, 128000, 21, 168, -1, -1, GPT},
    {"gpt-5.3", 272000, 128000, 1.75, 14, 0.175, -1, GPT},
    {"gpt-5.4", 1050000, 128000, 2.5, 15, 0.25, -1, GPT},
    {"gpt-5.4-mini", 272000, 128000, 0.75, 4.5, 0.075, -1, GPT},
    {"gpt-5.4-nano", 272000, 128000, 0.2, 1.2, 0.02, -1, GPT},
    {"gpt-5.4-pro", 1050000, 128000, 30, 180, -1, -1, GPT},
    {"gpt-5.5", 1050000, 128000, 5, 30, 0.5, -1, GPT},
    {"gpt-5.5-pro", 1050000, 128000, 30, 180, -1, -1, GPT},
    {"gpt-5.6", 922000, 128000, 4, 20, 0.4, 5, GPT},
    {"gpt-5.6-luna", 922000, 128000, 0.2, 1.2, 0.02, 0.25, GPT},
    {"gpt-5.6-terra", 922000, 128000, 2, 12, 0.2, 2.5, GPT},
    {"gpt-6", 922000, 128000, -1, -1, -1, -1, GPT},
    {"gpt-6-astra", 922000, 128000, 10, 50, 1, 12.5, GPT},
    {"gpt-6-luna", 922000, 128000, 0.1, 0.5, 0.01, 0.125, GPT},
    {"gpt-6-sol", 922000, 128000, 2, 10, 0.2, 2.5, GPT},
    {"gpt-6.1-sol", 922000, 128000, 2, 10, 0.1, 2.5, GPT},
    {"codex-mini-latest", 200000, 100000, 1.5, 6, 0.375, -1, REASONS | RESPONSES},
    {"o1", 200000, 100000, 15, 60, 7.5, -1, VISION | REASONS | NO_STOP_WORDS},
    {"o1-pro", 200000, 100000, 150, 600, -1, -1, GPT | NO_STOP_WORDS},
    {"o3", 200000, 100000, 2, 8, 0.5, -1, GPT | NO_STOP_WORDS},
    {"o3-mini", 200000, 100000, 1.1, 4.4, 0.55, -1, REASONS | NO_STOP_WORDS},
    {"o3-pro", 200000, 100000, 20, 80, -1, -1, GPT | NO_STOP_WORDS},
    {"o4-mini", 200000, 100000, 1.1, 4.4, 0.275, -1, VISION | REASONS},
    {"gemini-2.5-pro", 1048576, 65535, 1.25, 10, 0.125, -1, VISION | REASONS},
    {"gemini-2.5-flash", 1048576, 65535, 0.3, 2.5, 0.03, -1, VISION | REASONS},
    {"gemini-2.5-flash-lite", 1048576, 65535, 0.1, 0.4, 0.01, -1, VISION | REASONS},
    {"gemini-3", 1048576, 65536, -1, -1, -1, -1, VISION | REASONS},
    {"deepseek-chat", 131072, 8192, 0.28, 0.42, 0.028, -1, 0},
    {"deepseek-reasoner", 131072, 65536, 0.28, 0.42, 0.028, -1, REASONS | RETURNS_REASONING},
    {"deepseek-v3.2", 0, 0, -1, -1, -1, -1, STRING_CONTENT},
    {"deepseek-v4-pro", 1000000, 393216, 1.32, 3.96, 0.044, 0, REASONS | RETURNS_REASONING},
    {"deepseek-v4-flash", 1000000, 393216, 0.3, 1.2, 0.006, 0,
     VISION | REASONS | RETURNS_REASONING},
    {"deepseek-v4.1-flash", 0, 0, -1, -1, -1, -1, REASONS | RETURNS_REASONING},
    {"kimi-k2-thinking", 262144, 64000, -1, -1, -1, -1, REASONS | RETURNS_REASONING},
    {"kimi-k2.5", 0, 0, -1, -1, -1, -1, RETURNS_REASONING},
    {"kimi-k2.6", 0, 0, -1, -1, -1, -1, RETURNS_REASONING},
    {"kimi-k3", 0, 0, -1, -1, -1, -1, RETURNS_REASONING},
    {"glm", 0, 0, -1, -1, -1, -1, STRING_CONTENT},
    {"minimax", 0, 0, -1, -1, -1, -1, STRING_CONTENT},
    {"minimax-m2", 0, 0, -1, -1, -1, -1, STRING_CONTENT | RETURNS_REASONING},
    {"grok-4-0709", 256000, 256000, 3, 15, 0.75, -1, REASONS | NO_STOP_WORDS},
    {"grok-code-fast-1", 256000, 256000, 0.2, 1.5, 0.02, -1, REASONS | NO_STOP_WORDS},
    {"deepseek-r1-0528", 0, 0, -1, -1, -1, -1, REASONS | NO_STOP_WORDS},
};

static const struct llm_provider *find_provider(struct str name)
{
    for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
        if (str_equal(providers[i].name, name))
            return &providers[i];
    return NULL;
}

static const struct model_row *find_row(struct str bare)
{
    const struct model_row *best = NULL;
    size_t best_len = 0;
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        const struct str beginning = str_from(models[i].beginning);
        if (beginning.len > best_len && str_starts_with(bare, beginning)) {
            best = &models[i];
            best_len = beginning.len;
        }
    }
    return best;
}

static double per_token(double per_million)
{
    return per_million < 0 ? -1 : per_million / 1e6;
}

/* "24h" is kept by the large models of two families, but for their small ones. */
static bool keeps_cache_a_day(struct str bare)
{
    if (!str_contains(bare, STR("gpt-5")) && !str_contains(bare, STR("gpt-4.1")))
        return false;
    return !str_contains(bare, STR("mini")) || str_starts_with(bare, STR("gpt-5.1-codex-mini"));
}

static struct llm_model features(struct str bare)
{
    const struct model_row *row = find_row(bare);
    if (row == NULL)
        return (struct llm_model){.input_cost = -1,
                                  .output_cost = -1,
                                  .cache_read_cost = -1,
                                  .cache_write_cost = -1,
                                  .keeps_cache_a_day = keeps_cache_a_day(bare)};
    return (struct llm_model){
        .max_input_tokens = row->input,
        .max_output_tokens = row->output,
        .input_cost = per_token(row->input_price),
        .output_cost = per_token(row->output_price),
        .cache_read_cost = per_token(row->read_price),
        .cache_write_cost = per_token(row->write_price),
        .has_vision = (row->traits & VISION) != 0,
        .reasons = (row->traits & REASONS) != 0,
        .speaks_responses = (row->traits & RESPONSES) != 0,
        .marks_cache = (row->traits & CACHE_MARKS) != 0,
        .returns_reasoning = (row->traits & RETURNS_REASONING) != 0,
        .wants_string = (row->traits & STRING_CONTENT) != 0,
        .lacks_stop_words = (row->traits & NO_STOP_WORDS) != 0,
        .has_thinking_budget = (row->traits & THINKING_BUDGET) != 0,
        .keeps_cache_a_day = keeps_cache_a_day(bare),
    };
}

static bool has_beginning(struct str name, const char *const *beginnings)
{
    for (; *beginnings != NULL; beginnings++)
        if (str_starts_with(name, str_from(*beginnings)))
            return true;
    return false;
}

/* Of names without a prefix. */
static const struct llm_provider *guess_provider(struct str name)
{
    static const char *const openai[] = {"gpt-", "o1", "o3", "o4", "chatgpt", "codex-", NULL};
    static const char *const anthropic[] = {"claude", NULL};
    if (has_beginning(name, openai))
        return OPENAI;
    return has_beginning(name, anthropic) ? ANTHROPIC : &nobody;
}

/* What a model is called without vendors and deployments in front ("prod/", "openai/" at a
 * proxy). */
static struct str bare_name(struct str model)
{
    const size_t slash = str_find_last_byte(model, '/');
    return slash == SIZE_MAX ? model : str_skip(model, slash + 1);
}

bool llm_model_resolve(struct str name, struct llm_target *ret_target, struct error *error)
{
    if (str_is_empty(name))
        return error_set(error, ERROR_INVALID, "model must be specified in LLM");
    const size_t slash = str_find_byte(name, '/');
    const struct llm_provider *provider =
        slash == SIZE_MAX ? guess_provider(name) : find_provider(str_slice(name, 0, slash));
    *ret_target = (struct llm_target){
        .model = slash != SIZE_MAX && provider != NULL ? str_skip(name, slash + 1) : name,
        .provider = provider == NULL ? &nobody : provider,
        .known = features(bare_name(name)),
    };
    return true;
}
