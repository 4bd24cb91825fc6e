#include "agent/tool_batch.h"

#include <stdlib.h>

#include "agent/event_index.h"
#include "agent/event_log.h"
#include "agent/hooks_run.h"
#include "agent/llm/reader.h"
#include "agent/path_rules.h"
#include "agent/run_event.h"
#include "agent/runner_hooks.h"
#include "agent/runner_log.h"
#include "agent/runner_state.h"
#include "agent/tool_set.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

#define BEHIND_FINISH                                                                              \
    "Tool call was not executed, because an earlier call of the same answer has finished the "     \
    "task."

enum job_state {
    JOB_WAITING,
    JOB_RUNNING,
    JOB_DONE
};

enum job_end {
    END_OBSERVED,
    END_REJECTED, /* by a hook */
    END_ERROR,    /* of the model's */
    END_FAULT     /* of ours */
};

struct job {
    struct tool_batch *batch;
    size_t number;
    struct doc *event;
    struct run_subject subject;
    struct tool *tool;
    struct tool_run *run;
    enum job_state state;
    enum job_end end;
    struct buf text; /* observation, reason or error */
    struct buf action;
};

struct tool_batch {
    struct runner *runner;
    struct job *jobs;
    size_t count;
    size_t limit;
    size_t running;
    size_t told; /* jobs whose events are stored */
    struct runner_hooks *hooks;
    bool is_finished;
    bool is_interrupted;
    bool is_abandoned;
    bool is_due; /* on_turn comes */
    tool_batch_fn on_done;
    void *owner;
};

static void free_batch(struct tool_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        doc_free(batch->jobs[i].event);
        buf_fini(&batch->jobs[i].text);
        buf_fini(&batch->jobs[i].action);
    }
    runner_forget_hooks(batch->hooks);
    free(batch->jobs);
    free(batch);
}

static void finish(struct tool_batch *batch, const struct error *error)
{
    const tool_batch_fn on_done = batch->on_done;
    void *owner = batch->owner;
    const bool is_finished = batch->is_finished;
    free_batch(batch);
    on_done(owner, is_finished, error);
}

/* --- telling --- */

static bool store(struct runner *runner, enum event_kind kind, enum event_source source,
                  struct buf *members, struct error *error)
{
    const bool is_stored = runner_append(
        runner, &(struct runner_event){.kind = kind, .source = source, .members = buf_str(members)},
        NULL, error);
    buf_fini(members);
    return is_stored;
}

bool tool_batch_answer_error(struct runner *runner, size_t number, struct str text,
                             bool is_internal, struct error *error)
{
    struct buf members = {0};
    struct doc *doc = runner_event(runner, number);
    if (doc == NULL)
        return true; /* a file that nobody can read */
    const struct run_subject subject = {
        .tool_name = llm_text_member(doc_root(doc), "tool_name"),
        .call_id = llm_text_member(doc_root(doc), "tool_call_id"),
    };
    run_event_agent_error(&subject, text, is_internal, &members);
    doc_free(doc);
    return store(runner, EVENT_AGENT_ERROR, EVENT_FROM_AGENT, &members, error);
}

static bool tell_observation(struct job *job, struct error *error)
{
    struct runner *runner = job->batch->runner;
    struct buf members = {0};
    scoped_buf struct buf context = {0};
    if (!path_rules_apply(runner, llm_object_member(doc_root(job->event), "action"), &context,
                          error))
        return false;
    run_event_observation(&job->subject, buf_str(&job->text), buf_str(&context), &members);
    return store(runner, EVENT_OBSERVATION, EVENT_FROM_ENVIRONMENT, &members, error);
}

static bool tell(struct job *job, struct error *error)
{
    struct runner *runner = job->batch->runner;
    struct buf members = {0};
    switch (job->end) {
    case END_OBSERVED:
        return tell_observation(job, error);
    case END_REJECTED:
        run_event_rejection(&job->subject, buf_str(&job->text), true, &members);
        return store(runner, EVENT_USER_REJECT, EVENT_FROM_ENVIRONMENT, &members, error);
    case END_ERROR:
    case END_FAULT:
        break;
    }
    run_event_agent_error(&job->subject, buf_str(&job->text), job->end == END_FAULT, &members);
    return store(runner, EVENT_AGENT_ERROR, EVENT_FROM_AGENT, &members, error);
}

static void tell_all(struct tool_batch *batch);

static void on_hooks(void *owner, const struct hooks_result *result)
{
    struct tool_batch *batch = owner;
    struct error error;
    batch->hooks = NULL;
    if (!runner_append_hooks(batch->runner, result, &error))
        finish(batch, &error);
    else
        tell_all(batch);
}

static bool has_hooks(const struct job *job)
{
    return job->end == END_OBSERVED &&
           runner_has_hooks(job->batch->runner, HOOK_POST_TOOL_USE, job->subject.tool_name);
}

static void tell_all(struct tool_batch *batch)
{
    struct error error;
    while (batch->told < batch->count) {
        struct job *job = &batch->jobs[batch->told++];
        if (!tell(job, &error)) {
            finish(batch, &error);
            return;
        }
        if (!has_hooks(job))
            continue;
        doc_print(llm_object_member(doc_root(job->event), "action"), &job->action);
        const struct hooks_occasion occasion = {.event = HOOK_POST_TOOL_USE,
                                                .tool_name = job->subject.tool_name,
                                                .tool_input = buf_str(&job->action),
                                                .tool_response = buf_str(&job->text),
                                                .subject = job->subject.action};
        batch->hooks = runner_run_hooks(batch->runner, &occasion, on_hooks, batch);
        return;
    }
    finish(batch, NULL);
}

/* --- executing --- */

static void start_more(struct tool_batch *batch);

