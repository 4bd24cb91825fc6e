#include "agent/agent_start.h"

#include <stdlib.h>

#include "agent/agent_mcp.h"
#include "agent/agent_tools.h"
#include "agent/condenser.h"
#include "agent/conversation.h"
#include "agent/event.h"
#include "agent/hooks.h"
#include "agent/hooks_run.h"
#include "agent/llm/config.h"
#include "agent/llm/reader.h"
#include "agent/llm/request.h"
#include "agent/prompt_calls.h"
#include "agent/run_event.h"
#include "agent/runner_hooks.h"
#include "agent/runner_log.h"
#include "agent/runner_state.h"
#include "agent/secret_lookup.h"
#include "agent/stats.h"
#include "agent/tool_set.h"
#include "agent/view.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

struct agent_start {
    struct runner *runner;
    struct agent_parts_job *job;
    struct runner_hooks *hooks;
    bool is_reload;
};

static void finish(struct agent_start *start, const struct error *error)
{
    struct runner *runner = start->runner;
    runner->start = NULL;
    if (!start->is_reload)
        runner->phase = error == NULL ? RUNNER_READY : RUNNER_NEW;
    free(start);
    runner_wake(&runner->start_waiters, error);
}

struct str runner_tools(struct runner *runner)
{
    struct arena arena = {0};
    const struct llm_tool *tools;
    const struct llm_config *llm = runner->parts->llm;
    if (runner->told_tools.len > 0 && runner->told_version == tool_set_version(runner->tools))
        return buf_str(&runner->told_tools);
    buf_clear(&runner->told_tools);
    runner->told_version = tool_set_version(runner->tools);
    const size_t count =
        tool_set_for_model(runner->tools, llm->protocol == LLM_RESPONSES, &arena, &tools);
    if (llm->native_tool_calling) {
        llm_request_render_tools(llm, tools, count, &runner->told_tools);
    } else {
        scoped_buf struct buf suffix = {0};
        scoped_buf struct buf before = {0};
        scoped_buf struct buf after = {0};
        prompt_calls_describe(tools, count, &suffix);
        prompt_calls_example(llm->name, tools, count, &before, &after);
        view_set_prompt_calls(runner->parts->view,
                              &(struct view_prompt_calls){.system_suffix = buf_str(&suffix),
                                                          .first_prefix = buf_str(&before),
                                                          .first_suffix = buf_str(&after)});
    }
    arena_fini(&arena);
    return buf_str(&runner->told_tools);
}

/* --- the first events --- */

static void write_text(struct jsonw *w, const char *name, struct str text)
{
    jsonw_object_in(w, name);
    jsonw_bool(w, "cache_prompt", false);
    jsonw_cstr(w, "type", "text");
    jsonw_string(w, "text", text);
    jsonw_end(w);
}

static bool append_prompt(struct runner *runner, struct error *error)
{
    const struct agent_parts *parts = runner->parts;
    scoped_buf struct buf object = {0};
    scoped_buf struct buf tools = {0};
    struct jsonw w;
    tool_set_write_dumps(runner->tools, &tools);
    jsonw_init(&w, &object);
    jsonw_object(&w);
    write_text(&w, "system_prompt", buf_str(&parts->system_prompt));
    jsonw_raw(&w, "tools", buf_str(&tools));
    if (parts->dynamic_prompt.len > 0)
        write_text(&w, "dynamic_context", buf_str(&parts->dynamic_prompt));
    jsonw_end(&w);
    return runner_append(runner,
                         &(struct runner_event){
                             .kind = EVENT_SYSTEM_PROMPT,
                             .source = EVENT_FROM_AGENT,
                             .members = str_slice(buf_str(&object), 1, object.len - 1),
                         },
                         NULL, error);
}

static bool append_beginning(struct runner *runner, const struct hooks_result *hooks,
                             struct error *error)
{
    if (!runner_append_hooks(runner, hooks, error) || !append_prompt(runner, error))
        return false;
    buf_fini(&runner->parts->system_prompt);
    buf_fini(&runner->parts->dynamic_prompt);
    runner->parts->has_begun = true;
    return hooks->context.len == 0 || runner_notice(runner, buf_str(&hooks->context), error);
}

static void on_session_hooks(void *owner, const struct hooks_result *result)
{
    struct agent_start *start = owner;
    struct error error;
    start->hooks = NULL;
    const bool is_begun = append_beginning(start->runner, result, &error);
    finish(start, is_begun ? NULL : &error);
}

/* Statistics name the models in use before anything was spent. */
static void add_models(struct runner *runner)
{
    struct stats *stats = conversation_stats(runner->conversation);
    const struct llm_config *llm = runner->parts->llm;
    for (size_t stage = 0; llm != NULL; stage++) {
        stats_add_model(stats, llm->usage_id, llm->name);
        llm = condenser_llm(runner->parts->condenser, stage);
    }
}

