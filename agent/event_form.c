#include "agent/event_form.h"

#include "agent/event.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

/*
 * The full form is the stored one with null members put in. What an object may lack is known by its
 * own "kind", or, for the few objects without one, by the member it stands in. Free-form values
 * (arguments of tools, state of conversations) have neither and stay as they are.
 */

#define MAX_NULLABLE 8

struct nullable_row {
    const char *of;                  /* a kind, or the name of a member */
    const char *names[MAX_NULLABLE]; /* NULL-terminated */
};

static const struct nullable_row by_kind[] = {
    {"MessageEvent", {"llm_response_id", "sender", "critic_result", NULL}},
    {"ActionEvent",
     {"reasoning_content", "responses_reasoning_item", "action", "summary", "critic_result", NULL}},
    {"SystemPromptEvent", {"dynamic_context", NULL}},
    {"Condensation", {"summary", "summary_offset", NULL}},
    {"AgentErrorEvent", {"classification", NULL}},
    {"ConversationErrorEvent", {"classification", NULL}},
    {"HookExecutionEvent",
     {"tool_name", "reason", "additional_context", "error", "action_id", "message_id", "hook_input",
      NULL}},
    {"TerminalAction", {"timeout", NULL}},
    {"FileEditorAction", {"file_text", "old_str", "new_str", "insert_line", "view_range", NULL}},
    {"PlanningFileEditorAction",
     {"file_text", "old_str", "new_str", "insert_line", "view_range", NULL}},
    {"GlobAction", {"path", NULL}},
    {"GrepAction", {"path", "include", NULL}},
    {"TerminalObservation", {"command", "exit_code", "full_output_save_dir", NULL}},
    {"FileEditorObservation", {"path", "old_content", "new_content", NULL}},
    {"PlanningFileEditorObservation", {"path", "old_content", "new_content", NULL}},
    {"GlobObservation", {"search_path", NULL}},
    {"GrepObservation", {"search_path", "include_pattern", NULL}},
    {"ApplyPatchObservation", {"commit", NULL}},
};

static const struct nullable_row by_member[] = {
    {"llm_message",
     {"tool_calls", "tool_call_id", "name", "reasoning_content", "responses_reasoning_item", NULL}},
    {"tool_call", {"responses_item_id", NULL}},
    {"metadata", {"username", "hostname", "working_dir", "py_interpreter_path", NULL}},
};

static const char *const no_names[] = {NULL};

static const char *const *find_row(const struct nullable_row *rows, size_t count, struct str of)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(str_from(rows[i].of), of))
            return rows[i].names;
    return no_names;
}

static struct str kind_of(const struct doc_value *object)
{
    const struct doc_value *kind = doc_find(object, STR("kind"));
    return kind != NULL && doc_kind(kind) == DOC_STRING ? doc_string(kind) : STR_NULL;
}

static const char *const *nullable_names(const struct doc_value *object, struct str member)
{
    const struct str kind = kind_of(object);
    if (str_is_set(kind))
        return find_row(by_kind, sizeof(by_kind) / sizeof(by_kind[0]), kind);
    return find_row(by_member, sizeof(by_member) / sizeof(by_member[0]), member);
}

static void print_raw(struct jsonw *w, const struct doc_value *value)
{
    scoped_buf struct buf text = {0};
    doc_print(value, &text);
    jsonw_raw(w, NULL, buf_str(&text));
}

/* Objects that may lack members stand one or two levels below the event. */
static bool is_typed_member(struct str name)
{
    static const char *const names[] = {"llm_message", "tool_call", "action", "observation",
                                        "metadata"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_equal(str_from(names[i]), name))
            return true;
    return false;
}

static void print_nulls(struct jsonw *w, const struct doc_value *object, struct str member)
{
    const bool is_event = !str_is_set(member);
    if (is_event && doc_find(object, STR("parent_id")) == NULL)
        jsonw_null(w, "parent_id");
    for (const char *const *name = nullable_names(object, member); *name != NULL; name++)
        if (doc_find(object, str_from(*name)) == NULL)
            jsonw_null(w, *name);
}

/* An object whose members are plain, but for typed ones: those are printed by `print_typed`. */
static void print_object(struct jsonw *w, const struct doc_value *object, struct str member,
                         void (*print_typed)(struct jsonw *w, const struct doc_value *object,
                                             struct str member))
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    jsonw_object(w);
    while (doc_next(object, &iterator, &name, &value)) {
        jsonw_name(w, name);
        if (print_typed != NULL && doc_kind(value) == DOC_OBJECT && is_typed_member(name))
            print_typed(w, value, name);
        else
            print_raw(w, value);
    }
    print_nulls(w, object, member);
    jsonw_end(w);
}

static void print_leaf(struct jsonw *w, const struct doc_value *object, struct str member)
{
    print_object(w, object, member, NULL);
}

static void print_payload(struct jsonw *w, const struct doc_value *object, struct str member)
{
    print_object(w, object, member, print_leaf);
}

