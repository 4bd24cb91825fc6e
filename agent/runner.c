#include "agent/runner.h"

#include <stdlib.h>

#include "agent/agent_mcp.h"
#include "agent/agent_spec.h"
#include "agent/agent_start.h"
#include "agent/event_index.h"
#include "agent/event_log.h"
#include "agent/last_hooks.h"
#include "agent/llm/exchange.h"
#include "agent/llm/reader.h"
#include "agent/llm_account.h"
#include "agent/message_queue.h"
#include "agent/pending.h"
#include "agent/run_event.h"
#include "agent/run_loop.h"
#include "agent/runner_log.h"
#include "agent/runner_state.h"
#include "agent/secret_lookup.h"
#include "agent/side_call.h"
#include "agent/tool_set.h"
#include "agent/view.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/base/repr.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

struct runners *runners_open(const struct runners_options *options)
{
    struct runners *runners = mem_zero(1, sizeof(*runners));
    runners->options = *options;
    list_init(&runners->ending);
    return runners;
}

void runners_set_registry(struct runners *runners, struct registry *registry)
{
    runners->registry = registry;
}

void runners_stop(struct runners *runners)
{
    last_hooks_cut_all(runners);
}

void runners_close(struct runners *runners)
{
    free(runners);
}

struct runner *runner_of(const struct conversation *conversation)
{
    return conversation_runner(conversation);
}

static void move_all(struct list *from, struct list *to)
{
    for (struct list *link; (link = list_first(from)) != NULL;) {
        list_remove(link);
        list_append(to, link);
    }
}

/* Who waits anew while they are called waits for something new. */
void runner_wake(struct list *waiters, const struct error *error)
{
    struct list due;
    list_init(&due);
    move_all(waiters, &due);
    for (struct list *link; (link = list_first(&due)) != NULL;) {
        struct runner_waiter *waiter = container_of(link, struct runner_waiter, link);
        list_remove(link);
        waiter->on_done(waiter->owner, error);
        free(waiter);
    }
}

/* --- its end --- */

void runner_try_end(struct runner *runner)
{
    struct conversation *conversation = runner->conversation;
    if (!runner->has_closed_tools || runner->running_hooks > 0)
        return;
    agent_parts_free(runner->parts);
    secret_lookup_free(runner->lookup);
    buf_fini(&runner->told_tools);
    timer_close(runner->full_state);
    free(runner);
    conversation_set_runner(conversation, NULL, NULL);
    conversation_release(conversation);
}

static void on_mcp_closed(void *owner)
{
    struct runner *runner = owner;
    runner->has_closed_tools = true;
    runner_try_end(runner);
}

/* The tools have let go of their servers. */
static void on_tools_closed(void *owner)
{
    struct runner *runner = owner;
    if (runner->mcp != NULL)
        agent_mcp_close(runner->mcp, on_mcp_closed, runner);
    else
        on_mcp_closed(runner);
}

/* The conversation is held until the tools have ended, and hooks of the session's end. */
static void on_conversation_close(struct runner *runner)
{
    struct error error;
    (void)error_set(&error, ERROR_GONE, "the conversation is closed"); /* is false */
    runner->is_closed = true;
    conversation_hold(runner->conversation);
    runner_start_cancel(runner);
    if (runner->run != NULL)
        run_abandon(runner->run);
    runner_drop_side_calls(runner);
    runner_drop_messages(runner, &error);
    runner_wake(&runner->start_waiters, &error);
    runner_wake(&runner->interrupt_waiters, &error);
    if (conversation_ends_session(runner->conversation) && last_hooks_are_due(runner))
        last_hooks_begin(runner);
    if (runner->tools != NULL)
        tool_set_close(runner->tools, on_tools_closed, runner);
    else
        loop_defer(runner->runners->options.loop, on_tools_closed, runner);
    if (runner->lookup != NULL) /* runs that wait for it are cancelled already */
        secret_lookup_stop(runner->lookup);
}

void runners_attach(void *owner, struct conversation *conversation)
{
    struct runner *runner = mem_zero(1, sizeof(*runner));
    runner->runners = owner;
    runner->conversation = conversation;
    list_init(&runner->start_waiters);
    list_init(&runner->messages);
    list_init(&runner->interrupt_waiters);
    list_init(&runner->side_calls);
    conversation_set_runner(conversation, runner, on_conversation_close);
}

struct llm_exchange *runner_ask_model(struct runner *runner, const struct llm_request *request,
                                      const struct llm_exchange_events *events, void *owner)
{
    const struct llm_exchange_options options = {.loop = runner->runners->options.loop,
                                                 .http = runner->runners->options.http,
                                                 .request = request,
                                                 .keys = runner->runners->options.keys,
                                                 .on_log = llm_account_log,
                                                 .log_owner = runner};
    return llm_exchange_start(&options, events, owner);
}

/* --- what people ask for --- */

bool runner_is_running(const struct conversation *conversation)
{
    return runner_of(conversation)->run != NULL;
}

