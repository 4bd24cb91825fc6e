#include "agent/hooks_run.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "agent/event_form.h"
#include "agent/hook_command.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"
#include "server/loop/loop.h"
#include "server/loop/work.h"

/*
 * A run alternates between two places: a thread goes through the commands up to the next hook that
 * a model judges, and the loop's thread puts that one to the judge. Either adds to the result,
 * never both at a time. Hooks that nobody waits for get a thread each at the end, because only the
 * loop's thread may start some.
 */

#define TRUNCATED "\n<TRUNCATED>"

/* What commands are given; all of it lives in the arena. */
struct setting {
    struct arena arena;
    struct processes *processes;
    const char *working_dir;
    const char **env;
    struct str input;
};

struct hooks_run {
    struct loop *loop;
    struct setting setting;
    struct hooks_occasion occasion; /* in the setting's arena */
    const struct hook **hooks;      /* likewise */
    size_t hook_count;
    size_t next;        /* the first that has not run yet */
    size_t async_count; /* of those reached */
    struct hooks_judge judge;
    void *question; /* that the judge thinks about; NULL: none */
    struct hooks_result result;
    atomic_bool is_cancelled;
    hooks_done_fn on_done;
    void *owner;
};

/* --- what a hook is told --- */

static bool has_tool(enum hook_event event)
{
    return event == HOOK_PRE_TOOL_USE || event == HOOK_POST_TOOL_USE;
}

static bool may_block(enum hook_event event)
{
    return event == HOOK_PRE_TOOL_USE || event == HOOK_USER_PROMPT_SUBMIT || event == HOOK_STOP;
}

static void write_json_or_null(struct jsonw *w, const char *name, struct str json)
{
    if (str_is_empty(json))
        jsonw_null(w, name);
    else
        jsonw_raw(w, name, json);
}

static void write_input(const struct hooks_run *run, struct id conversation, struct buf *out)
{
    const struct hooks_occasion *occasion = &run->occasion;
    const bool is_prompt = occasion->event == HOOK_USER_PROMPT_SUBMIT;
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_string(&w, "event_type", hook_event_name(occasion->event));
    jsonw_string_or_null(&w, "tool_name", occasion->tool_name);
    write_json_or_null(&w, "tool_input", occasion->tool_input);
    write_json_or_null(&w, "tool_response", occasion->tool_response);
    jsonw_string_or_null(&w, "message", is_prompt ? occasion->message : STR_NULL);
    jsonw_cstr(&w, "session_id", id_uuid(conversation).text);
    jsonw_cstr(&w, "working_dir", run->setting.working_dir);
    jsonw_object_in(&w, "metadata");
    if (!str_is_empty(occasion->reason))
        jsonw_string(&w, "reason", occasion->reason);
    jsonw_end(&w);
    jsonw_end(&w);
}

#define OWN_VARIABLES 4

static void make_env(struct setting *setting, const struct hooks_run_options *options)
{
    const struct hooks_occasion *occasion = options->occasion;
    struct arena *arena = &setting->arena;
    size_t count = 0;
    while (options->env[count] != NULL)
        count++;
    setting->env = arena_zero(arena, count + OWN_VARIABLES + 1, sizeof(*setting->env));
    for (size_t i = 0; i < count; i++)
        setting->env[i] = arena_cstr(arena, str_from(options->env[i]));
    setting->env[count++] =
        arena_printf(arena, "OPENHANDS_PROJECT_DIR=%s", options->working_dir).data;
    setting->env[count++] =
        arena_printf(arena, "OPENHANDS_SESSION_ID=%s", id_uuid(options->conversation).text).data;
    setting->env[count++] =
        arena_printf(arena, "OPENHANDS_EVENT_TYPE=%.*s", STR_ARG(hook_event_name(occasion->event)))
            .data;
    if (has_tool(occasion->event))
        setting->env[count] =
            arena_printf(arena, "OPENHANDS_TOOL_NAME=%.*s", STR_ARG(occasion->tool_name)).data;
}

/* --- the event of a hook --- */

