#include "agent/llm_account.h"

#include "agent/llm/answer.h"
#include "agent/llm/config.h"
#include "agent/llm/exchange.h"
#include "agent/runner_state.h"
#include "agent/stats.h"

bool llm_account_add(struct runner *runner, const struct llm_config *config,
                     const struct llm_result *result, struct error *error)
{
    const struct llm_usage *usage = &result->answer->usage;
    const struct stats_answer answer = {
        .usage_id = config->usage_id,
        .model = config->name,
        .response_id = buf_str(&result->answer->id),
        .latency_seconds = result->latency_seconds,
        .cost = result->cost,
        .prompt_tokens = usage->prompt_tokens,
        .completion_tokens = usage->completion_tokens,
        .cache_read_tokens = usage->cache_read_tokens,
        .cache_write_tokens = usage->cache_write_tokens,
        .reasoning_tokens = usage->reasoning_tokens,
        .context_window = config->max_input_tokens,
        .has_usage = usage->is_known,
    };
    stats_add_answer(conversation_stats(runner->conversation), &answer);
    return conversation_stats_changed(runner->conversation, error);
}
