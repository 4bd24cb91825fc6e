#include "agent/tool_set.h"

#include "agent/llm/request.h"
#include "agent/tool_runs.h"
#include "agent/tool_schema.h"
#include "agent/tools/builtin.h"
#include "agent/tools/client_tool.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/base/repr.h"
#include "server/loop/loop.h"

/* Tools of the contract that an agent may name although nothing here makes them. */
static const char *const known_names[] = {
    "switch_llm",
    "SwitchLLMTool",
    "inspect_image_with_vision",
    "VisionInspectTool",
    "ask_oracle",
    "start_child_conversation",
    "ClassifyAndSwitchLLMTool",
    "route_task_to_model",
    "task_tool_set",
    "workflow_tool_set",
    "browser_tool_set",
    "tom_consult",
    "sleeptime_compute",
};

struct tool_set {
    struct tool_context context;
    const struct tool_maker *makers; /* while it is opened */
    size_t maker_count;
    struct list tools;
    struct list removed; /* some of their runs go on */
    struct tool_runs runs;
    uint64_t version;
    size_t closing; /* tools whose on_closed has not come */
    bool is_closing;
    bool is_closed_due;
    void (*on_closed)(void *owner);
    void *owner;
};

static struct tool *from_link(struct list *link)
{
    return link == NULL ? NULL : container_of(link, struct tool, link);
}

static void free_set(void *owner)
{
    struct tool_set *set = owner;
    void (*on_closed)(void *owner) = set->on_closed;
    void *on_closed_owner = set->owner;
    free(set);
    if (on_closed != NULL)
        on_closed(on_closed_owner);
}

static void free_when_closed(struct tool_set *set)
{
    if (!set->is_closing || set->is_closed_due || set->closing > 0 ||
        !tool_runs_are_over(&set->runs) || !list_is_empty(&set->tools) ||
        !list_is_empty(&set->removed))
        return;
    set->is_closed_due = true;
    loop_defer(set->context.loop, free_set, set);
}

static void on_tool_closed(void *owner)
{
    struct tool_set *set = owner;
    set->closing--;
    free_when_closed(set);
}

static void close_tool(struct tool_set *set, struct tool *tool)
{
    list_remove(&tool->link);
    doc_free(tool->schema);
    tool->schema = NULL;
    set->closing++;
    tool->type->close(tool, on_tool_closed, set);
}

static void on_run_gone(struct tool_runs *runs, struct tool *tool)
{
    struct tool_set *set = container_of(runs, struct tool_set, runs);
    if (tool->is_removed && tool->run_count == 0)
        close_tool(set, tool);
    free_when_closed(set);
}

void tool_set_remove(struct tool_set *set, struct tool *tool)
{
    if (tool->is_removed)
        return;
    tool->is_removed = true;
    set->version++;
    list_remove(&tool->link);
    list_append(&set->removed, &tool->link);
    if (tool->run_count == 0)
        close_tool(set, tool);
}

static bool read_schema(struct tool *tool, struct error *error)
{
    struct doc_error problem;
    tool->schema = doc_parse(tool->parameters, &problem);
    if (tool->schema == NULL || doc_kind(doc_root(tool->schema)) != DOC_OBJECT)
        return error_set(error, ERROR_INTERNAL, "the parameters of tool '%.*s' are no JSON schema",
                         STR_ARG(tool->name));
    return true;
}

bool tool_set_add(struct tool_set *set, struct tool *tool, struct error *error)
{
    scoped_buf struct buf name = {0};
    repr_append(&name, tool->name);
    tool->set = set;
    const bool is_new = tool_set_find(set, tool->name) == NULL;
    if (!is_new)
        error_set(error, ERROR_INTERNAL, "Duplicate tool names found: {%s}", name.data);
    if (!is_new || !read_schema(tool, error)) {
        tool->is_removed = true;
        close_tool(set, tool);
        return false;
    }
    list_append(&set->tools, &tool->link);
    set->version++;
    return true;
}

static const struct tool_maker *find_maker(const struct tool_set *set, struct str name,
                                           bool is_default)
{
    for (size_t i = 0; i < set->maker_count + tool_makers_count; i++) {
        const struct tool_maker *maker =
            i < set->maker_count ? &set->makers[i] : &tool_makers[i - set->maker_count];
        if (!is_default && str_equal(name, str_from(maker->name)))
            return maker;
        if (maker->class_name != NULL && str_equal(name, str_from(maker->class_name)))
            return maker;
    }
    return NULL;
}

static bool is_known(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(known_names); i++) {
        if (str_equal(name, str_from(known_names[i])))
            return true;
    }
    return false;
}

bool tool_set_is_taken(struct str name)
{
    for (size_t i = 0; i < tool_makers_count; i++) {
        if (str_equal(name, str_from(tool_makers[i].name)))
            return true;
    }
    return str_equal(name, STR("invoke_skill")) || is_known(name);
}

