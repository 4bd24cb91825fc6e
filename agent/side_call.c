#include "agent/side_call.h"

#include <stdlib.h>

#include "agent/agent_start.h"
#include "agent/condensation.h"
#include "agent/llm/answer.h"
#include "agent/llm/config.h"
#include "agent/llm/exchange.h"
#include "agent/llm/reader.h"
#include "agent/llm/request.h"
#include "agent/llm_account.h"
#include "agent/meta.h"
#include "agent/runner_log.h"
#include "agent/runner_state.h"
#include "agent/title.h"
#include "agent/view.h"
#include "server/base/json.h"
#include "server/base/mem.h"

struct side_call {
    struct list link;
    struct runner *runner;
    struct llm_exchange *exchange;
    struct condensation *condensation;
    struct llm_fragment fragment; /* of the question */
    char *text;                   /* what the title is of; the question */
    runner_answer_fn on_answer;
    runner_fn on_done;
    void *owner;
};

static struct side_call *open_call(struct runner *runner, struct str text, void *owner)
{
    struct side_call *call = mem_zero(1, sizeof(*call));
    call->runner = runner;
    call->text = mem_strndup(text.data, text.len);
    call->owner = owner;
    list_append(&runner->side_calls, &call->link);
    conversation_hold(runner->conversation);
    return call;
}

static void close_call(struct side_call *call)
{
    struct conversation *conversation = call->runner->conversation;
    list_remove(&call->link);
    llm_fragment_fini(&call->fragment);
    free(call->text);
    free(call);
    conversation_release(conversation);
}

void runner_drop_side_calls(struct runner *runner)
{
    struct error error;
    (void)error_set(&error, ERROR_GONE, "the conversation is closed"); /* is false */
    for (struct list *link; (link = list_first(&runner->side_calls)) != NULL;) {
        struct side_call *call = container_of(link, struct side_call, link);
        if (call->exchange != NULL)
            llm_exchange_cancel(call->exchange);
        if (call->condensation != NULL)
            condensation_cancel(call->condensation);
        if (call->on_answer != NULL)
            call->on_answer(call->owner, STR_NULL, &error);
        if (call->on_done != NULL)
            call->on_done(call->owner, &error);
        close_call(call);
    }
}

/* --- the title --- */

static void store_title(struct runner *runner, struct str title)
{
    struct error error;
    if (str_is_empty(title) || conversation_meta(runner->conversation)->title != NULL)
        return;
    if (!conversation_set_title(runner->conversation, title, &error))
        runner_report(runner, STR("InternalError"), str_from(error.text));
}

static void on_title(void *owner, const struct llm_result *result)
{
    struct side_call *call = owner;
    struct runner *runner = call->runner;
    struct error error;
    scoped_buf struct buf title = {0};
    call->exchange = NULL;
    if (result->failure == LLM_FAILURE_NONE) {
        title_clean(buf_str(&result->answer->text), &title);
        if (!llm_account_add(runner, runner->parts->llm, result, &error))
            runner_report(runner, STR("InternalError"), str_from(error.text));
    } else {
        runner_report(runner, llm_failure_name(result->failure), result->detail);
    }
    if (title.len == 0)
        title_fallback(str_from(call->text), &title);
    store_title(runner, buf_str(&title));
    close_call(call);
}

static bool wants_title(const struct runner *runner)
{
    const struct meta *meta = conversation_meta(runner->conversation);
    return meta->title == NULL && str_equal(meta_json(meta, META_AUTOTITLE), STR("true"));
}

void runner_title(struct runner *runner, struct str content)
{
    static const struct llm_exchange_events events = {.on_done = on_title};
    scoped_buf struct buf text = {0};
    struct llm_fragment fragments[2] = {0};
    const struct llm_fragment *const given[] = {&fragments[0], &fragments[1]};
    const struct meta *meta = conversation_meta(runner->conversation);
    const struct id_text id = id_uuid(conversation_id(runner->conversation));
    if (runner->is_titled || !wants_title(runner))
        return;
    runner->is_titled = true;
    title_text(content, &text);
    if (text.len == 0)
        return;
    struct side_call *call = open_call(runner, buf_str(&text), NULL);
    title_render(runner->parts->llm, buf_str(&text), meta_json(meta, META_PROMPT), &fragments[0],
                 &fragments[1]);
    const struct llm_request request = {.config = runner->parts->llm,
                                        .fragments = given,
                                        .fragment_count = ARRAY_SIZE(given),
                                        .cache_key = str_from(id.text)};
    call->exchange = runner_ask_model(runner, &request, &events, call);
    llm_fragment_fini(&fragments[0]);
    llm_fragment_fini(&fragments[1]);
}

/* --- a question --- */