void event_form_full_action(const struct doc_value *action, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    print_leaf(&w, action, STR("action"));
}

void event_form_full(const struct doc_value *event, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    print_object(&w, event, STR_NULL, print_payload);
}

/* --- wire levels --- */

struct level_rule {
    enum event_kind kind; /* EVENT_UNKNOWN: any */
    const char *member;   /* NULL: the whole event */
    enum event_level first_known;
    bool only_empty; /* below the level a member goes only when it is an empty list */
};

static const struct level_rule rules[] = {
    {EVENT_UNKNOWN, "parent_id", EVENT_LEVEL_1_32, false},
    {EVENT_OBSERVATION, "extended_content", EVENT_LEVEL_1_32, false},
    {EVENT_OBSERVATION, "extended_content", EVENT_LEVEL_1_40, true},
    {EVENT_AGENT_ERROR, "classification", EVENT_LEVEL_1_40, false},
    {EVENT_CONVERSATION_ERROR, "classification", EVENT_LEVEL_1_40, false},
    {EVENT_USER_REJECT, "rejection_source", EVENT_LEVEL_1_20, false},
    {EVENT_SYSTEM_PROMPT, "dynamic_context", EVENT_LEVEL_1_20, false},
    {EVENT_HOOK_EXECUTION, NULL, EVENT_LEVEL_1_20, false},
    {EVENT_INTERRUPT, NULL, EVENT_LEVEL_1_20, false},
    {EVENT_STREAMING_DELTA, NULL, EVENT_LEVEL_1_20, false},
    {EVENT_ACP_TOOL_CALL, NULL, EVENT_LEVEL_1_20, false},
    {EVENT_SECURITY_ANALYSIS, NULL, EVENT_LEVEL_1_40, false},
};

static bool is_empty_list(const struct doc_value *value)
{
    return doc_kind(value) == DOC_ARRAY && doc_count(value) == 0;
}

static bool is_known(enum event_kind kind, struct str name, const struct doc_value *value,
                     enum event_level level)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct level_rule *rule = &rules[i];
        if (rule->member == NULL || level >= rule->first_known ||
            (rule->kind != EVENT_UNKNOWN && rule->kind != kind) ||
            !str_equal(str_from(rule->member), name))
            continue;
        if (!rule->only_empty || is_empty_list(value))
            return false;
    }
    return true;
}

static bool is_shown(enum event_kind kind, enum event_level level)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (rules[i].member == NULL && rules[i].kind == kind && level < rules[i].first_known)
            return false;
    return true;
}

static struct str text_of(const struct doc_value *content)
{
    const struct doc_value *text = content == NULL ? NULL : doc_find(content, STR("text"));
    return text != NULL && doc_kind(text) == DOC_STRING ? doc_string(text) : STR_NULL;
}

/* Clients that know no dynamic context get its text behind that of the prompt. */
static void print_joined_prompt(struct jsonw *w, const struct doc_value *event,
                                const struct doc_value *prompt)
{
    scoped_buf struct buf text = {0};
    buf_append(&text, text_of(prompt));
    const struct str dynamic = text_of(doc_find(event, STR("dynamic_context")));
    if (!str_is_empty(dynamic)) {
        buf_append(&text, STR("\n\n"));
        buf_append(&text, dynamic);
    }
    jsonw_object(w);
    jsonw_bool(w, "cache_prompt", false);
    jsonw_cstr(w, "type", "text");
    jsonw_string(w, "text", buf_str(&text));
    jsonw_end(w);
}

static void print_tool_call(struct jsonw *w, const struct doc_value *call)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    jsonw_object(w);
    while (doc_next(call, &iterator, &name, &value)) {
        if (str_equal(name, STR("responses_item_id")))
            continue;
        jsonw_name(w, name);
        print_raw(w, value);
    }
    jsonw_end(w);
}

static void print_member(struct jsonw *w, const struct doc_value *event, enum event_kind kind,
                         struct str name, const struct doc_value *value, enum event_level level)
{
    const bool is_oldest = level < EVENT_LEVEL_1_20;
    jsonw_name(w, name);
    if (is_oldest && kind == EVENT_SYSTEM_PROMPT && str_equal(name, STR("system_prompt")))
        print_joined_prompt(w, event, value);
    else if (is_oldest && kind == EVENT_ACTION && str_equal(name, STR("tool_call")))
        print_tool_call(w, value);
    else
        print_raw(w, value);
}

bool event_form_level(const struct doc_value *event, enum event_level level, struct buf *out)
{
    const enum event_kind kind = event_kind_find(kind_of(event));
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    struct jsonw w;
    if (!is_shown(kind, level))
        return false;
    jsonw_init(&w, out);
    jsonw_object(&w);
    while (doc_next(event, &iterator, &name, &value))
        if (is_known(kind, name, value, level))
            print_member(&w, event, kind, name, value, level);
    jsonw_end(&w);
    return true;
}
