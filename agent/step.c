#include "agent/step.h"

#include <stdlib.h>

#include "agent/agent_start.h"
#include "agent/answer_stream.h"
#include "agent/condensation.h"
#include "agent/condenser.h"
#include "agent/event_index.h"
#include "agent/event_log.h"
#include "agent/hooks_run.h"
#include "agent/llm/answer.h"
#include "agent/llm/config.h"
#include "agent/llm/exchange.h"
#include "agent/llm/request.h"
#include "agent/llm_account.h"
#include "agent/run_event.h"
#include "agent/run_loop.h"
#include "agent/runner_log.h"
#include "agent/runner_state.h"
#include "agent/step_calls.h"
#include "agent/tool_batch.h"
#include "agent/view.h"
#include "server/base/mem.h"

#define NO_ANSWER                                                                                  \
    "Your last response did not include a function call or a message. Please use a tool to "       \
    "proceed with the task."
#define FILTERED                                                                                   \
    "Your previous response was blocked by the model's content filter. Please continue, "          \
    "rephrasing to avoid the flagged content."
#define BAD_KEY "Your LLM API key appears to be invalid or has expired."

struct step {
    struct run *run;
    struct runner *runner;
    struct condensation *condensation; /* one of these four at most */
    struct llm_exchange *exchange;
    struct step_calls *calls;
    struct tool_batch *batch;
    struct answer_stream stream;
    bool is_interrupted;
};

/* --- its end --- */

static void free_step(struct step *step)
{
    answer_stream_fini(&step->stream);
    free(step);
}

static void done(struct step *step)
{
    struct run *run = step->run;
    free_step(step);
    run->step = NULL;
    run_step_done(run);
}

static void broken(struct step *step, const struct error *error)
{
    struct run *run = step->run;
    free_step(step);
    run->step = NULL;
    run_break(run, error);
}

/* Ends in one way or the other. */
static void settle(struct step *step, bool is_fine, const struct error *error)
{
    if (is_fine)
        done(step);
    else
        broken(step, error);
}

static bool set_status(const struct step *step, enum state_status status, struct error *error)
{
    return conversation_set_status(step->runner->conversation, status, error);
}

/* --- executing --- */

static void on_batch(void *owner, bool is_finished, const struct error *error)
{
    struct step *step = owner;
    struct error failure;
    step->batch = NULL;
    if (error != NULL)
        broken(step, error);
    else if (is_finished && !step->is_interrupted)
        settle(step, set_status(step, STATUS_FINISHED, &failure), &failure);
    else
        done(step);
}

static bool execute_pending(struct step *step)
{
    size_t count;
    scoped_free size_t *pending = runner_pending(step->runner, &count);
    if (count == 0)
        return false;
    step->batch = tool_batch_start(step->runner, pending, count, on_batch, step);
    return true;
}

/* --- the answer --- */

static bool append(const struct step *step, enum event_source source, struct id id,
                   struct buf *members, struct error *error)
{
    const bool is_stored = runner_append(
        step->runner,
        &(struct runner_event){
            .kind = EVENT_MESSAGE, .source = source, .id = id, .members = buf_str(members)},
        NULL, error);
    buf_fini(members);
    return is_stored;
}

static bool is_blank(struct str text)
{
    return str_is_empty(str_trim(text));
}

static bool take_text(struct step *step, const struct llm_answer *answer, struct error *error)
{
    struct buf members = {0};
    run_event_answer(answer, conversation_mask(step->runner->conversation), &members);
    if (!append(step, EVENT_FROM_AGENT, step->stream.item, &members, error))
        return false;
    if (is_blank(buf_str(&answer->text)))
        return runner_notice(step->runner, STR(NO_ANSWER), error);
    return set_status(step, STATUS_FINISHED, error);
}

static void on_calls(void *owner, enum step_calls_end end, const struct error *error)
{
    struct step *step = owner;
    step->calls = NULL;
    if (error != NULL)
        broken(step, error);
    else if (end == STEP_CALLS_WAIT || step->is_interrupted || !execute_pending(step))
        done(step);
}

/* A message in the user's name, about what the model did wrong. */
static void correct(struct step *step, struct str text)
{
    struct buf members = {0};
    struct error error;
    run_event_notice(text, &members);
    settle(step, append(step, EVENT_FROM_USER, (struct id){0}, &members, &error), &error);
}

static void take_answer(struct step *step, const struct llm_result *result)
{
    struct runner *runner = step->runner;
    struct error error;
    if (!llm_account_add(runner, runner->parts->llm, result, &error)) {
        broken(step, &error);
        return;
    }
    runner->prompt_tokens = result->answer->usage.prompt_tokens;
    if (!step_calls_read_text(runner, result->answer, &error)) {
        correct(step, str_from(error.text));
        return;
    }
    answer_stream_end(&step->stream);
    if (result->answer->call_count == 0)
        settle(step, take_text(step, result->answer, &error), &error);
    else
        step_calls_start(runner, result->answer, step->stream.item, on_calls, step, &step->calls);
}

/* --- failures of the model --- */

static bool request_condensation(const struct step *step, struct error *error)
{
    return runner_append(step->runner,
                         &(struct runner_event){.kind = EVENT_CONDENSATION_REQUEST,
                                                .source = EVENT_FROM_ENVIRONMENT},
                         NULL, error);
}

static void fail(struct step *step, struct str code, struct str detail)
{
    struct run *run = step->run;
    scoped_buf struct buf name = {0};
    scoped_buf struct buf text = {0};
    buf_append(&name, code);
    secret_mask_apply(conversation_mask(step->runner->conversation), detail, &text);
    free_step(step);
    run->step = NULL;
    run_fail(run, buf_str(&name), buf_str(&text));
}