static struct str first_chars(struct arena *arena, struct str text)
{
    const size_t kept = HOOK_MAX_TEXT_CHARS - (sizeof(TRUNCATED) - 1);
    if (utf8_count(text) <= HOOK_MAX_TEXT_CHARS)
        return text;
    scoped_buf struct buf cut = {0};
    buf_append(&cut, str_slice(text, 0, utf8_prefix_bytes(text, kept)));
    buf_append(&cut, STR(TRUNCATED));
    return arena_copy(arena, buf_str(&cut));
}

static void write_hook_input(struct jsonw *w, const struct hooks_occasion *occasion)
{
    const bool is_stop = occasion->event == HOOK_STOP && !str_is_empty(occasion->reason);
    const bool is_prompt = occasion->event == HOOK_USER_PROMPT_SUBMIT;
    if (!is_stop && !is_prompt && !has_tool(occasion->event))
        return;
    jsonw_object_in(w, "hook_input");
    if (is_stop)
        jsonw_string(w, "reason", occasion->reason);
    if (is_prompt)
        jsonw_string(w, "message", occasion->message);
    if (has_tool(occasion->event)) {
        jsonw_string(w, "tool_name", occasion->tool_name);
        write_json_or_null(w, "tool_input", occasion->tool_input);
    }
    if (occasion->event == HOOK_POST_TOOL_USE)
        write_json_or_null(w, "tool_response", occasion->tool_response);
    jsonw_end(w);
}

static void write_subject(struct jsonw *w, const struct hooks_occasion *occasion)
{
    if (id_is_nil(occasion->subject))
        return;
    jsonw_cstr(w, has_tool(occasion->event) ? "action_id" : "message_id",
               id_uuid(occasion->subject).text);
}

static void write_members(struct hooks_run *run, const struct hook *hook,
                          const struct hook_verdict *verdict, struct buf *out)
{
    struct arena arena = {0};
    struct jsonw w;
    scoped_buf struct buf object = {0};
    jsonw_init(&w, &object);
    jsonw_object(&w);
    jsonw_string(&w, "hook_event_type", hook_event_name(run->occasion.event));
    jsonw_string(&w, "hook_command", hook->label);
    if (has_tool(run->occasion.event))
        jsonw_string(&w, "tool_name", run->occasion.tool_name);
    jsonw_bool(&w, "success", verdict->is_success);
    jsonw_bool(&w, "blocked", verdict->is_blocked);
    jsonw_int(&w, "exit_code", verdict->exit_code);
    jsonw_string(&w, "stdout", first_chars(&arena, buf_str(&verdict->out)));
    jsonw_string(&w, "stderr", first_chars(&arena, buf_str(&verdict->err)));
    if (verdict->has_reason)
        jsonw_string(&w, "reason", first_chars(&arena, buf_str(&verdict->reason)));
    if (verdict->has_context)
        jsonw_string(&w, "additional_context", first_chars(&arena, buf_str(&verdict->context)));
    if (verdict->error.len > 0)
        jsonw_string(&w, "error", first_chars(&arena, buf_str(&verdict->error)));
    write_subject(&w, &run->occasion);
    write_hook_input(&w, &run->occasion);
    jsonw_end(&w);
    buf_append(out, str_slice(buf_str(&object), 1, object.len - 1));
    arena_fini(&arena);
}

/* --- the run --- */

static void take_verdict(struct hooks_run *run, const struct hook *hook,
                         const struct hook_verdict *verdict)
{
    struct hooks_result *result = &run->result;
    struct buf *members = &result->events[result->event_count++];
    write_members(run, hook, verdict, members);
    if (verdict->context.len > 0) {
        if (result->context.len > 0)
            buf_append_byte(&result->context, '\n');
        buf_append(&result->context, buf_str(&verdict->context));
    }
    if (!verdict->is_blocked || !may_block(run->occasion.event) || result->is_blocked)
        return;
    result->is_blocked = true;
    buf_append(&result->reason, hook_verdict_why(verdict));
}

static struct hook_command command_of(const struct setting *setting, const struct hook *hook)
{
    return (struct hook_command){
        .processes = setting->processes,
        .command = hook->command.data, /* arena_copy ends it with a zero byte */
        .working_dir = setting->working_dir,
        .env = setting->env,
        .input = setting->input,
        .timeout_s = hook->timeout_s,
    };
}