static bool tell_hooks(struct runner *runner, struct error *error)
{
    scoped_buf struct buf config = {0};
    if (hooks_is_empty(runner->parts->hooks))
        return true;
    hooks_write(runner->parts->hooks, HOOKS_STATE, &config);
    return conversation_set_field(runner->conversation, STATE_HOOK_CONFIG, buf_str(&config), error);
}

/* All tools are there. */
static void begin_session(struct agent_start *start)
{
    const struct hooks_occasion occasion = {.event = HOOK_SESSION_START};
    struct runner *runner = start->runner;
    struct error error;
    if (!tell_hooks(runner, &error)) {
        finish(start, &error);
        return;
    }
    add_models(runner);
    if (runner->parts->has_begun)
        finish(start, NULL);
    else if (runner_has_hooks(runner, HOOK_SESSION_START, STR_NULL))
        start->hooks = runner_run_hooks(runner, &occasion, on_session_hooks, start);
    else
        on_session_hooks(start, &(struct hooks_result){0});
}

static void on_mcp_started(void *owner)
{
    struct runner *runner = owner;
    if (runner->start != NULL)
        begin_session(runner->start);
}

/* What the description of servers names of the secrets is known now. */
static void on_secrets_found(void *owner)
{
    struct runner *runner = owner;
    if (runner->start == NULL || runner->is_closed)
        return;
    runner->mcp =
        agent_mcp_open(runner, llm_object_member(doc_root(runner->parts->spec), "mcp_config"),
                       on_mcp_started, runner);
}

/* The secrets are looked up for the mask, too: what no command names may come up all the same. */
static void on_all_known(void *owner)
{
    (void)owner; /* nobody waits for it */
}

static bool begin(struct agent_start *start, struct error *error)
{
    struct runner *runner = start->runner;
    const struct doc_value *servers =
        llm_object_member(doc_root(runner->parts->spec), "mcp_config");
    if (runner->tools == NULL && !agent_tools_open(runner, error))
        return false;
    const bool needs_servers = runner->mcp == NULL && servers != NULL && doc_count(servers) > 0;
    secret_lookup_find_all(runner->lookup, needs_servers ? on_secrets_found : on_all_known, runner);
    if (!needs_servers)
        begin_session(start);
    return true;
}

static void on_parts(void *owner, struct agent_parts *parts, const struct error *error)
{
    struct agent_start *start = owner;
    struct runner *runner = start->runner;
    struct error failure;
    start->job = NULL;
    if (parts == NULL) {
        finish(start, error);
        return;
    }
    if (runner->parts != NULL) { /* hooks that run now need them, and they are the same */
        struct hooks *hooks = runner->parts->hooks;
        runner->parts->hooks = parts->hooks;
        parts->hooks = hooks;
    }
    agent_parts_free(runner->parts);
    runner->parts = parts;
    runner->is_stale = false;
    buf_clear(&runner->told_tools);
    if (start->is_reload)
        finish(start, NULL);
    else if (!begin(start, &failure))
        finish(start, &failure);
}

static void start_job(struct runner *runner, bool is_reload)
{
    const struct runners_options *options = &runner->runners->options;
    struct agent_start *start = mem_zero(1, sizeof(*start));
    start->runner = runner;
    start->is_reload = is_reload;
    start->job =
        agent_parts_start(&(struct agent_parts_options){.loop = options->loop,
                                                        .conversation = runner->conversation,
                                                        .home = options->home,
                                                        .state_dir = options->state_dir,
                                                        .processes = options->processes,
                                                        .env = options->env},
                          on_parts, start);
    runner->start = start;
}

static void add_waiter(struct runner *runner, runner_fn on_done, void *owner)
{
    struct runner_waiter *waiter = mem_zero(1, sizeof(*waiter));
    waiter->on_done = on_done;
    waiter->owner = owner;
    list_append(&runner->start_waiters, &waiter->link);
}

void runner_start(struct runner *runner, runner_fn on_done, void *owner)
{
    if (runner->phase == RUNNER_READY) {
        on_done(owner, NULL);
        return;
    }
    add_waiter(runner, on_done, owner);
    if (runner->phase == RUNNER_STARTING)
        return;
    runner->phase = RUNNER_STARTING;
    start_job(runner, false);
}

void runner_reload(struct runner *runner, runner_fn on_done, void *owner)
{
    add_waiter(runner, on_done, owner);
    if (runner->start == NULL)
        start_job(runner, true);
}

void runner_start_cancel(struct runner *runner)
{
    struct agent_start *start = runner->start;
    if (start == NULL)
        return;
    if (start->job != NULL)
        agent_parts_cancel(start->job);
    if (start->hooks != NULL)
        runner_forget_hooks(start->hooks);
    runner->start = NULL;
    free(start);
}
