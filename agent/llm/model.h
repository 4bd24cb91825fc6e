#ifndef AGENT_LLM_MODEL_H
#define AGENT_LLM_MODEL_H

/*
 * What is known of language models by their names: who serves one and in which protocol, what it
 * can do, how much it takes and what it costs (contract v1-conversations §5.3, §5.4). Two tables:
 * providers by their prefix ("openai/", "anthropic/", …), and models by a beginning of their name.
 *
 * A name that no row knows is an unknown model of its provider: no limits, no prices, plain chat.
 * Plain values; strings point into the name given or into the tables.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;

enum llm_protocol {
    LLM_CHAT,      /* POST {base}/chat/completions */
    LLM_RESPONSES, /* POST {base}/responses */
    LLM_ANTHROPIC  /* POST {base}/v1/messages */
};

enum llm_auth {
    LLM_AUTH_BEARER,
    LLM_AUTH_X_API_KEY, /* Anthropic */
    LLM_AUTH_API_KEY    /* Azure */
};

struct llm_provider {
    struct str name; /* without the slash; "" when the name has none */
    struct str default_base;
    enum llm_auth auth;
    bool is_anthropic;
    bool needs_base;       /* there is no default */
    bool takes_cache_key;  /* prompt_cache_key in a chat request */
    bool flattens_content; /* only strings as the content of messages */
};

/* Features of a model, by its bare name. Zero where nothing is known. */
struct llm_model {
    int64_t max_input_tokens;
    int64_t max_output_tokens;
    double input_cost; /* dollars for one token; -1 unknown */
    double output_cost;
    double cache_read_cost;
    double cache_write_cost;
    bool has_vision;
    bool reasons;
    bool speaks_responses;
    bool marks_cache;       /* wants cache_control marks */
    bool returns_reasoning; /* reasoning_content goes back with each request */
    bool wants_string;      /* content as one string */
    bool lacks_stop_words;
    bool has_thinking_budget;
    bool keeps_cache_a_day; /* prompt_cache_retention "24h" */
};

struct llm_target {
    struct str model; /* as it goes over the wire */
    const struct llm_provider *provider;
    struct llm_model known;
};

/* Takes a configured name apart. ERROR_INVALID when it is empty. */
bool llm_model_resolve(struct str name, struct llm_target *ret_target,
                       struct error *error) MUST_CHECK;

#endif
