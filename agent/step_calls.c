#include "agent/step_calls.h"

#include <stdlib.h>

#include "agent/confirmation.h"
#include "agent/hooks_run.h"
#include "agent/llm/answer.h"
#include "agent/llm/config.h"
#include "agent/llm/reader.h"
#include "agent/llm/request.h"
#include "agent/prompt_calls_reader.h"
#include "agent/run_event.h"
#include "agent/runner_hooks.h"
#include "agent/runner_log.h"
#include "agent/runner_state.h"
#include "agent/tool_set.h"
#include "server/base/json.h"
#include "server/base/mem.h"

struct step_calls {
    struct runner *runner;
    struct llm_answer answer;
    struct id first;
    size_t next;                   /* call */
    struct tool_proposal proposal; /* of that call, while its hooks run */
    struct id id;                  /* of its event */
    uint32_t parent;
    struct runner_hooks *hooks;
    struct arena arena;
    struct risky_action *actions; /* those that can be executed */
    size_t action_count;
    step_calls_fn on_done;
    void *owner;
};

static void free_calls(struct step_calls *calls)
{
    runner_forget_hooks(calls->hooks);
    tool_proposal_fini(&calls->proposal);
    llm_answer_fini(&calls->answer);
    arena_fini(&calls->arena);
    free(calls);
}

void step_calls_cancel(struct step_calls *calls)
{
    free_calls(calls);
}

static void finish(struct step_calls *calls, enum step_calls_end end, const struct error *error)
{
    const step_calls_fn on_done = calls->on_done;
    void *owner = calls->owner;
    free_calls(calls);
    on_done(owner, end, error);
}

/* --- confirmation --- */

static struct doc *parse_field(const struct runner *runner, enum state_field field)
{
    struct doc_error why;
    return doc_parse(state_json(conversation_state(runner->conversation), field), &why);
}

static const struct doc_value *root_of(const struct doc *doc)
{
    return doc == NULL ? NULL : doc_root(doc);
}

static bool is_set(const struct doc *doc)
{
    return doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT;
}

/* One that only ends the task, or only thinks, needs nobody's leave. */
static bool is_harmless(const struct step_calls *calls)
{
    if (calls->action_count == 0)
        return true;
    const struct str name = calls->actions[0].tool_name;
    return calls->action_count == 1 && calls->answer.call_count == 1 &&
           (str_equal(name, STR("finish")) || str_equal(name, STR("think")));
}

static bool tell_risks(struct step_calls *calls, const struct doc *analyzer,
                       const struct doc *policy, struct error *error)
{
    scoped_buf struct buf members = {0};
    confirmation_write_event(root_of(analyzer), root_of(policy), calls->actions,
                             calls->action_count, &members);
    return runner_append(calls->runner,
                         &(struct runner_event){.kind = EVENT_SECURITY_ANALYSIS,
                                                .source = EVENT_FROM_ENVIRONMENT,
                                                .members = buf_str(&members)},
                         NULL, error);
}

static bool decide(struct step_calls *calls, enum step_calls_end *ret_end, struct error *error)
{
    struct runner *runner = calls->runner;
    struct doc *analyzer = parse_field(runner, STATE_SECURITY_ANALYZER);
    struct doc *policy = parse_field(runner, STATE_CONFIRMATION_POLICY);
    confirmation_analyze(root_of(analyzer), calls->actions, calls->action_count);
    bool is_fine = !is_set(analyzer) || tell_risks(calls, analyzer, policy, error);
    if (is_fine && confirmation_is_wanted(root_of(policy), calls->actions, calls->action_count)) {
        *ret_end = STEP_CALLS_WAIT;
        is_fine =
            conversation_set_status(runner->conversation, STATUS_WAITING_FOR_CONFIRMATION, error);
    }
    doc_free(analyzer);
    doc_free(policy);
    return is_fine;
}

static void conclude(struct step_calls *calls)
{
    enum step_calls_end end = STEP_CALLS_EXECUTE;
    struct error error;
    const bool is_fine = is_harmless(calls) || decide(calls, &end, &error);
    finish(calls, end, is_fine ? NULL : &error);
}

/* --- events --- */

static bool append_action(struct step_calls *calls, struct error *error)
{
    scoped_buf struct buf members = {0};
    run_event_action(&(struct run_action){.answer = &calls->answer,
                                          .call = &calls->answer.calls[calls->next],
                                          .proposal = &calls->proposal,
                                          .is_first = calls->next == 0},
                     &members);
    return runner_append(calls->runner,
                         &(struct runner_event){.kind = EVENT_ACTION,
                                                .source = EVENT_FROM_AGENT,
                                                .id = calls->id,
                                                .members = buf_str(&members),
                                                .has_parent = true,
                                                .parent = calls->parent},
                         NULL, error);
}

