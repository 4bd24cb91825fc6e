#include "agent/agent_launch.h"

#include "agent/agent_spec.h"
#include "agent/agent_time.h"
#include "agent/object_copy.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

static struct str text_of(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

static const struct doc_value *list_of(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = object == NULL ? NULL : doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == DOC_ARRAY ? value : NULL;
}

/* --- context --- */

static void print_now(struct jsonw *w, struct str time)
{
    scoped_buf struct buf now = {0};
    agent_time_now(time, &now);
    jsonw_string(w, NULL, buf_str(&now));
}

static void print_suffix(struct jsonw *w, struct str suffix, struct str more)
{
    scoped_buf struct buf text = {0};
    if (!str_is_empty(suffix) && !str_is_empty(more))
        buf_printf(&text, "%.*s\n\n%.*s", STR_ARG(suffix), STR_ARG(more));
    else
        buf_append(&text, str_is_empty(more) ? suffix : more);
    jsonw_string_or_null(w, NULL, text.len > 0 ? buf_str(&text) : suffix);
}

static bool has_skill(const struct doc_value *skills, struct str name)
{
    for (size_t i = 0; skills != NULL && i < doc_count(skills); i++)
        if (doc_kind(doc_at(skills, i)) == DOC_OBJECT &&
            str_equal(text_of(doc_at(skills, i), "name"), name))
            return true;
    return false;
}

static bool is_disabled(const struct doc_value *context, struct str name)
{
    const struct doc_value *names = list_of(context, "disabled_skills");
    for (size_t i = 0; names != NULL && i < doc_count(names); i++)
        if (doc_kind(doc_at(names, i)) == DOC_STRING &&
            str_equal(doc_string(doc_at(names, i)), name))
            return true;
    return false;
}

/* The agent's own come first and win. */
static void print_skills(struct jsonw *w, const struct doc_value *context,
                         const struct doc_value *additions)
{
    const struct doc_value *own = list_of(context, "skills");
    const struct doc_value *more = list_of(additions, "skills");
    jsonw_array(w);
    for (size_t i = 0; own != NULL && i < doc_count(own); i++)
        object_copy_value(doc_at(own, i), w);
    for (size_t i = 0; more != NULL && i < doc_count(more); i++) {
        const struct doc_value *skill = doc_at(more, i);
        if (doc_kind(skill) != DOC_OBJECT || has_skill(own, text_of(skill, "name")) ||
            is_disabled(context, text_of(skill, "name")))
            continue;
        object_copy_value(skill, w);
    }
    jsonw_end(w);
}

struct context_copy {
    const struct doc_value *context;
    const struct agent_launch *launch;
};

static bool change_context(void *owner, struct str name, const struct doc_value *value,
                           struct jsonw *w)
{
    const struct context_copy *copy = owner;
    const struct doc_value *additions = copy->launch->additions;
    const struct str text = doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
    const bool is_time = str_equal(name, STR("current_datetime"));
    if (is_time && (agent_time_is_iso(text) || (!str_is_set(text) && copy->launch->needs_time)))
        print_now(w, text);
    else if (str_equal(name, STR("system_message_suffix")) && additions != NULL)
        print_suffix(w, text, text_of(additions, "system_message_suffix_append"));
    else if (str_equal(name, STR("skills")) && additions != NULL)
        print_skills(w, copy->context, additions);
    else
        return false;
    return true;
}

static void print_context(struct jsonw *w, const struct doc_value *context,
                          const struct agent_launch *launch)
{
    struct context_copy copy = {.context = context, .launch = launch};
    jsonw_object(w);
    object_copy(context, change_context, &copy, w);
    jsonw_end(w);
}

/* An agent without a context gets one for what is added to it. It does not tell the time: that
 * was not asked for. */
static void print_new_context(struct jsonw *w, const struct agent_launch *launch)
{
    static const char silence[] =
        "{\"skills\":[],\"system_message_suffix\":null,\"user_message_suffix\":null,"
        "\"load_user_skills\":false,\"load_public_skills\":false,"
        "\"marketplace_path\":\"marketplaces/default.json\",\"registered_marketplaces\":[],"
        "\"load_project_skills\":false,\"load_memory\":false,\"disabled_skills\":[],"
        "\"secrets\":null,\"current_datetime\":null}";
    struct doc_error why;
    struct doc *doc = doc_parse(str_from(silence), &why);
    assert(doc != NULL); /* it is a constant */
    print_context(w, doc_root(doc), launch);
    doc_free(doc);
}

/* --- tools --- */

static void print_tools(struct jsonw *w, const struct doc_value *tools,
                        const struct doc_value *client_tools)
{
    jsonw_array(w);
    for (size_t i = 0; doc_kind(tools) == DOC_ARRAY && i < doc_count(tools); i++)
        object_copy_value(doc_at(tools, i), w);
    for (size_t i = 0; i < doc_count(client_tools); i++) {
        scoped_buf struct buf spec = {0};
        doc_print(doc_at(client_tools, i), &spec);
        jsonw_object(w);
        jsonw_string(w, "name", text_of(doc_at(client_tools, i), "name"));
        jsonw_object_in(w, "params");
        jsonw_raw(w, "spec", buf_str(&spec));
        jsonw_end(w);
        jsonw_end(w);
    }
    jsonw_end(w);
}

static bool change_agent(void *owner, struct str name, const struct doc_value *value,
                         struct jsonw *w)
{
    const struct agent_launch *const *launch = owner;
    const bool is_context = str_equal(name, STR("agent_context"));
    if (is_context && doc_kind(value) == DOC_OBJECT)
        print_context(w, value, *launch);
    else if (is_context && (*launch)->additions != NULL)
        print_new_context(w, *launch);
    else if (str_equal(name, STR("tools")) && (*launch)->client_tools != NULL)
        print_tools(w, value, (*launch)->client_tools);
    else
        return false;
    return true;
}

void agent_launch_write(const struct doc_value *agent, const struct agent_launch *launch,
                        struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    object_copy(agent, change_agent, &launch, &w);
    jsonw_end(&w);
}

/* --- modules --- */

static const struct {
    struct str tool;
    struct str module;
} modules_of_tools[] = {
    {STR_INIT("terminal"), STR_INIT("openhands.tools.terminal.definition")},
    {STR_INIT("file_editor"), STR_INIT("openhands.tools.file_editor.definition")},
    {STR_INIT("task_tracker"), STR_INIT("openhands.tools.task_tracker.definition")},
    {STR_INIT("apply_patch"), STR_INIT("openhands.tools.apply_patch.definition")},
    {STR_INIT("glob"), STR_INIT("openhands.tools.glob.definition")},
    {STR_INIT("grep"), STR_INIT("openhands.tools.grep.definition")},
    {STR_INIT("planning_file_editor"), STR_INIT("openhands.tools.planning_file_editor.definition")},
    {STR_INIT("browser_tool_set"), STR_INIT("openhands.tools.browser_use.definition")},
    {STR_INIT("task_tool_set"), STR_INIT("openhands.tools.task.definition")},
};

static struct str module_of(struct str tool)
{
    for (size_t i = 0; i < ARRAY_SIZE(modules_of_tools); i++)
        if (str_equal(modules_of_tools[i].tool, tool))
            return modules_of_tools[i].module;
    return STR_NULL;
}

void agent_launch_write_modules(const struct doc_value *agent, const struct doc_value *modules,
                                struct buf *out)
{
    const struct doc_value *tools = list_of(agent, "tools");
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    if (modules != NULL)
        object_copy(modules, NULL, NULL, &w);
    for (size_t i = 0; tools != NULL && i < doc_count(tools); i++) {
        const struct str tool = text_of(doc_at(tools, i), "name");
        if (!str_is_set(module_of(tool)) || (modules != NULL && doc_find(modules, tool) != NULL))
            continue;
        jsonw_name(&w, tool);
        jsonw_string(&w, NULL, module_of(tool));
    }
    jsonw_end(&w);
}
