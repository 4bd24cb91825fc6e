#include "agent/run_loop.h"

#include <stdlib.h>

#include "agent/agent_start.h"
#include "agent/hooks_run.h"
#include "agent/llm/failure.h"
#include "agent/registry.h"
#include "agent/run_event.h"
#include "agent/runner_hooks.h"
#include "agent/runner_log.h"
#include "agent/runner_state.h"
#include "agent/stats.h"
#include "agent/step.h"
#include "agent/stuck.h"
#include "agent/tool_batch.h"
#include "agent/view.h"
#include "server/base/clock.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

#define FULL_STATE_HOLD_MS 150

static void go_on(struct run *run);

/* --- its end --- */

static void free_run(struct run *run)
{
    struct runner *runner = run->runner;
    runner->run = NULL;
    if (run->step != NULL)
        step_abandon(run->step);
    runner_forget_hooks(run->stop_hooks);
    registry_release_run(runner->runners->registry);
    conversation_release(runner->conversation);
    free(run);
}

/* A message that wanted a run and was not answered by this one gets another. */
static void run_again(struct runner *runner)
{
    const enum state_status status = conversation_status(runner->conversation);
    struct error error;
    if (!runner->runs_again)
        return;
    runner->runs_again = false;
    if ((status == STATUS_IDLE || status == STATUS_PAUSED) && !runner_begin_run(runner, &error))
        runner_report(runner, STR("RunLimit"), str_from(error.text));
}

static void on_full_state_due(void *owner)
{
    struct runner *runner = owner;
    conversation_publish_full_state(runner->conversation);
}

/* A client listens for it only once it has read the answer to its request for the run. */
static void publish_full_state(struct runner *runner, uint64_t run_ms)
{
    if (run_ms >= FULL_STATE_HOLD_MS) {
        conversation_publish_full_state(runner->conversation);
        return;
    }
    if (runner->full_state == NULL)
        runner->full_state = timer_open(runner->runners->options.loop, on_full_state_due, runner);
    timer_start(runner->full_state, FULL_STATE_HOLD_MS - run_ms, 0);
}

static void end(struct run *run)
{
    struct runner *runner = run->runner;
    struct conversation *conversation = runner->conversation;
    const uint64_t run_ms = clock_monotonic_ms() - run->started_ms;
    conversation_hold(conversation);
    free_run(run);
    publish_full_state(runner, run_ms);
    runner_wake(&runner->interrupt_waiters, NULL);
    run_again(runner);
    conversation_release(conversation);
}

void run_abandon(struct run *run)
{
    struct runner *runner = run->runner;
    struct error error;
    if (!conversation_set_status(runner->conversation, STATUS_PAUSED, &error) ||
        !runner_append(runner,
                       &(struct runner_event){.kind = EVENT_PAUSE, .source = EVENT_FROM_USER}, NULL,
                       &error))
        runner_report(runner, STR("InternalError"), str_from(error.text));
    free_run(run);
}

/* The error is on disk before anybody hears of the status. */
void run_fail(struct run *run, struct str code, struct str detail)
{
    struct error error;
    struct runner *runner = run->runner;
    const bool is_set = conversation_set_status(runner->conversation, STATUS_ERROR, &error);
    runner_report(runner, code, is_set ? detail : str_from(error.text));
    end(run);
}

void run_break(struct run *run, const struct error *error)
{
    const struct error copy = *error;
    run_fail(run, STR("InternalError"), str_from(copy.text));
}

static bool set_status(struct run *run, enum state_status status)
{
    struct error error;
    if (conversation_set_status(run->runner->conversation, status, &error))
        return true;
    run_break(run, &error);
    return false;
}

/* --- interrupts --- */

static bool answer_pending(struct runner *runner, size_t number, struct error *error)
{
    return tool_batch_answer_error(
        runner, number,
        STR("Tool call interrupted before completion. The conversation was paused."), false, error);
}

