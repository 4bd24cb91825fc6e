#include "agent/llm_account.h"

#include "agent/llm/answer.h"
#include "agent/llm/config.h"
#include "agent/llm/exchange.h"
#include "agent/llm/exchange_log.h"
#include "agent/runner_log.h"
#include "agent/runner_state.h"
#include "agent/secret_mask.h"
#include "agent/stats.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"

static void add(struct runner *runner, struct str usage_id, const struct llm_config *config,
                const struct llm_result *result)
{
    const struct llm_usage *usage = &result->answer->usage;
    const struct stats_answer answer = {
        .usage_id = usage_id,
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
}

bool llm_account_add(struct runner *runner, const struct llm_config *config,
                     const struct llm_result *result, struct error *error)
{
    add(runner, config->usage_id, config, result);
    return conversation_stats_changed(runner->conversation, error);
}

void llm_account_add_quietly(struct runner *runner, struct str usage_id,
                             const struct llm_config *config, const struct llm_result *result)
{
    add(runner, usage_id, config, result);
    conversation_stats_kept(runner->conversation);
}

void llm_account_log(void *owner, const struct llm_exchange_record *record)
{
    struct runner *runner = owner;
    scoped_buf struct buf text = {0};
    scoped_buf struct buf masked = {0};
    scoped_buf struct buf name = {0};
    scoped_buf struct buf members = {0};
    struct jsonw w;
    struct error error;
    llm_exchange_log_write(record, &text);
    llm_exchange_log_name(record, &name);
    secret_mask_apply(conversation_mask(runner->conversation), buf_str(&text), &masked);
    jsonw_init(&w, &members);
    jsonw_object(&w);
    jsonw_string(&w, "filename", buf_str(&name));
    jsonw_string(&w, "log_data", buf_str(&masked));
    jsonw_string(&w, "model_name", record->config->name);
    jsonw_string(&w, "usage_id", record->config->usage_id);
    jsonw_end(&w);
    if (!runner_append(
            runner,
            &(struct runner_event){.kind = EVENT_COMPLETION_LOG,
                                   .source = EVENT_FROM_ENVIRONMENT,
                                   .members = str_slice(buf_str(&members), 1, members.len - 1)},
            NULL, &error))
        log_warn("llm.not_logged", "error=\"%s\"", error.text);
}
