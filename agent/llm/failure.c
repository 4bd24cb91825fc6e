#include "agent/llm/failure.h"

#include "server/base/jsonw.h"

static const struct str names[] = {
#define LLM_FAILURE_NAME(name, text) [LLM_FAILURE_##name] = STR_INIT(text),
    LLM_FAILURES(LLM_FAILURE_NAME)
#undef LLM_FAILURE_NAME
};

struct str llm_failure_name(enum llm_failure failure)
{
    return names[failure];
}

/* Lower-case parts of texts, NULL-terminated. */
static bool has_any(struct str text, const char *const *parts)
{
    for (; *parts != NULL; parts++)
        if (str_contains_nocase(text, str_from(*parts)))
            return true;
    return false;
}

static const char *const context_window[] = {"contextwindowexceedederror",
                                             "prompt is too long",
                                             "input length and `max_tokens` exceed context limit",
                                             "please reduce the length of",
                                             "exceeds the available context size",
                                             "context length exceeded",
                                             "context_length_exceeded",
                                             "maximum context length",
                                             "input exceeds the context window",
                                             "context window exceeds limit",
                                             NULL};

static const char *const malformed_history[] = {
    "tool_use ids were found without `tool_result` blocks immediately after",
    "`tool_use` ids were found without `tool_result` blocks immediately after",
    "each `tool_use` block must have a corresponding `tool_result` block",
    "each tool_use must have a single result",
    "unexpected `tool_use_id` found in `tool_result` blocks",
    "must be followed by tool messages responding to each 'tool_call_id'",
    "failed to parse tool call arguments as json",
    NULL};

static const char *const authentication[] = {"invalid api key",
                                             "incorrect api key",
                                             "unauthorized",
                                             "missing api key",
                                             "invalid authentication",
                                             "access denied",
                                             "status 401",
                                             "status 403",
                                             NULL};

static const char *const content_policy[] = {"content_policy", "content filtering policy",
                                             "output blocked by content filtering", NULL};

/* Allowances that waiting does not renew. */
static const char *const exhausted[] = {"usage_limit_reached", "insufficient_quota",
                                        "budget_exceeded", "budget has been exceeded", NULL};

enum llm_failure llm_failure_of(int status, struct str text)
{
    if (has_any(text, context_window))
        return LLM_FAILURE_CONTEXT_WINDOW;
    if (has_any(text, malformed_history))
        return LLM_FAILURE_MALFORMED_HISTORY;
    if (status == 401 || status == 403 || (status < 500 && has_any(text, authentication)))
        return LLM_FAILURE_AUTHENTICATION;
    if (status == 429)
        return LLM_FAILURE_RATE_LIMIT;
    if (status == 408)
        return LLM_FAILURE_TIMEOUT;
    if (status == 0 || status >= 500 || status == 409)
        return LLM_FAILURE_UNAVAILABLE;
    return has_any(text, content_policy) ? LLM_FAILURE_CONTENT_POLICY : LLM_FAILURE_BAD_REQUEST;
}

bool llm_failure_is_temporary(enum llm_failure failure, int status, struct str text)
{
    if (has_any(text, exhausted))
        return false;
    switch (failure) {
    case LLM_FAILURE_RATE_LIMIT:
    case LLM_FAILURE_TIMEOUT:
    case LLM_FAILURE_NO_RESPONSE:
        return true;
    case LLM_FAILURE_UNAVAILABLE:
        return status < 400 || status == 409 || status >= 500; /* below: an answer that broke off */
    case LLM_FAILURE_NONE:
    case LLM_FAILURE_CONTEXT_WINDOW:
    case LLM_FAILURE_MALFORMED_HISTORY:
    case LLM_FAILURE_AUTHENTICATION:
    case LLM_FAILURE_CONTENT_POLICY:
    case LLM_FAILURE_BAD_REQUEST:
    case LLM_FAILURE_CANCELLED:
        break;
    }
    return false;
}

/* --- classification of error events --- */

struct class
{
    const char *kind;
    bool is_retryable;
    const char *user_action;
};

enum class_name {
    AUTH,
    QUOTA,
    RATE_LIMIT,
    CONFIG,
    TRANSIENT,
    AGENT_ACTION,
    AGENT_LIMIT, /* the agent's own limits: nothing to try again */
    INTERNAL,
    UNKNOWN
};

