#include "agent/hooks.h"

#include <stdlib.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/regex.h"

#define TIMEOUT_S      60
#define MAX_ITERATIONS 3
#define MAX_TIMEOUT_S  86400
#define LABEL_CHARS    20 /* of a prompt */

static const struct str event_names[] = {
#define EVENT_NAME(name, event, member) STR_INIT(event),
    HOOK_EVENTS(EVENT_NAME)
#undef EVENT_NAME
};

static const struct str member_names[] = {
#define MEMBER_NAME(name, event, member) STR_INIT(member),
    HOOK_EVENTS(MEMBER_NAME)
#undef MEMBER_NAME
};

static const struct str type_names[] = {STR_INIT("command"), STR_INIT("prompt"), STR_INIT("agent")};

struct hook_matcher {
    struct str text;
    struct regex *regex; /* NULL: it is taken literally */
    bool is_broken;      /* between slashes and no expression: matches nothing */
    struct hook *hooks;
    size_t count;
};

struct hook_list {
    struct hook_matcher *matchers;
    size_t count;
};

struct hooks {
    struct arena arena;
    struct hook_list lists[HOOK_EVENT_COUNT];
    size_t hook_count;
};

struct str hook_event_name(enum hook_event event)
{
    return event_names[event];
}

/* --- one hook --- */

/* Where in the configuration we are, for messages. */
struct place {
    struct hooks *hooks;
    struct str event;
    struct error *error;
};

static bool refuse(const struct place *place, const char *what)
{
    return error_set(place->error, ERROR_UNPROCESSABLE, "hook_config.%.*s: %s",
                     STR_ARG(place->event), what);
}

static const struct doc_value *member(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value == NULL || doc_kind(value) == DOC_NULL ? NULL : value;
}

static bool read_string(const struct place *place, const struct doc_value *object, const char *name,
                        struct str *field)
{
    const struct doc_value *value = member(object, name);
    if (value == NULL)
        return true;
    if (doc_kind(value) != DOC_STRING)
        return error_set(place->error, ERROR_UNPROCESSABLE,
                         "hook_config.%.*s: %s should be a string", STR_ARG(place->event), name);
    *field = arena_copy(&place->hooks->arena, doc_string(value));
    return true;
}

static bool read_number(const struct place *place, const struct doc_value *object, const char *name,
                        int64_t *field)
{
    const struct doc_value *value = member(object, name);
    if (value == NULL)
        return true;
    if (doc_kind(value) != DOC_INT || doc_int(value) < 0 || doc_int(value) > MAX_TIMEOUT_S)
        return error_set(place->error, ERROR_UNPROCESSABLE,
                         "hook_config.%.*s: %s should be a whole number from 0 to %d",
                         STR_ARG(place->event), name, MAX_TIMEOUT_S);
    *field = doc_int(value);
    return true;
}

/* Clients write "async"; "async_" is what they get to see. */
static bool read_async(const struct place *place, const struct doc_value *object, bool *field)
{
    const struct doc_value *value = member(object, "async");
    if (value == NULL)
        value = member(object, "async_");
    if (value == NULL)
        return true;
    if (doc_kind(value) != DOC_BOOL)
        return refuse(place, "async should be a boolean");
    *field = doc_bool(value);
    return true;
}

static bool read_type(const struct place *place, const struct doc_value *object,
                      enum hook_type *field)
{
    struct str name = type_names[HOOK_COMMAND];
    if (!read_string(place, object, "type", &name))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(type_names); i++) {
        if (!str_equal(name, type_names[i]))
            continue;
        *field = (enum hook_type)i;
        return true;
    }
    return refuse(place, "type should be 'command', 'prompt' or 'agent'");
}

static bool read_tools(const struct place *place, const struct doc_value *object, struct str *field)
{
    scoped_buf struct buf text = {0};
    const struct doc_value *value = member(object, "tools");
    *field = STR("[]");
    if (value == NULL)
        return true;
    if (doc_kind(value) != DOC_ARRAY)
        return refuse(place, "tools should be a list of names");
    for (size_t i = 0; i < doc_count(value); i++)
        if (doc_kind(doc_at(value, i)) != DOC_STRING)
            return refuse(place, "tools should be a list of names");
    doc_print(value, &text);
    *field = arena_copy(&place->hooks->arena, buf_str(&text));
    return true;
}

static bool check_type(const struct place *place, const struct hook *hook)
{
    const bool has_command = !str_is_empty(hook->command);
    if (hook->type == HOOK_COMMAND)
        return has_command || refuse(place, "'command' is required when type is 'command'");
    if (hook->type == HOOK_PROMPT && str_is_empty(hook->prompt))
        return refuse(place, "'prompt' is required when type is 'prompt'");
    if (has_command)
        return refuse(place, "'command' is only for hooks of type 'command'");
    return !hook->is_async || refuse(place, "'async' is only for hooks of type 'command'");
}

