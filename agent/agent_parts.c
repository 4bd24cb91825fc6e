#include "agent/agent_parts.h"

#include <stdlib.h>

#include "agent/agent_time.h"
#include "agent/condenser.h"
#include "agent/conversation.h"
#include "agent/event_index.h"
#include "agent/event_log.h"
#include "agent/hooks.h"
#include "agent/llm/config.h"
#include "agent/llm/reader.h"
#include "agent/memory.h"
#include "agent/meta.h"
#include "agent/prompt/dynamic_prompt.h"
#include "agent/prompt/system_prompt.h"
#include "agent/public_skills.h"
#include "agent/secrets.h"
#include "agent/skills.h"
#include "agent/skills_find.h"
#include "agent/view.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/loop/work.h"

/* Plain input, plain results: the job touches no live object. */
struct agent_parts_job {
    struct arena arena; /* of the input */
    struct str spec;
    struct str hook_config;
    const char *working_dir;
    const char *home;
    const char *state_dir;
    struct processes *processes;
    const char *const *env;
    const char *events_directory;
    struct str save_dir; /* of results that are too long */
    struct view_branch_event *events;
    size_t event_count;
    struct prompt_secret *secrets;
    size_t secret_count;
    struct agent_parts *parts;
    struct error error;
    bool has_failed;
    agent_parts_fn on_done; /* NULL: nobody waits any more */
    void *owner;
};

void agent_parts_free(struct agent_parts *parts)
{
    if (parts == NULL)
        return;
    view_free(parts->view); /* it borrows from the model's description */
    skills_free(parts->skills);
    hooks_free(parts->hooks);
    condenser_free(parts->condenser);
    if (parts->llm != NULL)
        llm_config_free(parts->llm);
    doc_free(parts->spec);
    buf_fini(&parts->system_prompt);
    buf_fini(&parts->dynamic_prompt);
    free(parts);
}

/* --- in the worker --- */

static bool parse(struct str text, struct doc **ret_doc, struct error *error)
{
    struct doc_error why;
    *ret_doc = doc_parse(text, &why);
    if (*ret_doc != NULL)
        return true;
    return error_set(error, ERROR_INVALID, "the agent's description is no JSON: %s", why.text);
}

static bool decode_hooks(struct agent_parts_job *job, struct error *error)
{
    struct doc *doc;
    if (!parse(job->hook_config, &doc, error))
        return false;
    const bool is_decoded = hooks_decode(doc_root(doc), &job->parts->hooks, error);
    doc_free(doc);
    return is_decoded;
}

static bool decode(struct agent_parts_job *job, struct error *error)
{
    struct agent_parts *parts = job->parts;
    if (!parse(job->spec, &parts->spec, error))
        return false;
    const struct doc_value *spec = doc_root(parts->spec);
    const struct doc_value *llm = llm_object_member(spec, "llm");
    if (llm == NULL)
        return error_set(error, ERROR_INVALID, "the agent has no language model");
    return llm_config_decode(llm, &parts->llm, error) &&
           condenser_decode(llm_object_member(spec, "condenser"), &parts->condenser, error) &&
           decode_hooks(job, error);
}

static bool flag(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = object == NULL ? NULL : doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == DOC_BOOL && doc_bool(value);
}

static void add_public(const struct agent_parts_job *job, const struct doc_value *context)
{
    const struct doc_value *marketplace = doc_find(context, STR("marketplace_path"));
    struct public_skills options = {
        .processes = job->processes,
        .env = job->env,
        .home = job->home,
        .state_dir = job->state_dir,
        .marketplace = STR(PUBLIC_SKILLS_MARKETPLACE),
    };
    if (marketplace != NULL)
        options.marketplace =
            doc_kind(marketplace) == DOC_STRING ? doc_string(marketplace) : STR_NULL;
    public_skills_add(&options, job->parts->skills);
}