static const struct class classes[] = {
    [AUTH] = {"auth", false, "settings"},
    [QUOTA] = {"quota", false, "settings"},
    [RATE_LIMIT] = {"rate_limit", true, "retry"},
    [CONFIG] = {"config", false, "settings"},
    [TRANSIENT] = {"transient", true, "retry"},
    [AGENT_ACTION] = {"agent_action", true, "retry"},
    [AGENT_LIMIT] = {"agent_action", false, "none"},
    [INTERNAL] = {"internal", false, "none"},
    [UNKNOWN] = {"unknown", false, "none"},
};

struct rule {
    const char *part; /* a code, or a part of the lower-case detail */
    enum class_name class;
};

static const struct rule codes[] = {
    {"LLMAuthenticationError", AUTH},
    {"ACPAuthRequired", AUTH},
    {"LLMRateLimitError", RATE_LIMIT},
    {"MaxBudgetReached", QUOTA},
    {"LLMBadRequestError", CONFIG},
    {"NotFoundError", CONFIG},
    {"LLMContextWindowExceedError", AGENT_ACTION},
    {"LLMMalformedConversationHistoryError", AGENT_ACTION},
    {"MaxIterationsReached", AGENT_LIMIT},
    {"ConversationOwnershipLostError", AGENT_LIMIT},
    {"KeyError", INTERNAL},
    {"AssertionError", INTERNAL},
    {"AttributeError", INTERNAL},
    {"TypeError", INTERNAL},
};

static const struct rule details[] = {
    {"invalid api key", AUTH},
    {"incorrect api key", AUTH},
    {"authentication required", AUTH},
    {"invalid bearer token", AUTH},
    {"invalid proxy server token", AUTH},
    {"unauthorized", AUTH},
    {"error code: 401", AUTH},
    {"status\": 401", AUTH},
    {"token_not_found", AUTH},
    {"api key is missing", AUTH},
    {"weekly usage limit", QUOTA},
    {"daily quota", QUOTA},
    {"session usage limit", QUOTA},
    {"insufficient balance", QUOTA},
    {"more credits", QUOTA},
    {"budget has been exceeded", QUOTA},
    {"rate limit", RATE_LIMIT},
    {"error code: 429", RATE_LIMIT},
    {"status\": 429", RATE_LIMIT},
    {"provider not provided", CONFIG},
    {"no models loaded", CONFIG},
    {"does not support thinking", CONFIG},
    {"model is no longer available", CONFIG},
    {"model not found", CONFIG},
    {"invalid params", CONFIG},
    {"inactive_service", CONFIG},
    {"timeout", TRANSIENT},
    {"connection error", TRANSIENT},
    {"connection closed", TRANSIENT},
    {"service temporarily unavailable", TRANSIENT},
    {"bad gateway", TRANSIENT},
    {"cloudflare", TRANSIENT},
    {"cannot connect", TRANSIENT},
    {"name or service not known", TRANSIENT},
    {"error code: 5", TRANSIENT},
    {"duplicate tool names", INTERNAL},
    {"list_tools", INTERNAL},
    {"surrogates not allowed", INTERNAL},
};

/* Codes that say little; the detail goes first. */
static const struct rule generic_codes[] = {
    {"LLMServiceUnavailableError", TRANSIENT},
    {"LLMTimeoutError", TRANSIENT},
    {"LLMNoResponseError", TRANSIENT},
    {"MCPTimeoutError", TRANSIENT},
};

static enum class_name find_code(const struct rule *rules, size_t count, struct str code)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(str_from(rules[i].part), code))
            return rules[i].class;
    return UNKNOWN;
}

static enum class_name find_detail(struct str detail)
{
    for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++)
        if (str_contains_nocase(detail, str_from(details[i].part)))
            return details[i].class;
    return UNKNOWN;
}

static enum class_name class_of(struct str code, struct str detail)
{
    enum class_name found = find_code(codes, sizeof(codes) / sizeof(codes[0]), code);
    if (found == UNKNOWN)
        found = find_detail(detail);
    if (found == UNKNOWN)
        found = find_code(generic_codes, sizeof(generic_codes) / sizeof(generic_codes[0]), code);
    return found;
}

void llm_failure_classify(struct jsonw *w, struct str code, struct str detail)
{
    const struct class *class = &classes[class_of(code, detail)];
    jsonw_object_in(w, "classification");
    jsonw_cstr(w, "kind", class->kind);
    jsonw_bool(w, "retryable", class->is_retryable);
    jsonw_cstr(w, "user_action", class->user_action);
    jsonw_end(w);
}