static bool wants_tools(const struct hook *hook)
{
    return hook->type == HOOK_AGENT && !str_equal(hook->tools, STR("[]"));
}

static bool is_for_judge(const struct hooks_run *run, const struct hook *hook)
{
    return hook->type != HOOK_COMMAND && run->judge.ask != NULL && !wants_tools(hook);
}

/* Somebody who cannot be asked allows. */
static void allow_unasked(const struct hook *hook, struct hook_verdict *verdict)
{
    const struct str why = wants_tools(hook)
                               ? STR("Hooks of type 'agent' with tools are not evaluated: allowed")
                               : STR("There is no model to evaluate this hook: allowed");
    verdict->has_reason = true;
    buf_append(&verdict->reason, why);
    buf_append(&verdict->error, why);
}

static void run_hook(struct hooks_run *run, const struct hook *hook)
{
    struct hook_verdict verdict = {0};
    if (hook->type != HOOK_COMMAND) {
        allow_unasked(hook, &verdict);
    } else if (hook->is_async) {
        verdict.is_success = true;
        run->async_count++;
    } else {
        const struct hook_command command = command_of(&run->setting, hook);
        hook_command_run(&command, &verdict);
    }
    take_verdict(run, hook, &verdict);
    hook_verdict_fini(&verdict);
}

static bool is_over(struct hooks_run *run)
{
    return run->next == run->hook_count || run->result.is_blocked ||
           atomic_load(&run->is_cancelled);
}

static void run_commands(void *job)
{
    struct hooks_run *run = job;
    while (!is_over(run) && !is_for_judge(run, run->hooks[run->next]))
        run_hook(run, run->hooks[run->next++]);
}

/* --- hooks that nobody waits for --- */

struct background {
    struct setting setting;
    struct hook_command command;
};

static void background_free(void *job)
{
    struct background *background = job;
    arena_fini(&background->setting.arena);
    free(background);
}

static void background_run(void *job)
{
    struct background *background = job;
    struct hook_verdict verdict = {0};
    hook_command_run(&background->command, &verdict);
    hook_verdict_fini(&verdict);
}

static void ignore_wake(void *job)
{
    (void)job;
}

/* A setting of its own: the run's ends with the run. */
static void setting_copy(const struct setting *from, struct setting *to)
{
    size_t count = 0;
    while (from->env[count] != NULL)
        count++;
    *to = (struct setting){.processes = from->processes};
    to->working_dir = arena_cstr(&to->arena, str_from(from->working_dir));
    to->input = arena_copy(&to->arena, from->input);
    to->env = arena_zero(&to->arena, count + 1, sizeof(*to->env));
    for (size_t i = 0; i < count; i++)
        to->env[i] = arena_cstr(&to->arena, str_from(from->env[i]));
}

static void start_background(struct hooks_run *run, const struct hook *hook)
{
    static const struct work_thread_calls calls = {
        .run = background_run, .on_wake = ignore_wake, .on_end = background_free};
    struct background *background = mem_zero(1, sizeof(*background));
    struct work_thread *thread;
    setting_copy(&run->setting, &background->setting);
    background->command = command_of(&background->setting, hook);
    background->command.command = arena_cstr(&background->setting.arena, hook->command);
    if (!work_thread_start(run->loop, &calls, background, &thread))
        background_free(background); /* nobody waits for it */
}

static void start_backgrounds(struct hooks_run *run)
{
    for (size_t i = 0; i < run->hook_count && run->async_count > 0; i++) {
        if (run->hooks[i]->type != HOOK_COMMAND || !run->hooks[i]->is_async)
            continue;
        start_background(run, run->hooks[i]);
        run->async_count--;
    }
}

/* --- life --- */

static void finish(void *job)
{
    struct hooks_run *run = job;
    start_backgrounds(run);
    run->on_done(run->owner, &run->result);
    for (size_t i = 0; i < run->result.event_count; i++)
        buf_fini(&run->result.events[i]);
    free(run->result.events);
    buf_fini(&run->result.reason);
    buf_fini(&run->result.context);
    arena_fini(&run->setting.arena);
    free(run);
}