/* Those of the project win, then what the client gave; a user's go before public ones. */
static bool find_skills(struct agent_parts_job *job, const struct doc_value *context,
                        struct error *error)
{
    const struct skills_find_git git = {.processes = job->processes, .env = job->env};
    struct skills *skills = skills_new();
    job->parts->skills = skills;
    if (context == NULL)
        return true;
    if (flag(context, "load_project_skills"))
        skills_find_project(skills, job->working_dir, &git);
    const struct doc_value *given = llm_array_member(context, "skills");
    if (given != NULL && !skills_add_objects(skills, given, error))
        return false;
    const size_t given_count = skills_count(skills);
    if (flag(context, "load_public_skills"))
        add_public(job, context);
    skills_yield_from(skills, given_count);
    if (flag(context, "load_user_skills"))
        skills_find_user(skills, job->home, job->state_dir);
    const struct doc_value *disabled = llm_array_member(context, "disabled_skills");
    for (size_t i = 0; disabled != NULL && i < doc_count(disabled); i++) {
        if (doc_kind(doc_at(disabled, i)) == DOC_STRING)
            skills_remove(skills, doc_string(doc_at(disabled, i)));
    }
    return true;
}

static bool write_static(const struct agent_parts_job *job, const struct doc_value *context,
                         struct error *error)
{
    const struct doc_value *spec = doc_root(job->parts->spec);
    const struct doc_value *policy = doc_find(spec, STR("security_policy_filename"));
    const struct system_prompt_options options = {
        .model = job->parts->llm->name,
        .system_prompt = llm_text_member(spec, "system_prompt"),
        .filename = llm_text_member(spec, "system_prompt_filename"),
        .persona = llm_text_member(spec, "persona"),
        .security_policy =
            policy != NULL && doc_kind(policy) == DOC_STRING ? doc_string(policy) : STR_NULL,
        .kwargs = llm_object_member(spec, "system_prompt_kwargs"),
        .state_dir = job->state_dir,
        .home = job->home,
        .loads_memory = flag(context, "load_memory"),
    };
    return system_prompt_write(&options, &job->parts->system_prompt, error);
}

/* Secrets without a context are told of together with the time. */
static void write_time(const struct agent_parts_job *job, const struct doc_value *context,
                       struct buf *out)
{
    scoped_buf struct buf now = {0};
    if (context == NULL && job->secret_count > 0)
        agent_time_now(STR(""), &now);
    agent_time_brief(context == NULL ? buf_str(&now) : llm_text_member(context, "current_datetime"),
                     out);
}

static void write_dynamic(const struct agent_parts_job *job, const struct doc_value *context)
{
    scoped_buf struct buf memory = {0};
    scoped_buf struct buf now = {0};
    if (flag(context, "load_memory"))
        memory_read(job->state_dir, job->home, job->working_dir, &memory);
    write_time(job, context, &now);
    const struct dynamic_prompt_options options = {
        .model = job->parts->llm->name,
        .skills = job->parts->skills,
        .memory = buf_str(&memory),
        .suffix = context == NULL ? STR_NULL : llm_text_member(context, "system_message_suffix"),
        .secrets = job->secrets,
        .secret_count = job->secret_count,
        .datetime = now.len > 0 ? buf_str(&now) : STR_NULL,
    };
    dynamic_prompt_write(&options, &job->parts->dynamic_prompt);
}

static bool read_event(void *owner, const struct view_branch_event *event, struct buf *out)
{
    const struct agent_parts_job *job = owner;
    return event_log_read_file(job->events_directory, event->number, event->id, out);
}

static bool make(struct agent_parts_job *job, struct error *error)
{
    struct agent_parts *parts = job->parts;
    if (!decode(job, error))
        return false;
    const struct doc_value *context = llm_object_member(doc_root(parts->spec), "agent_context");
    if (!find_skills(job, context, error))
        return false;
    for (size_t i = 0; i < job->event_count && !parts->has_begun; i++)
        parts->has_begun = job->events[i].kind == EVENT_SYSTEM_PROMPT;
    if (!parts->has_begun) {
        if (!write_static(job, context, error))
            return false;
        write_dynamic(job, context);
    }
    parts->view = view_new(parts->llm, job->save_dir);
    view_load(parts->view, &(struct view_branch){.events = job->events,
                                                 .count = job->event_count,
                                                 .read = read_event,
                                                 .owner = job});
    return true;
}

