#ifndef AGENT_LLM_CONFIG_H
#define AGENT_LLM_CONFIG_H

/*
 * The description of a language model as clients send it (the `LLM` object of contract
 * v1-conversations §1.3), decoded: defaults filled in, the target resolved, the protocol decided.
 * Members nobody knows are ignored, redacted secrets count as absent.
 *
 * Owned by a conversation; strings belong to it. The key never leaves it but in a request's
 * headers.
 */

#include <stdbool.h>
#include <stdint.h>

#include "agent/llm/model.h"
#include "server/base/attributes.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct doc_value;
struct error;

#define LLM_REDACTED "**********"

struct llm_header {
    struct str name;
    struct str value;
};

struct llm_config {
    struct arena arena; /* of all strings below */
    struct str name;    /* as configured */
    struct llm_target target;
    enum llm_protocol protocol;
    struct str base_url; /* without a slash at the end */
    struct str api_key;  /* STR_NULL: none */
    struct str api_version;
    struct str usage_id;
    struct llm_header *headers; /* extra_headers */
    size_t header_count;
    struct str extra_body; /* members of litellm_extra_body as JSON without braces; may be empty */
    struct str reasoning_effort;
    struct str reasoning_summary;
    bool has_temperature;
    bool has_top_p;
    bool has_top_k;
    bool has_seed;
    double temperature;
    double top_p;
    double top_k;
    int64_t seed;
    int64_t max_input_tokens;  /* 0: not known */
    int64_t max_output_tokens; /* to ask for; 0: leave it to the model */
    int64_t thinking_budget;
    int64_t timeout_ms;
    int64_t stream_idle_timeout_ms;
    int num_retries;
    double retry_multiplier;
    int64_t retry_min_wait_ms;
    int64_t retry_max_wait_ms;
    bool stream;
    bool native_tool_calling;
    bool disable_stop_word;
    bool caching_prompt;
    bool has_vision;
    bool wants_string; /* content of messages as one string */
    bool wants_encrypted_reasoning;
    bool log_completions;
    struct str cache_retention;
    double input_cost; /* dollars for one token; −1 unknown */
    double output_cost;
    double cache_read_cost;
    double cache_write_cost;
};

/* ERROR_UNPROCESSABLE names the member. The result is given to llm_config_free. */
bool llm_config_decode(const struct doc_value *llm, struct llm_config **ret_config,
                       struct error *error) MUST_CHECK;
void llm_config_free(struct llm_config *config);

#endif
