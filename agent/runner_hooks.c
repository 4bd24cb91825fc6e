#include "agent/runner_hooks.h"

#include <stdlib.h>

#include "agent/hook_judge.h"
#include "agent/hooks_run.h"
#include "agent/runner_log.h"
#include "agent/runner_state.h"
#include "server/base/mem.h"

struct runner_hooks {
    struct runner *runner;
    struct hooks_run *run;
    runner_hooks_fn on_done; /* NULL: nobody waits any more */
    void *owner;
};

bool runner_has_hooks(const struct runner *runner, enum hook_event event, struct str tool_name)
{
    const struct hook *hook;
    return hooks_match(runner->parts->hooks, event, tool_name, &hook, 1) > 0;
}

static void on_run_done(void *owner, const struct hooks_result *result)
{
    struct runner_hooks *hooks = owner;
    struct runner *runner = hooks->runner;
    if (hooks->on_done != NULL)
        hooks->on_done(hooks->owner, result);
    free(hooks);
    runner->running_hooks--;
    runner_try_end(runner);
}

static void *ask_model(void *owner, const struct hook *hook, struct str input,
                       hooks_judged_fn on_judged, void *run)
{
    return hook_judge_ask(&(struct hook_judge_options){
        .runner = owner, .hook = hook, .input = input, .on_judged = on_judged, .owner = run});
}

static void cancel_question(void *call)
{
    hook_judge_cancel(call);
}

struct runner_hooks *runner_run_hooks(struct runner *runner, const struct hooks_occasion *occasion,
                                      runner_hooks_fn on_done, void *owner)
{
    const struct runners_options *options = &runner->runners->options;
    if (!runner_has_hooks(runner, occasion->event, occasion->tool_name)) {
        on_done(owner, &(struct hooks_result){0});
        return NULL;
    }
    struct runner_hooks *hooks = mem_zero(1, sizeof(*hooks));
    hooks->runner = runner;
    hooks->on_done = on_done;
    hooks->owner = owner;
    hooks->run = hooks_run_start(&(struct hooks_run_options){
        .loop = options->loop,
        .processes = options->processes,
        .hooks = runner->parts->hooks,
        .occasion = occasion,
        .working_dir = conversation_working_dir(runner->conversation),
        .conversation = conversation_id(runner->conversation),
        .judge = {.ask = ask_model, .cancel = cancel_question, .owner = runner},
        .env = options->env,
        .on_done = on_run_done,
        .owner = hooks,
    });
    runner->running_hooks++;
    return hooks;
}

void runner_forget_hooks(struct runner_hooks *hooks)
{
    if (hooks == NULL)
        return;
    hooks->on_done = NULL;
    hooks_run_cancel(hooks->run);
}

void runner_cut_hooks(struct runner_hooks *hooks)
{
    hooks_run_cancel(hooks->run);
}

bool runner_append_hooks(struct runner *runner, const struct hooks_result *result,
                         struct error *error)
{
    for (size_t i = 0; i < result->event_count; i++) {
        const struct runner_event event = {.kind = EVENT_HOOK_EXECUTION,
                                           .source = EVENT_FROM_HOOK,
                                           .members = buf_str(&result->events[i])};
        if (!runner_append(runner, &event, NULL, error))
            return false;
    }
    return true;
}