static void on_turn(void *owner)
{
    struct tool_batch *batch = owner;
    if (batch->is_abandoned)
        free_batch(batch);
    else if (batch->is_interrupted)
        finish(batch, NULL);
    else
        tell_all(batch);
}

static void end_soon(struct tool_batch *batch)
{
    if (batch->is_due)
        return;
    batch->is_due = true;
    loop_defer(batch->runner->runners->options.loop, on_turn, batch);
}

static bool is_over(const struct tool_batch *batch)
{
    if (batch->running > 0)
        return false;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->jobs[i].state != JOB_DONE && !batch->is_interrupted && !batch->is_abandoned)
            return false;
    }
    return true;
}

static void go_on(struct tool_batch *batch)
{
    if (!batch->is_interrupted && !batch->is_abandoned)
        start_more(batch);
    if (is_over(batch))
        end_soon(batch);
}

static void settle(struct job *job, enum job_end end, struct str text)
{
    job->state = JOB_DONE;
    job->end = end;
    buf_append(&job->text, text);
}

static void on_run_done(void *owner, const struct tool_result *result)
{
    static const enum job_end ends[] = {
        [TOOL_OBSERVED] = END_OBSERVED, [TOOL_REFUSED] = END_ERROR, [TOOL_FAILED] = END_FAULT};
    struct job *job = owner;
    struct tool_batch *batch = job->batch;
    job->run = NULL;
    batch->running--;
    settle(job, ends[result->outcome], result->text);
    batch->is_finished = batch->is_finished || result->ends_run;
    go_on(batch);
}

static void refuse_unknown(struct job *job)
{
    scoped_buf struct buf text = {0};
    runner_write_unknown_tool(job->batch->runner, job->subject.tool_name, &text);
    settle(job, END_ERROR, buf_str(&text));
}

/* A finish that is under way counts: what stands behind it is not begun. */
static bool is_behind_finish(const struct job *job)
{
    for (const struct job *before = job->batch->jobs; before < job; before++) {
        if (before->tool != NULL && before->tool->ends_run && before->end != END_REJECTED)
            return true;
    }
    return false;
}

static void start_job(struct job *job)
{
    struct tool_batch *batch = job->batch;
    struct runner *runner = batch->runner;
    struct error error;
    scoped_buf struct buf reason = {0};
    if (runner_is_blocked(runner, STATE_BLOCKED_ACTIONS, job->subject.action, &reason)) {
        settle(job, END_REJECTED, buf_str(&reason));
        if (!runner_set_blocked(runner, STATE_BLOCKED_ACTIONS, job->subject.action, STR_NULL,
                                &error))
            runner_report(runner, STR("InternalError"), str_from(error.text));
    } else if (job->tool == NULL) {
        refuse_unknown(job);
    } else if (is_behind_finish(job)) {
        settle(job, END_ERROR, STR(BEHIND_FINISH));
    } else {
        job->state = JOB_RUNNING;
        batch->running++;
        buf_clear(&job->action);
        doc_print(llm_object_member(doc_root(job->event), "action"), &job->action);
        job->run =
            tool_set_start(runner->tools, &(struct tool_start){.tool = job->tool,
                                                               .action = buf_str(&job->action),
                                                               .on_done = on_run_done,
                                                               .owner = job});
    }
}

static void start_more(struct tool_batch *batch)
{
    for (size_t i = 0; i < batch->count && batch->running < batch->limit; i++) {
        if (batch->jobs[i].state == JOB_WAITING)
            start_job(&batch->jobs[i]);
    }
}

/* --- its life --- */

static void read_job(struct tool_batch *batch, struct job *job, size_t number)
{
    const struct event_log *log = conversation_log(batch->runner->conversation);
    job->batch = batch;
    job->number = number;
    job->event = runner_event(batch->runner, number);
    job->subject.action = event_log_record(log, number)->id;
    if (job->event == NULL)
        return;
    job->subject.tool_name = llm_text_member(doc_root(job->event), "tool_name");
    job->subject.call_id = llm_text_member(doc_root(job->event), "tool_call_id");
    job->tool = tool_set_find(batch->runner->tools, job->subject.tool_name);
}

static size_t concurrency(const struct runner *runner)
{
    const int64_t limit =
        llm_int_member(doc_root(runner->parts->spec), "tool_concurrency_limit", 1);
    return limit < 1 ? 1 : (size_t)limit;
}

struct tool_batch *tool_batch_start(struct runner *runner, const size_t *numbers, size_t count,
                                    tool_batch_fn on_done, void *owner)
{
    struct tool_batch *batch = mem_zero(1, sizeof(*batch));
    batch->runner = runner;
    batch->jobs = mem_zero(count + 1, sizeof(*batch->jobs));
    batch->count = count;
    batch->limit = concurrency(runner);
    batch->on_done = on_done;
    batch->owner = owner;
    for (size_t i = 0; i < count; i++)
        read_job(batch, &batch->jobs[i], numbers[i]);
    go_on(batch);
    return batch;
}

static void cancel_runs(struct tool_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->jobs[i].run != NULL)
            tool_run_cancel(batch->jobs[i].run);
    }
}

void tool_batch_interrupt(struct tool_batch *batch)
{
    if (batch->is_interrupted)
        return;
    batch->is_interrupted = true;
    runner_forget_hooks(take_pointer(&batch->hooks));
    cancel_runs(batch);
    if (batch->running == 0)
        end_soon(batch);
}

void tool_batch_abandon(struct tool_batch *batch)
{
    batch->is_abandoned = true;
    runner_forget_hooks(take_pointer(&batch->hooks));
    cancel_runs(batch);
    if (batch->running == 0 && !batch->is_due)
        free_batch(batch);
}