static void on_question_answered(void *owner, const struct llm_result *result)
{
    struct side_call *call = owner;
    struct runner *runner = call->runner;
    struct error error;
    const bool is_fine = result->failure == LLM_FAILURE_NONE;
    call->exchange = NULL;
    if (!is_fine)
        (void)error_set(&error, ERROR_INTERNAL, "%.*s", STR_ARG(result->detail)); /* is false */
    else
        llm_account_add_quietly(runner, STR("ask-agent-llm"), runner->parts->llm, result);
    call->on_answer(call->owner, is_fine ? buf_str(&result->answer->text) : STR_NULL,
                    is_fine ? NULL : &error);
    close_call(call);
}

static void on_question_started(void *owner, const struct error *error)
{
    static const struct llm_exchange_events events = {.on_done = on_question_answered};
    struct side_call *call = owner;
    struct runner *runner = call->runner;
    const struct llm_fragment *const *seen;
    const struct id_text id = id_uuid(conversation_id(runner->conversation));
    if (error != NULL) {
        call->on_answer(call->owner, STR_NULL, error);
        close_call(call);
        return;
    }
    const size_t count = view_fragments(runner->parts->view, &seen);
    scoped_free const struct llm_fragment **all = mem_zero(count + 1, sizeof(*all));
    for (size_t i = 0; i < count; i++)
        all[i] = seen[i];
    title_render_question(runner->parts->llm, str_from(call->text), &call->fragment);
    all[count] = &call->fragment;
    const struct llm_request request = {.config = runner->parts->llm,
                                        .fragments = all,
                                        .fragment_count = count + 1,
                                        .tools = runner_tools(runner),
                                        .cache_key = str_from(id.text)};
    call->exchange = runner_ask_model(runner, &request, &events, call);
}

void runner_ask(struct conversation *conversation, struct str question, runner_answer_fn on_answer,
                void *owner)
{
    struct runner *runner = runner_of(conversation);
    struct side_call *call = open_call(runner, question, owner);
    call->on_answer = on_answer;
    runner_start(runner, on_question_started, call);
}

/* --- a condensation by hand --- */

static void finish_condensation(struct side_call *call, const struct error *error)
{
    call->on_done(call->owner, error);
    close_call(call);
}

static void on_condensed(void *owner, struct str code, const struct error *failure)
{
    struct side_call *call = owner;
    (void)code; /* the text says it */
    call->condensation = NULL;
    finish_condensation(call, failure);
}

static bool handles_requests(const struct doc_value *config, struct error *error)
{
    struct condenser *condenser;
    if (!condenser_decode(config, &condenser, error))
        return false;
    const bool is_able = condenser_handles_requests(condenser);
    condenser_free(condenser);
    return is_able || error_set(error, ERROR_CONFLICT,
                                "Cannot condense conversation: Condenser %.*s does not handle "
                                "condensation requests",
                                STR_ARG(llm_text_member(config, "kind")));
}

/* By the agent's description, so that no agent has to be made for a refusal. */
static bool check_condenser(const struct conversation *conversation, struct error *error)
{
    struct doc_error why;
    struct doc *agent = doc_parse(state_json(conversation_state(conversation), STATE_AGENT), &why);
    const struct doc_value *config =
        agent == NULL ? NULL : llm_object_member(doc_root(agent), "condenser");
    const bool is_able = config == NULL
                             ? error_set(error, ERROR_CONFLICT,
                                         "Cannot condense conversation: No condenser configured")
                             : handles_requests(config, error);
    doc_free(agent);
    return is_able;
}

static void on_condense_started(void *owner, const struct error *error)
{
    struct side_call *call = owner;
    struct runner *runner = call->runner;
    struct condenser_plan plan;
    struct error failure;
    if (error != NULL) {
        finish_condensation(call, error);
        return;
    }
    if (!runner_append(runner,
                       &(struct runner_event){.kind = EVENT_CONDENSATION_REQUEST,
                                              .source = EVENT_FROM_ENVIRONMENT},
                       NULL, &failure)) {
        finish_condensation(call, &failure);
        return;
    }
    if (condenser_plan(runner->parts->condenser, runner->parts->view, runner->prompt_tokens,
                       runner->parts->llm->max_input_tokens, &plan) == CONDENSER_SUMMARIZE)
        call->condensation = condensation_start(runner, &plan, on_condensed, call);
    else
        finish_condensation(call, NULL);
}

bool runner_condense(struct conversation *conversation, runner_fn on_done, void *owner,
                     struct error *error)
{
    struct runner *runner = runner_of(conversation);
    if (!check_condenser(conversation, error))
        return false;
    struct side_call *call = open_call(runner, STR(""), owner);
    call->on_done = on_done;
    runner_start(runner, on_condense_started, call);
    return true;
}