bool runner_has_last_hooks(const struct conversation *conversation)
{
    const struct runner *runner = runner_of(conversation);
    return runner != NULL && last_hooks_are_due(runner);
}

bool runner_run(struct conversation *conversation, struct error *error)
{
    struct runner *runner = runner_of(conversation);
    return runner->run != NULL ? run_resume(runner->run, error) : runner_begin_run(runner, error);
}

static bool append_user_event(struct runner *runner, enum event_kind kind, struct error *error)
{
    return runner_append(runner, &(struct runner_event){.kind = kind, .source = EVENT_FROM_USER},
                         NULL, error);
}

bool runner_pause(struct conversation *conversation, struct error *error)
{
    struct runner *runner = runner_of(conversation);
    const enum state_status status = conversation_status(conversation);
    runner->runs_again = false;
    if (status == STATUS_RUNNING || status == STATUS_IDLE) {
        if (!conversation_set_status(conversation, STATUS_PAUSED, error) ||
            !append_user_event(runner, EVENT_PAUSE, error))
            return false;
    }
    conversation_publish_full_state(conversation); /* the end of a run tells once more */
    return true;
}

static bool reject_action(struct runner *runner, size_t number, struct str reason,
                          struct error *error)
{
    scoped_buf struct buf members = {0};
    struct doc *doc = runner_event(runner, number);
    if (doc == NULL)
        return true; /* nobody can execute it either */
    const struct run_subject subject = {
        .action = event_log_record(conversation_log(runner->conversation), number)->id,
        .tool_name = llm_text_member(doc_root(doc), "tool_name"),
        .call_id = llm_text_member(doc_root(doc), "tool_call_id"),
    };
    run_event_rejection(&subject, reason, false, &members);
    doc_free(doc);
    return runner_append(runner,
                         &(struct runner_event){.kind = EVENT_USER_REJECT,
                                                .source = EVENT_FROM_ENVIRONMENT,
                                                .members = buf_str(&members)},
                         NULL, error);
}

bool runner_reject(struct conversation *conversation, struct str reason, struct error *error)
{
    struct runner *runner = runner_of(conversation);
    size_t count;
    if (conversation_status(conversation) != STATUS_WAITING_FOR_CONFIRMATION)
        return true;
    if (!conversation_set_status(conversation, STATUS_IDLE, error))
        return false;
    scoped_free size_t *pending = runner_pending(runner, &count);
    for (size_t i = 0; i < count; i++) {
        if (!reject_action(runner, pending[i], reason, error))
            return false;
    }
    return true;
}

/* --- interrupts --- */

struct interrupt_end {
    struct runner *runner;
    struct error error;
    bool has_failed;
};

static void on_interrupt_end(void *owner)
{
    struct interrupt_end *end = owner;
    struct conversation *conversation = end->runner->conversation;
    runner_wake(&end->runner->interrupt_waiters, end->has_failed ? &end->error : NULL);
    conversation_release(conversation);
    free(end);
}

/* Nothing runs: it is a pause. */
static void interrupt_idle(struct runner *runner)
{
    struct interrupt_end *end = mem_zero(1, sizeof(*end));
    end->runner = runner;
    end->has_failed = !runner_pause(runner->conversation, &end->error);
    conversation_hold(runner->conversation);
    loop_defer(runner->runners->options.loop, on_interrupt_end, end);
}

void runner_interrupt(struct conversation *conversation, runner_fn on_done, void *owner)
{
    struct runner *runner = runner_of(conversation);
    struct runner_waiter *waiter = mem_zero(1, sizeof(*waiter));
    waiter->on_done = on_done;
    waiter->owner = owner;
    list_append(&runner->interrupt_waiters, &waiter->link);
    runner->runs_again = false;
    if (runner->tools != NULL)
        tool_set_interrupt(runner->tools);
    if (runner->run != NULL)
        run_interrupt(runner->run);
    else
        interrupt_idle(runner);
    if (runner->lookup != NULL) /* what waits for secrets is cancelled, and ends now */
        secret_lookup_hurry(runner->lookup);
}

bool runner_switch_llm(struct conversation *conversation, struct str llm, struct error *error)
{
    struct runner *runner = runner_of(conversation);
    scoped_buf struct buf agent = {0};
    struct doc_error why;
    struct doc *spec = doc_parse(state_json(conversation_state(conversation), STATE_AGENT), &why);
    if (spec == NULL)
        return error_set(error, ERROR_INTERNAL, "the agent's description is no JSON: %s", why.text);
    agent_spec_replace_llm(doc_root(spec), llm, &agent);
    doc_free(spec);
    if (!conversation_set_field(conversation, STATE_AGENT, buf_str(&agent), error))
        return false;
    runner->is_stale = runner->phase == RUNNER_READY;
    return true;
}

void runner_branch_changed(struct conversation *conversation)
{
    struct runner *runner = runner_of(conversation);
    runner->is_stale = runner->phase == RUNNER_READY;
}
