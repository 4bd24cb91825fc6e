#include "agent/agent_tools.h"

#include "agent/known_names.h"
#include "agent/llm/config.h"
#include "agent/llm/reader.h"
#include "agent/runner_state.h"
#include "agent/secret_lookup.h"
#include "agent/skills.h"
#include "agent/tool_set.h"
#include "agent/tools/invoke_skill.h"
#include "server/base/json.h"
#include "server/base/log.h"
#include "server/base/mem.h"

static void find_secrets(void *owner, struct str command, tool_secrets_fn on_secrets, void *waiter)
{
    const struct runner *runner = owner;
    secret_lookup_find(runner->lookup, command, on_secrets, waiter);
}

/* --- skills --- */

static const struct skills *get_skills(void *owner)
{
    const struct runner *runner = owner;
    return runner->parts->skills;
}

static void on_invoked(void *owner, struct str name)
{
    const struct runner *runner = owner;
    const struct skills_activation activation = {.names = &name, .name_count = 1};
    struct known_names names;
    struct error error;
    known_names_read(runner->conversation, STATE_INVOKED_SKILLS, &names);
    if (!names.known.is_known(names.known.owner, name) &&
        !known_names_add(runner->conversation, STATE_INVOKED_SKILLS, &names, &activation, &error))
        log_warn("skill.not_recorded", "error=\"%s\"", error.text);
    known_names_fini(&names);
}

static bool make_invoke_skill(struct tool_set *set, const struct doc_value *params,
                              struct error *error)
{
    (void)params; /* it has none */
    const struct invoke_skill_options options = {
        .get_skills = get_skills, .on_invoked = on_invoked, .owner = tool_set_context(set)->owner};
    return invoke_skill_add(set, &options, error);
}

/* --- all of them --- */

static bool open_set(struct runner *runner, struct error *error)
{
    static const struct tool_maker makers[] = {
        {INVOKE_SKILL_NAME, "InvokeSkillTool", make_invoke_skill}};
    const struct runners_options *options = &runner->runners->options;
    const struct conversation *conversation = runner->conversation;
    const struct doc_value *spec = doc_root(runner->parts->spec);
    const struct tool_set_options tools = {
        .context = {.loop = options->loop,
                    .processes = options->processes,
                    .terminals = options->terminals,
                    .terminal_name = STR("agent"),
                    .env = options->env,
                    .working_dir = conversation_working_dir(conversation),
                    .persistence_dir = conversation_directory(conversation),
                    .mask = conversation_mask(runner->conversation),
                    .sees_images = runner->parts->llm->has_vision,
                    .find_secrets = find_secrets,
                    .owner = runner},
        .tools = llm_array_member(spec, "tools"),
        .defaults = llm_array_member(spec, "include_default_tools"),
        .makers = makers,
        .maker_count = ARRAY_SIZE(makers),
    };
    return tool_set_open(&tools, &runner->tools, error);
}

static void open_lookup(struct runner *runner)
{
    const struct runners_options *options = &runner->runners->options;
    const struct secret_lookup_options lookup = {
        .http = options->http,
        .secrets = conversation_secrets(runner->conversation),
        .env = options->env,
        .retry_ms = SECRET_LOOKUP_RETRY_MS,
    };
    if (runner->lookup == NULL)
        runner->lookup = secret_lookup_new(&lookup);
}

bool agent_tools_open(struct runner *runner, struct error *error)
{
    open_lookup(runner);
    if (!open_set(runner, error))
        return false;
    return !skills_has_invocable(runner->parts->skills) ||
           tool_set_find(runner->tools, STR(INVOKE_SKILL_NAME)) != NULL ||
           make_invoke_skill(runner->tools, NULL, error);
}