/* Scripts find every argument in it, null where none was given. */
static struct str full_input(struct arena *arena, struct str action)
{
    struct doc_error why;
    scoped_buf struct buf text = {0};
    struct doc *doc = doc_parse(action, &why);
    if (doc == NULL || doc_kind(doc_root(doc)) != DOC_OBJECT)
        buf_append(&text, action);
    else
        event_form_full_action(doc_root(doc), &text);
    doc_free(doc);
    return arena_copy(arena, buf_str(&text));
}

static struct hooks_occasion copy_occasion(struct arena *arena,
                                           const struct hooks_occasion *occasion)
{
    struct hooks_occasion copy = *occasion;
    struct str *const texts[] = {&copy.tool_name, &copy.tool_input, &copy.tool_response,
                                 &copy.message, &copy.reason};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (str_is_set(*texts[i]))
            *texts[i] = arena_copy(arena, *texts[i]);
    if (str_is_set(copy.tool_input))
        copy.tool_input = full_input(arena, copy.tool_input);
    return copy;
}

static void collect_hooks(struct hooks_run *run, const struct hooks *hooks)
{
    const struct hooks_occasion *occasion = &run->occasion;
    const struct str tool_name = has_tool(occasion->event) ? occasion->tool_name : STR_NULL;
    run->hook_count = hooks_match(hooks, occasion->event, tool_name, NULL, 0);
    run->hooks = arena_zero(&run->setting.arena, run->hook_count + 1, sizeof(*run->hooks));
    (void)hooks_match(hooks, occasion->event, tool_name, run->hooks, run->hook_count);
    run->result.events = mem_zero(run->hook_count + 1, sizeof(*run->result.events));
}

/* What nobody could look at must not happen. */
static void refuse(struct hooks_run *run)
{
    if (!may_block(run->occasion.event))
        return;
    run->result.is_blocked = true;
    buf_append(&run->result.reason, STR("Hooks cannot run: the system refuses a thread"));
}

static void go_on(void *job);

static void on_judged(void *job, const struct hook_verdict *verdict)
{
    struct hooks_run *run = job;
    run->question = NULL;
    take_verdict(run, run->hooks[run->next++], verdict);
    go_on(run);
}

/* False: nothing is left to do, or nothing can be done. */
static bool begin_next(struct hooks_run *run)
{
    static const struct work_thread_calls calls = {
        .run = run_commands, .on_wake = ignore_wake, .on_end = go_on};
    struct work_thread *thread;
    if (is_over(run))
        return false;
    const struct hook *hook = run->hooks[run->next];
    if (is_for_judge(run, hook)) {
        run->question = run->judge.ask(run->judge.owner, hook, run->setting.input, on_judged, run);
        return true;
    }
    if (work_thread_start(run->loop, &calls, run, &thread))
        return true;
    refuse(run);
    return false;
}

static void go_on(void *job)
{
    struct hooks_run *run = job;
    if (!begin_next(run))
        finish(run);
}

struct hooks_run *hooks_run_start(const struct hooks_run_options *options)
{
    struct hooks_run *run = mem_zero(1, sizeof(*run));
    scoped_buf struct buf input = {0};
    run->loop = options->loop;
    run->on_done = options->on_done;
    run->owner = options->owner;
    run->judge = options->judge;
    run->setting.processes = options->processes;
    run->setting.working_dir = arena_cstr(&run->setting.arena, str_from(options->working_dir));
    run->occasion = copy_occasion(&run->setting.arena, options->occasion);
    make_env(&run->setting, options);
    write_input(run, options->conversation, &input);
    run->setting.input = arena_copy(&run->setting.arena, buf_str(&input));
    collect_hooks(run, options->hooks);
    if (!begin_next(run))
        loop_defer(run->loop, finish, run);
    return run;
}

void hooks_run_cancel(struct hooks_run *run)
{
    atomic_store(&run->is_cancelled, true);
    if (run->question == NULL)
        return;
    run->judge.cancel(take_pointer(&run->question));
    loop_defer(run->loop, finish, run);
}
