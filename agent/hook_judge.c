#include "agent/hook_judge.h"

#include <stdlib.h>

#include "agent/hook_command.h"
#include "agent/hook_question.h"
#include "agent/hooks.h"
#include "agent/llm/answer.h"
#include "agent/llm/config.h"
#include "agent/llm/exchange.h"
#include "agent/llm/reader.h"
#include "agent/llm/request.h"
#include "agent/llm_account.h"
#include "agent/runner_state.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/loop/timer.h"

struct hook_judge {
    struct hook_judge_options options;
    struct llm_config *config; /* NULL: there is no model, as `error` says */
    struct llm_exchange *exchange;
    struct timer *deadline;
    struct error error;
};

static void judge_free(struct hook_judge *judge)
{
    if (judge->exchange != NULL)
        llm_exchange_cancel(judge->exchange);
    if (judge->config != NULL)
        llm_config_free(judge->config);
    timer_close(judge->deadline);
    free(judge);
}

/* Takes the verdict. */
static void finish(struct hook_judge *judge, struct hook_verdict *verdict)
{
    const hook_judged_fn on_judged = judge->options.on_judged;
    void *owner = judge->options.owner;
    judge_free(judge);
    on_judged(owner, verdict);
    hook_verdict_fini(verdict);
}

static void on_due(void *owner)
{
    struct hook_judge *judge = owner;
    const struct hook *hook = judge->options.hook;
    struct hook_verdict verdict = {0};
    scoped_buf struct buf text = {0};
    if (judge->config == NULL)
        buf_append(&text, str_from(judge->error.text));
    else
        buf_printf(&text, "Hook timed out after %lld seconds", (long long)hook->timeout_s);
    hook_question_fail(hook, buf_str(&text), &verdict);
    finish(judge, &verdict);
}

static void on_answer(void *owner, const struct llm_result *result)
{
    struct hook_judge *judge = owner;
    const struct hook *hook = judge->options.hook;
    struct hook_verdict verdict = {0};
    judge->exchange = NULL;
    if (result->failure != LLM_FAILURE_NONE) {
        hook_question_fail(hook, result->detail, &verdict);
    } else {
        llm_account_add_quietly(judge->options.runner, judge->config->usage_id, judge->config,
                                result);
        hook_question_read(hook, str_trim(buf_str(&result->answer->text)), &verdict);
    }
    finish(judge, &verdict);
}

static bool copy_model(struct hook_judge *judge)
{
    const struct doc_value *spec = doc_root(judge->options.runner->parts->spec);
    const struct hook *hook = judge->options.hook;
    const struct str name = str_is_empty(hook->name) ? STR("default") : hook->name;
    if (!llm_config_decode(llm_object_member(spec, "llm"), &judge->config, &judge->error))
        return false;
    judge->config->stream = false;
    judge->config->usage_id =
        arena_printf(&judge->config->arena, "%s-hook:%.*s",
                     hook->type == HOOK_PROMPT ? "prompt" : "agent", STR_ARG(name));
    return true;
}

static void ask(struct hook_judge *judge)
{
    static const struct llm_exchange_events events = {.on_done = on_answer};
    struct llm_fragment fragments[2] = {0};
    const struct llm_fragment *const given[] = {&fragments[0], &fragments[1]};
    const struct id_text id = id_uuid(conversation_id(judge->options.runner->conversation));
    hook_question_render(judge->config, judge->options.hook, judge->options.input, &fragments[0],
                         &fragments[1]);
    const struct llm_request request = {.config = judge->config,
                                        .fragments = given,
                                        .fragment_count = ARRAY_SIZE(given),
                                        .cache_key = str_from(id.text)};
    judge->exchange = runner_ask_model(judge->options.runner, &request, &events, judge);
    llm_fragment_fini(&fragments[0]);
    llm_fragment_fini(&fragments[1]);
}

struct hook_judge *hook_judge_ask(const struct hook_judge_options *options)
{
    struct hook_judge *judge = mem_zero(1, sizeof(*judge));
    judge->options = *options;
    judge->deadline = timer_open(judge->options.runner->runners->options.loop, on_due, judge);
    const bool has_model = copy_model(judge);
    const int64_t timeout_s = has_model ? options->hook->timeout_s : 0;
    timer_start(judge->deadline, timeout_s <= 0 ? 1 : (uint64_t)timeout_s * 1000, 0);
    if (has_model)
        ask(judge);
    return judge;
}

void hook_judge_cancel(struct hook_judge *judge)
{
    judge_free(judge);
}