static bool tell_interrupt(struct runner *runner, struct error *error)
{
    size_t count;
    scoped_free size_t *pending = runner_pending(runner, &count);
    for (size_t i = 0; i < count; i++) {
        if (!answer_pending(runner, pending[i], error))
            return false;
    }
    return conversation_set_status(runner->conversation, STATUS_PAUSED, error) &&
           runner_append(runner,
                         &(struct runner_event){.kind = EVENT_INTERRUPT, .source = EVENT_FROM_USER},
                         NULL, error);
}

static void end_interrupted(struct run *run)
{
    struct error error;
    if (!tell_interrupt(run->runner, &error))
        run_break(run, &error);
    else
        end(run);
}

bool run_resume(struct run *run, struct error *error)
{
    struct conversation *conversation = run->runner->conversation;
    if (conversation_status(conversation) != STATUS_PAUSED || run->is_interrupted)
        return error_set(error, ERROR_CONFLICT,
                         "Conversation already running. Wait for completion or pause first.");
    return conversation_set_status(conversation, STATUS_RUNNING, error);
}

void run_interrupt(struct run *run)
{
    if (run->is_interrupted)
        return;
    run->is_interrupted = true;
    if (run->step != NULL)
        step_interrupt(run->step); /* ends in run_step_done */
    else
        run_soon(run);
}

/* --- between steps --- */

static void on_stop_hooks(void *owner, const struct hooks_result *result)
{
    struct run *run = owner;
    struct error error;
    scoped_buf struct buf text = {0};
    run->stop_hooks = NULL;
    if (!runner_append_hooks(run->runner, result, &error)) {
        run_break(run, &error);
    } else if (!result->is_blocked) {
        end(run);
    } else {
        buf_append(&text, STR("[Stop hook feedback] "));
        buf_append(&text, buf_str(&result->reason));
        if (!runner_notice(run->runner, buf_str(&text), &error))
            run_break(run, &error);
        else if (set_status(run, STATUS_RUNNING))
            run_soon(run);
    }
}

static void stop(struct run *run)
{
    const struct hooks_occasion occasion = {.event = HOOK_STOP, .reason = STR("agent_finished")};
    if (!runner_has_hooks(run->runner, HOOK_STOP, STR_NULL)) {
        end(run);
        return;
    }
    run->stop_hooks = runner_run_hooks(run->runner, &occasion, on_stop_hooks, run);
}

/* True: the run goes on; else it has ended or failed. */
static bool check_stuck(struct run *run)
{
    struct runner *runner = run->runner;
    struct stuck *stuck = view_stuck(runner->parts->view);
    struct error error;
    scoped_buf struct buf nudge = {0};
    if (!conversation_state(runner->conversation)->stuck_detection)
        return true;
    if (stuck_is_stuck(stuck, &stuck_default_limits)) {
        if (set_status(run, STATUS_STUCK))
            end(run);
        return false;
    }
    if (!stuck_take_nudge(stuck, &stuck_default_limits, &nudge) ||
        runner_notice(runner, buf_str(&nudge), &error))
        return true;
    run_break(run, &error);
    return false;
}

static void begin_step(struct run *run)
{
    run->message_at_step = view_last_user_message(run->runner->parts->view, NULL);
    step_start(run);
}

static void on_reloaded(void *owner, const struct error *error)
{
    struct runner *runner = owner;
    if (runner->run == NULL)
        return;
    if (error != NULL)
        run_break(runner->run, error);
    else
        go_on(runner->run);
}

/* The top of the loop. */
static void go_on(struct run *run)
{
    struct runner *runner = run->runner;
    if (run->is_interrupted) {
        end_interrupted(run);
        return;
    }
    switch (conversation_status(runner->conversation)) {
    case STATUS_FINISHED:
        stop(run);
        return;
    case STATUS_RUNNING:
        break;
    case STATUS_WAITING_FOR_CONFIRMATION:
        if (!set_status(run, STATUS_RUNNING))
            return;
        break;
    case STATUS_IDLE:
    case STATUS_PAUSED:
    case STATUS_ERROR:
    case STATUS_STUCK:
    case STATUS_DELETING:
    case STATUS_COUNT:
        end(run);
        return;
    }
    if (runner->is_stale)
        runner_reload(runner, on_reloaded, runner);
    else if (check_stuck(run))
        begin_step(run);
}

