#include "agent/agent_settings.h"

#include "agent/agent_spec.h"
#include "agent/agent_time.h"
#include "agent/llm/config.h"
#include "agent/shape.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

/* Tools that are there without being asked for, by the name of their class and their own. */
static const struct {
    struct str name;
    struct str class_name;
    bool is_default;
} builtins[] = {
    {STR_INIT("finish"), STR_INIT("FinishTool"), true},
    {STR_INIT("think"), STR_INIT("ThinkTool"), true},
    {STR_INIT("switch_llm"), STR_INIT("SwitchLLMTool"), true},
    {STR_INIT("invoke_skill"), STR_INIT("InvokeSkillTool"), false},
};

static const struct doc_value *find_set(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value == NULL || doc_kind(value) == DOC_NULL ? NULL : value;
}

static void copy_member(struct jsonw *w, const struct doc_value *object, const char *name)
{
    const struct doc_value *value = find_set(object, name);
    scoped_buf struct buf text = {0};
    if (value == NULL)
        return;
    doc_print(value, &text);
    jsonw_raw(w, name, buf_str(&text));
}

/* --- tools --- */

static struct str tool_name(const struct doc_value *tool)
{
    const struct doc_value *name = doc_kind(tool) == DOC_OBJECT ? find_set(tool, "name") : NULL;
    return name != NULL && doc_kind(name) == DOC_STRING ? doc_string(name) : STR_NULL;
}

static size_t find_builtin(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
        if (str_equal(builtins[i].name, name) || str_equal(builtins[i].class_name, name))
            return i;
    return SIZE_MAX;
}

/* Nothing here starts a browser. */
static bool is_left_out(struct str name)
{
    return str_equal(name, STR("browser_tool_set")) || find_builtin(name) != SIZE_MAX;
}

static void print_tools(struct jsonw *w, const struct doc_value *tools)
{
    static const char *const defaults[] = {"terminal", "file_editor", "task_tracker"};
    jsonw_array_in(w, "tools");
    for (size_t i = 0; tools == NULL && i < ARRAY_SIZE(defaults); i++) {
        jsonw_object(w);
        jsonw_cstr(w, "name", defaults[i]);
        jsonw_end(w);
    }
    for (size_t i = 0; tools != NULL && i < doc_count(tools); i++) {
        scoped_buf struct buf text = {0};
        if (is_left_out(tool_name(doc_at(tools, i))))
            continue;
        doc_print(doc_at(tools, i), &text);
        jsonw_raw(w, NULL, buf_str(&text));
    }
    jsonw_end(w);
}

static bool names_builtin(const struct doc_value *tools, size_t builtin)
{
    for (size_t i = 0; tools != NULL && i < doc_count(tools); i++)
        if (find_builtin(tool_name(doc_at(tools, i))) == builtin)
            return true;
    return false;
}

static void print_builtins(struct jsonw *w, const struct doc_value *tools)
{
    jsonw_array_in(w, "include_default_tools");
    for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
        if (builtins[i].is_default || names_builtin(tools, i))
            jsonw_string(w, NULL, builtins[i].class_name);
    jsonw_end(w);
}

/* --- condenser --- */

/* Of the model, as far as it is known; 0: it is not. */
static int64_t window_of(const struct doc_value *llm)
{
    struct llm_config *config;
    struct error ignored; /* the agent's own check tells */
    if (!llm_config_decode(llm, &config, &ignored))
        return 0;
    const int64_t window = config->max_input_tokens;
    llm_config_free(config);
    return window;
}

static void print_condenser_llm(struct jsonw *w, const struct doc_value *llm)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    jsonw_object_in(w, "llm");
    while (doc_next(llm, &iterator, &name, &value)) {
        scoped_buf struct buf text = {0};
        if (str_equal(name, STR("usage_id")))
            continue;
        doc_print(value, &text);
        jsonw_name(w, name);
        jsonw_raw(w, NULL, buf_str(&text));
    }
    jsonw_cstr(w, "usage_id", "condenser");
    jsonw_end(w);
}

static bool is_disabled(const struct doc_value *condenser)
{
    const struct doc_value *enabled = find_set(condenser, "enabled");
    return enabled != NULL && doc_kind(enabled) == DOC_BOOL && !doc_bool(enabled);
}