static struct str make_label(struct arena *arena, const struct hook *hook)
{
    if (!str_is_empty(hook->command))
        return hook->command;
    const struct str type = type_names[hook->type];
    const struct str text = hook->type == HOOK_PROMPT ? hook->prompt : hook->system_prompt;
    struct str rest = str_is_empty(text) ? type : str_slice(text, 0, LABEL_CHARS);
    if (str_is_set(hook->name))
        rest = hook->name;
    return arena_printf(arena, "%.*s-hook:%.*s", STR_ARG(type), STR_ARG(rest));
}

static bool read_hook(const struct place *place, const struct doc_value *object, struct hook *hook)
{
    *hook = (struct hook){.timeout_s = TIMEOUT_S, .max_iterations = MAX_ITERATIONS};
    if (doc_kind(object) != DOC_OBJECT)
        return refuse(place, "a hook should be an object");
    if (++place->hooks->hook_count > HOOKS_MAX)
        return refuse(place, "too many hooks");
    const bool is_read = read_type(place, object, &hook->type) &&
                         read_string(place, object, "name", &hook->name) &&
                         read_string(place, object, "command", &hook->command) &&
                         read_string(place, object, "prompt", &hook->prompt) &&
                         read_string(place, object, "system_prompt", &hook->system_prompt) &&
                         read_tools(place, object, &hook->tools) &&
                         read_number(place, object, "timeout", &hook->timeout_s) &&
                         read_number(place, object, "max_iterations", &hook->max_iterations) &&
                         read_async(place, object, &hook->is_async) && check_type(place, hook);
    if (is_read)
        hook->label = make_label(&place->hooks->arena, hook);
    return is_read;
}

/* --- a matcher --- */

/* Between slashes it is an expression; with signs of one it is too, if it can be read so. */
static void compile(struct hook_matcher *matcher)
{
    struct error none;
    const struct str text = matcher->text;
    const bool is_slashed =
        text.len > 2 && str_starts_with(text, STR("/")) && str_ends_with(text, STR("/"));
    bool has_signs = false;
    for (size_t i = 0; i < text.len; i++)
        has_signs = has_signs || str_has_byte(STR("|.*+?[]()^$\\"), text.data[i]);
    if (is_slashed)
        matcher->is_broken = !regex_new(str_slice(text, 1, text.len - 1), &matcher->regex, &none);
    else if (has_signs && !str_equal(text, STR("*")) && !regex_new(text, &matcher->regex, &none))
        matcher->regex = NULL; /* then it is a name */
}

static bool read_matcher(const struct place *place, const struct doc_value *object,
                         struct hook_matcher *matcher)
{
    if (doc_kind(object) != DOC_OBJECT)
        return refuse(place, "a matcher should be an object");
    const struct doc_value *hooks = member(object, "hooks");
    matcher->text = STR("*");
    if (!read_string(place, object, "matcher", &matcher->text))
        return false;
    compile(matcher);
    if (hooks == NULL)
        return true;
    if (doc_kind(hooks) != DOC_ARRAY)
        return refuse(place, "hooks should be a list");
    matcher->hooks = arena_zero(&place->hooks->arena, doc_count(hooks), sizeof(*matcher->hooks));
    for (; matcher->count < doc_count(hooks); matcher->count++)
        if (!read_hook(place, doc_at(hooks, matcher->count), &matcher->hooks[matcher->count]))
            return false;
    return true;
}

static bool is_match(const struct hook_matcher *matcher, struct str tool_name)
{
    if (str_is_empty(matcher->text) || str_equal(matcher->text, STR("*")))
        return true;
    if (!str_is_set(tool_name) || matcher->is_broken)
        return false;
    return matcher->regex != NULL ? regex_matches(matcher->regex, tool_name)
                                  : str_equal(matcher->text, tool_name);
}

/* --- the configuration --- */

static bool find_event(struct str name, enum hook_event *ret_event)
{
    for (size_t i = 0; i < HOOK_EVENT_COUNT; i++) {
        if (!str_equal(name, event_names[i]) && !str_equal(name, member_names[i]))
            continue;
        *ret_event = (enum hook_event)i;
        return true;
    }
    return false;
}

static bool read_list(const struct place *place, const struct doc_value *matchers,
                      struct hook_list *list)
{
    if (doc_kind(matchers) != DOC_ARRAY)
        return refuse(place, "should be a list of matchers");
    if (list->count + doc_count(matchers) > HOOKS_MAX)
        return refuse(place, "too many matchers");
    list->matchers = mem_resize(list->matchers,
                                (list->count + doc_count(matchers) + 1) * sizeof(*list->matchers));
    for (size_t i = 0; i < doc_count(matchers); i++) {
        struct hook_matcher *matcher = &list->matchers[list->count++];
        *matcher = (struct hook_matcher){0};
        if (!read_matcher(place, doc_at(matchers, i), matcher))
            return false;
    }
    return true;
}