static bool append_error(struct step_calls *calls, struct error *error)
{
    scoped_buf struct buf members = {0};
    const struct run_subject subject = {
        .tool_name = buf_str(&calls->proposal.name),
        .call_id = buf_str(&calls->answer.calls[calls->next].id),
    };
    run_event_agent_error(&subject, buf_str(&calls->proposal.error), false, &members);
    return runner_append(calls->runner,
                         &(struct runner_event){.kind = EVENT_AGENT_ERROR,
                                                .source = EVENT_FROM_AGENT,
                                                .members = buf_str(&members)},
                         NULL, error);
}

static void note_action(struct step_calls *calls)
{
    const struct tool_proposal *proposal = &calls->proposal;
    calls->actions[calls->action_count++] = (struct risky_action){
        .id = calls->id,
        .tool_name = arena_copy(&calls->arena, buf_str(&proposal->call_name)),
        .action = arena_copy(&calls->arena, buf_str(&proposal->action)),
        .predicted = proposal->risk,
    };
}

static bool store(struct step_calls *calls, const struct hooks_result *hooks, struct error *error)
{
    struct runner *runner = calls->runner;
    if (!runner_append_hooks(runner, hooks, error))
        return false;
    if (hooks->is_blocked && !runner_set_blocked(runner, STATE_BLOCKED_ACTIONS, calls->id,
                                                 buf_str(&hooks->reason), error))
        return false;
    if (!append_action(calls, error))
        return false;
    if (calls->proposal.tool == NULL)
        return append_error(calls, error);
    note_action(calls);
    return true;
}

/* --- one after the other --- */

static void go_on(struct step_calls *calls);

/* False: it is over. */
static bool take_next(struct step_calls *calls, const struct hooks_result *hooks)
{
    struct error error;
    const bool is_stored = store(calls, hooks, &error);
    tool_proposal_fini(&calls->proposal);
    calls->proposal = (struct tool_proposal){0};
    calls->next++;
    if (!is_stored)
        finish(calls, STEP_CALLS_EXECUTE, &error);
    return is_stored;
}

static void on_hooks(void *owner, const struct hooks_result *result)
{
    struct step_calls *calls = owner;
    calls->hooks = NULL;
    if (take_next(calls, result))
        go_on(calls);
}

/* What the model predicts counts where an analyzer looks at it. */
static bool has_analyzer(const struct runner *runner)
{
    struct doc *analyzer = parse_field(runner, STATE_SECURITY_ANALYZER);
    const bool has_one = is_set(analyzer);
    doc_free(analyzer);
    return has_one;
}

static void propose(struct step_calls *calls)
{
    const struct llm_answer_call *call = &calls->answer.calls[calls->next];
    tool_arguments_read(calls->runner->tools, buf_str(&call->name), buf_str(&call->arguments),
                        &calls->proposal);
    if (!has_analyzer(calls->runner))
        calls->proposal.risk = TOOL_RISK_UNKNOWN;
    calls->id = calls->next == 0 ? calls->first : id_new();
    calls->parent = conversation_head(calls->runner->conversation);
}

static void go_on(struct step_calls *calls)
{
    while (calls->next < calls->answer.call_count) {
        propose(calls);
        const struct tool *tool = calls->proposal.tool;
        if (tool != NULL && runner_has_hooks(calls->runner, HOOK_PRE_TOOL_USE, tool->name)) {
            const struct hooks_occasion occasion = {
                .event = HOOK_PRE_TOOL_USE,
                .tool_name = tool->name,
                .tool_input = buf_str(&calls->proposal.action),
                .subject = calls->id,
            };
            calls->hooks = runner_run_hooks(calls->runner, &occasion, on_hooks, calls);
            return;
        }
        if (!take_next(calls, &(struct hooks_result){0}))
            return;
    }
    conclude(calls);
}

void step_calls_start(struct runner *runner, struct llm_answer *answer, struct id first,
                      step_calls_fn on_done, void *owner, struct step_calls **ret_calls)
{
    struct step_calls *calls = mem_zero(1, sizeof(*calls));
    calls->runner = runner;
    calls->answer = llm_answer_take(answer);
    calls->first = first;
    calls->actions =
        arena_zero(&calls->arena, calls->answer.call_count + 1, sizeof(*calls->actions));
    calls->on_done = on_done;
    calls->owner = owner;
    *ret_calls = calls;
    go_on(calls);
}

/* --- calls in the text --- */

bool step_calls_read_text(struct runner *runner, struct llm_answer *answer, struct error *error)
{
    const struct llm_config *llm = runner->parts->llm;
    const struct llm_tool *tools;
    struct arena arena = {0};
    if (llm->native_tool_calling)
        return true;
    const size_t count =
        tool_set_for_model(runner->tools, llm->protocol == LLM_RESPONSES, &arena, &tools);
    const bool is_read = prompt_calls_read(tools, count, ++runner->text_calls, answer, error);
    arena_fini(&arena);
    return is_read;
}