static void print_condenser(struct jsonw *w, const struct doc_value *condenser,
                            const struct doc_value *llm)
{
    static const char *const numbers[] = {"max_size", "keep_first", "minimum_progress",
                                          "hard_context_reset_max_retries",
                                          "hard_context_reset_context_scaling"};
    if (condenser != NULL && is_disabled(condenser))
        return;
    jsonw_object_in(w, "condenser");
    jsonw_cstr(w, "kind", "LLMSummarizingCondenser");
    print_condenser_llm(w, llm);
    for (size_t i = 0; condenser != NULL && i < ARRAY_SIZE(numbers); i++)
        copy_member(w, condenser, numbers[i]);
    if (condenser != NULL && find_set(condenser, "max_tokens") != NULL)
        copy_member(w, condenser, "max_tokens");
    else if (window_of(llm) > 0)
        jsonw_int(w, "max_tokens", window_of(llm));
    jsonw_end(w);
}

/* --- all of it --- */

static void print_context(struct jsonw *w, const struct doc_value *context)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    scoped_buf struct buf now = {0};
    agent_time_now(STR(""), &now);
    jsonw_object_in(w, "agent_context");
    while (context != NULL && doc_next(context, &iterator, &name, &value)) {
        scoped_buf struct buf text = {0};
        doc_print(value, &text);
        jsonw_name(w, name);
        jsonw_raw(w, NULL, buf_str(&text));
    }
    if (context == NULL || doc_find(context, STR("current_datetime")) == NULL)
        jsonw_string(w, "current_datetime", buf_str(&now));
    jsonw_end(w);
}

static const struct doc_value *find_object(const struct doc_value *settings, const char *name)
{
    const struct doc_value *value = find_set(settings, name);
    return value != NULL && doc_kind(value) == DOC_OBJECT ? value : NULL;
}

static void print_agent(const struct doc_value *settings, const struct doc_value *llm,
                        struct buf *out)
{
    const struct doc_value *tools = find_set(settings, "tools");
    struct jsonw w;
    if (tools != NULL && doc_kind(tools) != DOC_ARRAY)
        tools = NULL;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "kind", "Agent");
    copy_member(&w, settings, "llm");
    print_tools(&w, tools);
    print_builtins(&w, tools);
    copy_member(&w, settings, "mcp_config");
    copy_member(&w, settings, "persona");
    copy_member(&w, settings, "tool_concurrency_limit");
    print_context(&w, find_object(settings, "agent_context"));
    print_condenser(&w, find_object(settings, "condenser"), llm);
    jsonw_end(&w);
}

static bool is_plain_kind(const struct doc_value *settings)
{
    const struct doc_value *kind = find_set(settings, "agent_kind");
    return kind == NULL ||
           (doc_kind(kind) == DOC_STRING && (str_equal(doc_string(kind), STR("openhands")) ||
                                             str_equal(doc_string(kind), STR("llm"))));
}

bool agent_settings_complete(const struct doc_value *settings, const struct cipher *cipher,
                             struct buf *out, struct shape_problem *ret_problem,
                             struct error *error)
{
    scoped_buf struct buf text = {0};
    struct doc_error why;
    *ret_problem = (struct shape_problem){.type = "value_error"};
    if (doc_kind(settings) != DOC_OBJECT)
        return error_set(error, ERROR_UNPROCESSABLE, "Input should be a valid dictionary");
    if (!is_plain_kind(settings))
        return error_set(error, ERROR_UNPROCESSABLE,
                         "Value error, this server runs agents of the kind 'openhands' only");
    const struct doc_value *llm = find_object(settings, "llm");
    if (llm == NULL)
        return error_set(error, ERROR_UNPROCESSABLE, "Value error, agent_settings need an llm");
    print_agent(settings, llm, &text);
    struct doc *doc = doc_parse(buf_str(&text), &why);
    assert(doc != NULL); /* we have printed it */
    const bool is_good = agent_spec_complete(doc_root(doc), cipher, out, ret_problem, error);
    if (!is_good)
        shape_problem_move(ret_problem, settings);
    doc_free(doc);
    explicit_bzero(text.data, text.len);
    return is_good;
}
