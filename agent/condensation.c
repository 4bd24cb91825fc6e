#include "agent/condensation.h"

#include <stdlib.h>

#include "agent/llm/answer.h"
#include "agent/llm/config.h"
#include "agent/llm/exchange.h"
#include "agent/llm/request.h"
#include "agent/llm_account.h"
#include "agent/runner_log.h"
#include "agent/runner_state.h"
#include "agent/view.h"
#include "server/base/json.h"
#include "server/base/mem.h"

struct condensation {
    struct runner *runner;
    struct condenser_plan plan;
    unsigned attempt;
    struct llm_exchange *exchange;
    condensation_fn on_done;
    void *owner;
};

static const struct llm_config *model(const struct condensation *condensation)
{
    return condenser_llm(condensation->runner->parts->condenser, condensation->plan.stage);
}

static void finish(struct condensation *condensation, struct str code, const struct error *failure)
{
    const condensation_fn on_done = condensation->on_done;
    void *owner = condensation->owner;
    free(condensation);
    on_done(owner, code, failure);
}

static bool append(struct condensation *condensation, const struct llm_answer *answer,
                   struct error *error)
{
    struct runner *runner = condensation->runner;
    scoped_buf struct buf members = {0};
    condenser_write_members(runner->parts->view, &condensation->plan, buf_str(&answer->text),
                            buf_str(&answer->id), &members);
    return runner_append(runner,
                         &(struct runner_event){.kind = EVENT_CONDENSATION,
                                                .source = EVENT_FROM_ENVIRONMENT,
                                                .members = buf_str(&members)},
                         NULL, error);
}

static void ask(struct condensation *condensation, size_t max_chars);

static bool retry(struct condensation *condensation)
{
    size_t max_chars;
    if (!condenser_retry(condensation->runner->parts->condenser, &condensation->plan,
                         condensation->attempt, &max_chars))
        return false;
    condensation->attempt++;
    ask(condensation, max_chars);
    return true;
}

static void on_answer(void *owner, const struct llm_result *result)
{
    struct condensation *condensation = owner;
    struct runner *runner = condensation->runner;
    const struct llm_config *llm = model(condensation);
    struct error error;
    condensation->exchange = NULL;
    if (result->failure == LLM_FAILURE_CONTEXT_WINDOW && retry(condensation))
        return;
    if (result->failure != LLM_FAILURE_NONE) {
        (void)error_set(&error, ERROR_UNAVAILABLE, "%.*s", STR_ARG(result->detail)); /* is false */
        finish(condensation, llm_failure_name(result->failure), &error);
        return;
    }
    const bool is_stored = append(condensation, result->answer, &error) &&
                           llm_account_add(runner, llm, result, &error);
    finish(condensation, STR("InternalError"), is_stored ? NULL : &error);
}

static void gather(const struct condensation *condensation, size_t max_chars, struct buf *out)
{
    size_t count;
    const struct view_item *items = view_items(condensation->runner->parts->view, &count);
    for (size_t i = condensation->plan.from; i < condensation->plan.to && i < count; i++) {
        struct doc *doc = runner_event(condensation->runner, items[i].number);
        if (doc != NULL)
            condenser_write_event(doc_root(doc), max_chars, out);
        doc_free(doc);
    }
}

static void ask(struct condensation *condensation, size_t max_chars)
{
    static const struct llm_exchange_events events = {.on_done = on_answer};
    struct runner *runner = condensation->runner;
    const struct llm_config *llm = model(condensation);
    const struct id_text id = id_uuid(conversation_id(runner->conversation));
    struct llm_fragment fragments[2] = {0};
    const struct llm_fragment *const given[] = {&fragments[0], &fragments[1]};
    scoped_buf struct buf texts = {0};
    gather(condensation, max_chars, &texts);
    condenser_request(llm, buf_str(&texts), &fragments[0], &fragments[1]);
    const struct llm_request request = {.config = llm,
                                        .fragments = given,
                                        .fragment_count = ARRAY_SIZE(given),
                                        .cache_key = str_from(id.text)};
    condensation->exchange = runner_ask_model(runner, &request, &events, condensation);
    llm_fragment_fini(&fragments[0]);
    llm_fragment_fini(&fragments[1]);
}

struct condensation *condensation_start(struct runner *runner, const struct condenser_plan *plan,
                                        condensation_fn on_done, void *owner)
{
    struct condensation *condensation = mem_zero(1, sizeof(*condensation));
    condensation->runner = runner;
    condensation->plan = *plan;
    condensation->on_done = on_done;
    condensation->owner = owner;
    ask(condensation, CONDENSER_MAX_EVENT_CHARS);
    return condensation;
}

void condensation_cancel(struct condensation *condensation)
{
    if (condensation->exchange != NULL)
        llm_exchange_cancel(condensation->exchange);
    free(condensation);
}