static void on_turn(void *owner)
{
    struct conversation *conversation = owner;
    struct runner *runner = conversation_runner(conversation);
    if (runner != NULL && runner->run != NULL && runner->run->is_due) {
        runner->run->is_due = false;
        go_on(runner->run);
    }
    conversation_release(conversation);
}

void run_soon(struct run *run)
{
    if (run->is_due)
        return;
    run->is_due = true;
    conversation_hold(run->runner->conversation);
    loop_defer(run->runner->runners->options.loop, on_turn, run->runner->conversation);
}

/* A message of the user's came while the step was on its way. */
static bool has_new_message(const struct run *run)
{
    const size_t newest = view_last_user_message(run->runner->parts->view, NULL);
    return newest != SIZE_MAX &&
           (run->message_at_step == SIZE_MAX || newest > run->message_at_step);
}

static void fail_at_limit(struct run *run, int64_t limit)
{
    scoped_buf struct buf text = {0};
    buf_printf(&text, "Agent reached maximum iterations limit (%lld).", (long long)limit);
    run_fail(run, STR("MaxIterationsReached"), buf_str(&text));
}

/* It is done, or waits, but there is something new to do. */
static void absorb_message(struct run *run, bool is_at_limit)
{
    struct runner *runner = run->runner;
    struct error error;
    if (conversation_status(runner->conversation) == STATUS_WAITING_FOR_CONFIRMATION &&
        !runner_reject(runner->conversation, STR("Superseded by a new user message"), &error)) {
        run_break(run, &error);
        return;
    }
    runner->runs_again = false;
    if (!set_status(run, is_at_limit ? STATUS_IDLE : STATUS_RUNNING))
        return;
    run_soon(run);
}

void run_step_done(struct run *run)
{
    struct runner *runner = run->runner;
    const struct state *state = conversation_state(runner->conversation);
    const enum state_status status = state->status;
    run->step = NULL;
    run->iteration++;
    const bool is_at_limit = run->iteration >= state->max_iterations;
    if (run->is_interrupted)
        run_soon(run);
    else if ((status == STATUS_FINISHED || status == STATUS_WAITING_FOR_CONFIRMATION) &&
             has_new_message(run))
        absorb_message(run, is_at_limit);
    else if (status == STATUS_WAITING_FOR_CONFIRMATION)
        end(run);
    else if (is_at_limit && status != STATUS_FINISHED)
        fail_at_limit(run, state->max_iterations);
    else
        run_soon(run);
}

/* --- its beginning --- */

static void on_started(void *owner, const struct error *error)
{
    struct runner *runner = owner;
    if (runner->run == NULL)
        return;
    if (error != NULL)
        run_break(runner->run, error);
    else
        run_soon(runner->run);
}

static bool is_to_run(enum state_status status)
{
    return status == STATUS_IDLE || status == STATUS_PAUSED || status == STATUS_ERROR ||
           status == STATUS_STUCK || status == STATUS_WAITING_FOR_CONFIRMATION;
}

bool runner_begin_run(struct runner *runner, struct error *error)
{
    if (!registry_take_run(runner->runners->registry))
        return error_set(error, ERROR_LIMIT,
                         "Conversation run limit reached. Retry the request later.");
    return runner_begin_run_in_slot(runner, error);
}

bool runner_begin_run_in_slot(struct runner *runner, struct error *error)
{
    struct conversation *conversation = runner->conversation;
    if (is_to_run(conversation_status(conversation)) &&
        !conversation_set_status(conversation, STATUS_RUNNING, error)) {
        registry_release_run(runner->runners->registry);
        return false;
    }
    struct run *run = mem_zero(1, sizeof(*run));
    run->runner = runner;
    run->started_ms = clock_monotonic_ms();
    runner->run = run;
    conversation_hold(conversation);
    runner_start(runner, on_started, runner);
    return true;
}
