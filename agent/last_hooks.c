#include "agent/last_hooks.h"

#include "agent/hooks.h"
#include "agent/hooks_run.h"
#include "agent/runner_hooks.h"
#include "agent/runner_state.h"
#include "server/base/log.h"

bool last_hooks_are_due(const struct runner *runner)
{
    return runner->phase == RUNNER_READY && !runner->runners->is_stopping &&
           runner_has_hooks(runner, HOOK_SESSION_END, STR_NULL);
}

static void on_hooks_done(void *owner, const struct hooks_result *result)
{
    struct runner *runner = owner;
    struct error error;
    runner->session_hooks = NULL;
    list_remove(&runner->ending);
    if (!runner_append_hooks(runner, result, &error))
        log_warn("conversation.session_end_lost", "error=\"%s\"", error.text);
}

void last_hooks_begin(struct runner *runner)
{
    const struct hooks_occasion occasion = {.event = HOOK_SESSION_END};
    list_append(&runner->runners->ending, &runner->ending);
    runner->session_hooks = runner_run_hooks(runner, &occasion, on_hooks_done, runner);
}

void last_hooks_cut_all(struct runners *runners)
{
    runners->is_stopping = true;
    for (struct list *link = list_first(&runners->ending); link != NULL;
         link = list_next(&runners->ending, link))
        runner_cut_hooks(container_of(link, struct runner, ending)->session_hooks);
}