static bool make(struct tool_set *set, struct str name, const struct doc_value *params,
                 bool is_default, struct error *error)
{
    const struct tool_maker *maker = find_maker(set, name, is_default);
    if (maker != NULL)
        return maker->make(set, params, error);
    if (client_tool_is(name, params))
        return client_tool_make(set, params, error);
    if (!is_known(name))
        return error_set(error, ERROR_INVALID, "ToolDefinition '%.*s' is not registered",
                         STR_ARG(name));
    log_warn("tool.left_out", "name=%.*s reason=not_available", STR_ARG(name));
    return true;
}

static const struct doc_value *find_kind(const struct doc_value *object, const char *name,
                                         enum doc_kind kind)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == kind ? value : NULL;
}

static bool make_named(struct tool_set *set, const struct doc_value *tools, struct error *error)
{
    for (size_t i = 0; tools != NULL && i < doc_count(tools); i++) {
        const struct doc_value *item = doc_at(tools, i);
        const struct doc_value *name =
            doc_kind(item) == DOC_OBJECT ? find_kind(item, "name", DOC_STRING) : NULL;
        if (name == NULL)
            return error_set(error, ERROR_INVALID, "a tool of the agent has no name");
        if (!make(set, doc_string(name), find_kind(item, "params", DOC_OBJECT), false, error))
            return false;
    }
    return true;
}

static bool make_defaults(struct tool_set *set, const struct doc_value *defaults,
                          struct error *error)
{
    for (size_t i = 0; defaults != NULL && i < doc_count(defaults); i++) {
        const struct doc_value *name = doc_at(defaults, i);
        if (doc_kind(name) == DOC_STRING && !make(set, doc_string(name), NULL, true, error))
            return false;
    }
    return true;
}

bool tool_set_open(const struct tool_set_options *options, struct tool_set **ret_set,
                   struct error *error)
{
    struct tool_set *set = mem_zero(1, sizeof(*set));
    set->context = options->context;
    set->makers = options->makers;
    set->maker_count = options->maker_count;
    list_init(&set->tools);
    list_init(&set->removed);
    tool_runs_init(&set->runs, &set->context, on_run_gone);
    const bool is_made =
        make_named(set, options->tools, error) && make_defaults(set, options->defaults, error);
    set->makers = NULL;
    set->maker_count = 0;
    if (is_made)
        *ret_set = set;
    else
        tool_set_close(set, NULL, NULL);
    return is_made;
}

void tool_set_close(struct tool_set *set, void (*on_closed)(void *owner), void *owner)
{
    assert(!set->is_closing);
    set->is_closing = true;
    set->on_closed = on_closed;
    set->owner = owner;
    tool_runs_cancel_all(&set->runs);
    for (struct list *link = list_first(&set->tools); link != NULL; link = list_first(&set->tools))
        tool_set_remove(set, from_link(link));
    free_when_closed(set);
}

const struct tool_context *tool_set_context(const struct tool_set *set)
{
    return &set->context;
}

struct tool *tool_set_find(const struct tool_set *set, struct str name)
{
    for (struct list *link = list_first(&set->tools); link != NULL;
         link = list_next(&set->tools, link)) {
        if (str_equal(from_link(link)->name, name))
            return from_link(link);
    }
    return NULL;
}

const struct list *tool_set_all(const struct tool_set *set)
{
    return &set->tools;
}

uint64_t tool_set_version(const struct tool_set *set)
{
    return set->version;
}

void tool_set_write_dumps(const struct tool_set *set, struct buf *out)
{
    const char *separator = "[";
    for (struct list *link = list_first(&set->tools); link != NULL;
         link = list_next(&set->tools, link)) {
        buf_append(out, str_from(separator));
        tool_schema_dump(from_link(link), out);
        separator = ",";
    }
    buf_append(out, list_is_empty(&set->tools) ? STR("[]") : STR("]"));
}

static size_t count_tools(const struct tool_set *set)
{
    size_t count = 0;
    for (struct list *link = list_first(&set->tools); link != NULL;
         link = list_next(&set->tools, link))
        count++;
    return count;
}

size_t tool_set_for_model(const struct tool_set *set, bool is_responses, struct arena *arena,
                          const struct llm_tool **ret_tools)
{
    size_t count = 0;
    struct llm_tool *tools = arena_zero(arena, count_tools(set) + 1, sizeof(*tools));
    for (struct list *link = list_first(&set->tools); link != NULL;
         link = list_next(&set->tools, link)) {
        const struct tool *tool = from_link(link);
        scoped_buf struct buf schema = {0};
        tool_schema_for_model(tool, is_responses && tool->is_plain_in_responses, &schema);
        tools[count++] = (struct llm_tool){.name = arena_copy(arena, tool->name),
                                           .description = arena_copy(arena, tool->description),
                                           .parameters = arena_copy(arena, buf_str(&schema))};
    }
    *ret_tools = tools;
    return count;
}

struct tool_run *tool_set_start(struct tool_set *set, const struct tool_start *start)
{
    assert(!set->is_closing && start->tool->set == set);
    return tool_runs_start(&set->runs, start);
}

void tool_set_interrupt(struct tool_set *set)
{
    for (struct list *link = list_first(&set->tools); link != NULL;
         link = list_next(&set->tools, link)) {
        if (from_link(link)->type->interrupt != NULL)
            from_link(link)->type->interrupt(from_link(link));
    }
}