static void take_failure(struct step *step, const struct llm_result *result)
{
    struct error error;
    const enum llm_failure failure = result->failure;
    const bool is_too_much =
        failure == LLM_FAILURE_CONTEXT_WINDOW || failure == LLM_FAILURE_MALFORMED_HISTORY;
    answer_stream_abort(&step->stream, llm_failure_name(failure));
    if (failure == LLM_FAILURE_CONTENT_POLICY)
        correct(step, STR(FILTERED));
    else if (is_too_much && condenser_handles_requests(step->runner->parts->condenser))
        settle(step, request_condensation(step, &error), &error);
    else if (failure == LLM_FAILURE_AUTHENTICATION)
        fail(step, llm_failure_name(failure), STR(BAD_KEY));
    else
        fail(step, llm_failure_name(failure), result->detail);
}

/* --- asking --- */

static void on_attempt(void *owner, unsigned attempt)
{
    struct step *step = owner;
    (void)attempt; /* the stream counts what it has shown */
    if (step->runner->parts->llm->stream)
        answer_stream_attempt(&step->stream);
}

static void on_delta(void *owner, const struct llm_answer *answer, struct str text,
                     bool is_reasoning)
{
    struct step *step = owner;
    if (step->runner->parts->llm->stream)
        answer_stream_delta(&step->stream, answer, text, is_reasoning);
}

static void on_done(void *owner, const struct llm_result *result)
{
    struct step *step = owner;
    step->exchange = NULL;
    if (result->failure == LLM_FAILURE_NONE)
        take_answer(step, result);
    else
        take_failure(step, result);
}

static void ask(struct step *step)
{
    static const struct llm_exchange_events events = {
        .on_attempt = on_attempt, .on_delta = on_delta, .on_done = on_done};
    struct runner *runner = step->runner;
    const struct id_text id = id_uuid(conversation_id(runner->conversation));
    struct llm_request request = {.config = runner->parts->llm,
                                  .tools = runner_tools(runner),
                                  .cache_key = str_from(id.text),
                                  .stream = runner->parts->llm->stream};
    request.fragment_count = view_fragments(runner->parts->view, &request.fragments);
    step->exchange = runner_ask_model(runner, &request, &events, step);
}

/* --- before asking --- */

static void on_condensed(void *owner, struct str code, const struct error *failure)
{
    struct step *step = owner;
    step->condensation = NULL;
    if (failure != NULL)
        fail(step, code, str_from(failure->text));
    else
        done(step);
}

/* True: the step is taken. */
static bool condense(struct step *step)
{
    struct runner *runner = step->runner;
    struct condenser_plan plan;
    switch (condenser_plan(runner->parts->condenser, runner->parts->view, runner->prompt_tokens,
                           runner->parts->llm->max_input_tokens, &plan)) {
    case CONDENSER_SUMMARIZE:
        step->condensation = condensation_start(runner, &plan, on_condensed, step);
        return true;
    case CONDENSER_FAIL:
        fail(step, STR("NoCondensationAvailableException"),
             STR("The conversation is too long for the model, and nothing of it can be "
                 "summarized."));
        return true;
    case CONDENSER_CARRY_ON:
        break;
    }
    return false;
}

static bool refuse_blocked(struct step *step)
{
    struct id id;
    struct error error;
    scoped_buf struct buf reason = {0};
    if (view_last_user_message(step->runner->parts->view, &id) == SIZE_MAX ||
        !runner_is_blocked(step->runner, STATE_BLOCKED_MESSAGES, id, &reason))
        return false;
    settle(step,
           runner_set_blocked(step->runner, STATE_BLOCKED_MESSAGES, id, STR_NULL, &error) &&
               set_status(step, STATUS_FINISHED, &error),
           &error);
    return true;
}

static bool refuse_image(struct step *step)
{
    const struct llm_config *llm = step->runner->parts->llm;
    struct llm_answer answer;
    struct error error;
    if (llm->has_vision || !view_has_image(step->runner->parts->view))
        return false;
    llm_answer_init(&answer);
    buf_printf(&answer.text,
               "I received your image, but the currently selected model (%.*s) does not support "
               "image understanding. Please switch to a multimodal model to analyze the image.",
               STR_ARG(llm->name));
    const bool is_told = take_text(step, &answer, &error);
    llm_answer_fini(&answer);
    settle(step, is_told, &error);
    return true;
}

void step_start(struct run *run)
{
    struct step *step = mem_zero(1, sizeof(*step));
    step->run = run;
    step->runner = run->runner;
    answer_stream_init(&step->stream, run->runner->conversation, id_new());
    run->step = step;
    if (!execute_pending(step) && !refuse_blocked(step) && !condense(step) && !refuse_image(step))
        ask(step);
}

/* --- its early end --- */

/* True: nothing is under way any more. */
static bool cancel_quick(struct step *step)
{
    if (step->exchange != NULL)
        llm_exchange_cancel(step->exchange);
    if (step->condensation != NULL)
        condensation_cancel(step->condensation);
    if (step->calls != NULL)
        step_calls_cancel(step->calls);
    step->exchange = NULL;
    step->condensation = NULL;
    step->calls = NULL;
    answer_stream_abort(&step->stream, STR("cancelled"));
    return step->batch == NULL;
}

void step_interrupt(struct step *step)
{
    step->is_interrupted = true;
    if (cancel_quick(step))
        done(step);
    else
        tool_batch_interrupt(step->batch); /* ends in on_batch */
}

void step_abandon(struct step *step)
{
    if (!cancel_quick(step))
        tool_batch_abandon(step->batch);
    free_step(step);
}