static bool read_events(struct hooks *hooks, const struct doc_value *config, struct error *error)
{
    bool is_seen[HOOK_EVENT_COUNT] = {false};
    const struct doc_value *matchers;
    struct str name;
    void *iterator = NULL;
    while (doc_next(config, &iterator, &name, &matchers)) {
        enum hook_event event;
        const struct place place = {.hooks = hooks, .event = name, .error = error};
        if (!find_event(name, &event))
            return error_set(error, ERROR_UNPROCESSABLE,
                             "hook_config: Unknown event type '%.*s'. Valid types: post_tool_use, "
                             "pre_tool_use, session_end, session_start, stop, user_prompt_submit",
                             STR_ARG(name));
        if (is_seen[event])
            return error_set(error, ERROR_UNPROCESSABLE,
                             "hook_config: '%.*s' is there twice, under both of its names",
                             STR_ARG(name));
        is_seen[event] = true;
        if (!read_list(&place, matchers, &hooks->lists[event]))
            return false;
    }
    return true;
}

bool hooks_add(struct hooks *hooks, const struct doc_value *config, struct error *error)
{
    if (config == NULL || doc_kind(config) == DOC_NULL)
        return true;
    if (doc_kind(config) != DOC_OBJECT)
        return error_set(error, ERROR_UNPROCESSABLE, "hook_config should be an object");
    const struct doc_value *inner = doc_find(config, STR("hooks"));
    if (inner == NULL)
        return read_events(hooks, config, error);
    if (doc_kind(inner) != DOC_OBJECT)
        return error_set(error, ERROR_UNPROCESSABLE, "hook_config.hooks should be an object");
    return read_events(hooks, inner, error);
}

bool hooks_decode(const struct doc_value *config, struct hooks **ret_hooks, struct error *error)
{
    struct hooks *hooks = mem_zero(1, sizeof(*hooks));
    if (!hooks_add(hooks, config, error)) {
        hooks_free(hooks);
        return false;
    }
    *ret_hooks = hooks;
    return true;
}

void hooks_free(struct hooks *hooks)
{
    if (hooks == NULL)
        return;
    for (size_t i = 0; i < HOOK_EVENT_COUNT; i++) {
        for (size_t j = 0; j < hooks->lists[i].count; j++)
            regex_free(hooks->lists[i].matchers[j].regex);
        free(hooks->lists[i].matchers);
    }
    arena_fini(&hooks->arena);
    free(hooks);
}

bool hooks_is_empty(const struct hooks *hooks)
{
    for (size_t i = 0; hooks != NULL && i < HOOK_EVENT_COUNT; i++)
        if (hooks->lists[i].count > 0)
            return false;
    return true;
}

size_t hooks_match(const struct hooks *hooks, enum hook_event event, struct str tool_name,
                   const struct hook **matching, size_t max)
{
    size_t count = 0;
    const struct hook_list *list = hooks == NULL ? NULL : &hooks->lists[event];
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct hook_matcher *matcher = &list->matchers[i];
        if (!is_match(matcher, tool_name))
            continue;
        for (size_t j = 0; j < matcher->count; j++, count++)
            if (count < max)
                matching[count] = &matcher->hooks[j];
    }
    return count;
}

/* --- as clients see it --- */

static void write_optional(struct jsonw *w, const char *name, struct str value, bool with_nulls)
{
    if (str_is_set(value))
        jsonw_string(w, name, value);
    else if (with_nulls)
        jsonw_null(w, name);
}

static void write_hook(struct jsonw *w, const struct hook *hook, enum hooks_form form)
{
    const bool with_nulls = form != HOOKS_STATE;
    jsonw_object(w);
    jsonw_string(w, "type", type_names[hook->type]);
    write_optional(w, "name", hook->name, with_nulls);
    jsonw_string(w, "command", hook->command);
    write_optional(w, "prompt", hook->prompt, with_nulls);
    write_optional(w, "system_prompt", hook->system_prompt, with_nulls);
    jsonw_raw(w, "tools", hook->tools);
    jsonw_int(w, "timeout", hook->timeout_s);
    jsonw_int(w, "max_iterations", hook->max_iterations);
    jsonw_bool(w, form == HOOKS_ANSWER ? "async" : "async_", hook->is_async);
    jsonw_end(w);
}

void hooks_write(const struct hooks *hooks, enum hooks_form form, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    for (size_t i = 0; i < HOOK_EVENT_COUNT; i++) {
        const struct hook_list *list = &hooks->lists[i];
        jsonw_name(&w, member_names[i]);
        jsonw_array(&w);
        for (size_t j = 0; j < list->count; j++) {
            jsonw_object(&w);
            jsonw_string(&w, "matcher", list->matchers[j].text);
            jsonw_array_in(&w, "hooks");
            for (size_t k = 0; k < list->matchers[j].count; k++)
                write_hook(&w, &list->matchers[j].hooks[k], form);
            jsonw_end(&w);
            jsonw_end(&w);
        }
        jsonw_end(&w);
    }
    jsonw_end(&w);
}
