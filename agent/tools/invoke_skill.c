#include "agent/tools/invoke_skill.h"

#include <stdlib.h>

#include "agent/observation.h"
#include "agent/skill_commands.h"
#include "agent/skills.h"
#include "agent/tool_set.h"
#include "agent/tools/action.h"
#include "agent/tools/tool_job.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"

#define DESCRIPTION                                                                                \
    "Loads a skill: a text with instructions for a certain kind of work. The skills that there "   \
    "are stand in `<available_skills>`; give the name from there. The result is the whole text, "  \
    "with the output of the commands that it contains. There is no other way to load one."

#define PARAMETERS                                                                                 \
    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"description\":"          \
    "\"The skill's name, as it stands in the list.\"}},\"required\":[\"name\"]}"

struct invoke_skill {
    struct tool tool;
    struct invoke_skill_options options;
};

/* The worker has copies: the skills may go while it runs commands. */
struct invoke_job {
    struct tool_job base;
    char *name;
    char *content;
    struct buf footer;
    struct buf text;
};

static const struct invoke_skill *tool_of(struct tool *tool)
{
    return container_of(tool, struct invoke_skill, tool);
}

static void observe(struct tool_run *run, struct str name, struct str text, bool is_error)
{
    struct observation observation;
    tool_run_begin(run, &observation);
    observation_text(&observation, text);
    observation_content_end(&observation, is_error);
    observation_string(&observation, "skill_name", name);
    tool_run_observe(run, &observation);
}

static void run_commands(struct tool_job *base)
{
    struct invoke_job *job = container_of(base, struct invoke_job, base);
    const struct tool_context *context = base->run->context;
    const struct skill_commands commands = {
        .processes = context->processes, .working_dir = context->working_dir, .env = context->env};
    skill_commands_run(&commands, str_from(job->content), &job->text);
    buf_append(&job->text, buf_str(&job->footer));
}

static void on_commands_run(struct tool_job *base)
{
    struct invoke_job *job = container_of(base, struct invoke_job, base);
    const struct invoke_skill_options *options = &tool_of(base->run->tool)->options;
    if (atomic_load(&base->is_cancelled)) {
        tool_run_refuse(base->run, STR("cancelled"));
        return;
    }
    options->on_invoked(options->owner, str_from(job->name));
    observe(base->run, str_from(job->name), buf_str(&job->text), false);
}

static void free_job(struct tool_job *base)
{
    struct invoke_job *job = container_of(base, struct invoke_job, base);
    free(job->name);
    free(job->content);
    buf_fini(&job->footer);
    buf_fini(&job->text);
    free(job);
}

static void start(struct tool_run *run)
{
    const struct invoke_skill_options *options = &tool_of(run->tool)->options;
    const struct str name = str_trim(action_string(run->action, "name"));
    const struct skill *skill;
    struct error error;
    if (!skills_invoke(options->get_skills(options->owner), name, &skill, &error)) {
        observe(run, name, str_from(error.text), true);
        return;
    }
    struct invoke_job *job = mem_zero(1, sizeof(*job));
    job->base = (struct tool_job){
        .run = run, .work = run_commands, .done = on_commands_run, .free = free_job};
    job->name = mem_strndup(skill->name.data, skill->name.len);
    job->content = mem_strndup(skill->content.data, skill->content.len);
    skills_write_footer(skill, run->context->working_dir, &job->footer);
    tool_job_start(&job->base);
}

/* Its commands may touch anything, so a skill is not loaded twice at once. */
static void resource(const struct tool *tool, const struct doc_value *action, struct buf *out)
{
    (void)tool; /* it is among all tools that the name is one */
    buf_append(out, STR("skill:"));
    buf_append(out, str_trim(action_string(action, "name")));
}

static void close_tool(struct tool *tool, void (*on_closed)(void *owner), void *owner)
{
    free(container_of(tool, struct invoke_skill, tool));
    on_closed(owner);
}

static const struct tool_type type = {
    .start = start, .cancel = tool_job_cancel, .close = close_tool, .resource = resource};

static const struct tool pattern = {
    .type = &type,
    .name = STR_INIT(INVOKE_SKILL_NAME),
    .description = STR_INIT(DESCRIPTION),
    .parameters = STR_INIT(PARAMETERS),
    .kind = STR_INIT("InvokeSkillTool"),
    .action_kind = STR_INIT("InvokeSkillAction"),
    .observation_kind = STR_INIT("InvokeSkillObservation"),
    .annotations = {.is_given = true, .is_read_only = true, .is_idempotent = true},
};

bool invoke_skill_add(struct tool_set *set, const struct invoke_skill_options *options,
                      struct error *error)
{
    struct invoke_skill *invoke = mem_zero(1, sizeof(*invoke));
    invoke->tool = pattern;
    invoke->options = *options;
    return tool_set_add(set, &invoke->tool, error);
}