static void run(void *owner)
{
    struct agent_parts_job *job = owner;
    job->parts = mem_zero(1, sizeof(*job->parts));
    job->has_failed = !make(job, &job->error);
}

/* --- on the loop --- */

static void on_job_done(void *owner, bool is_cancelled)
{
    struct agent_parts_job *job = owner;
    if (is_cancelled) {
        (void)error_set(&job->error, ERROR_UNAVAILABLE, "no thread can be started"); /* is false */
        job->has_failed = true;
    }
    const bool has_parts = job->on_done != NULL && !job->has_failed;
    if (!has_parts)
        agent_parts_free(take_pointer(&job->parts));
    if (job->on_done != NULL)
        job->on_done(job->owner, job->parts, job->has_failed ? &job->error : NULL);
    arena_fini(&job->arena);
    free(job);
}

static void take_branch(struct agent_parts_job *job, const struct conversation *conversation)
{
    const struct event_log *log = conversation_log(conversation);
    size_t count;
    scoped_free size_t *numbers = conversation_branch(conversation, &count);
    job->events = arena_zero(&job->arena, count + 1, sizeof(*job->events));
    job->event_count = count;
    for (size_t i = 0; i < count; i++) {
        const struct event_record *record = event_log_record(log, numbers[i]);
        job->events[i] = (struct view_branch_event){
            .number = numbers[i], .id = record->id, .kind = record->kind, .source = record->source};
    }
}

static void take_secrets(struct agent_parts_job *job, const struct conversation *conversation)
{
    const struct secrets *secrets = conversation_state(conversation)->secrets;
    job->secret_count = secrets_count(secrets);
    job->secrets = arena_zero(&job->arena, job->secret_count + 1, sizeof(*job->secrets));
    for (size_t i = 0; i < job->secret_count; i++) {
        const struct secret_source *source = secrets_at(secrets, i);
        job->secrets[i].name = arena_copy(&job->arena, source->name);
        if (str_is_set(source->description))
            job->secrets[i].description = arena_copy(&job->arena, source->description);
    }
}

static void on_thread_end(void *job)
{
    on_job_done(job, false);
}

static void ignore_wake(void *job)
{
    (void)job;
}

/* Public skills may have to come over a network: then no worker waits for it. */
static void begin(struct loop *loop, struct agent_parts_job *job)
{
    static const struct work_thread_calls calls = {
        .run = run, .on_wake = ignore_wake, .on_end = on_thread_end};
    struct work_thread *thread;
    if (!str_contains(job->spec, STR("\"load_public_skills\":true")) ||
        !work_thread_start(loop, &calls, job, &thread))
        (void)work_start(loop, run, on_job_done, job); /* it ends by itself */
}

struct agent_parts_job *agent_parts_start(const struct agent_parts_options *options,
                                          agent_parts_fn on_done, void *owner)
{
    const struct conversation *conversation = options->conversation;
    const struct state *state = conversation_state(conversation);
    struct agent_parts_job *job = mem_zero(1, sizeof(*job));
    struct arena *arena = &job->arena;
    job->spec = arena_copy(arena, state_json(state, STATE_AGENT));
    job->hook_config =
        arena_copy(arena, meta_json(conversation_meta(conversation), META_HOOK_CONFIG));
    job->working_dir = arena_cstr(arena, str_from(conversation_working_dir(conversation)));
    job->home = arena_cstr(arena, str_from(options->home));
    job->state_dir = arena_cstr(arena, str_from(options->state_dir));
    job->processes = options->processes;
    job->env = options->env;
    job->events_directory =
        arena_printf(arena, "%s/events", conversation_directory(conversation)).data;
    job->save_dir = arena_printf(arena, "%s/observations", conversation_directory(conversation));
    take_branch(job, conversation);
    take_secrets(job, conversation);
    job->on_done = on_done;
    job->owner = owner;
    begin(options->loop, job);
    return job;
}

void agent_parts_cancel(struct agent_parts_job *job)
{
    job->on_done = NULL;
}
