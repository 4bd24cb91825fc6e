#include "agent/tools/terminal_env.h"

#include <ctype.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/tools/action.h"
#include "server/base/buf.h"
#include "server/base/json.h"

#define NO_CHANGE_TIMEOUT_S 30
#define IDLE_TIMEOUT        "OH_RUNTIME_IDLE_TIMEOUT_SECONDS="
#define PRIORITY_NONE       "OH_TERMINAL_PROCESS_PRIORITY=none"
#define PLAIN_LINES         "set +H\n"
#define NICE_LINES          PLAIN_LINES "command -p renice -n 10 -p $$ >/dev/null 2>&1\n"

static size_t name_len(const char *variable)
{
    return strcspn(variable, "=");
}

/* In the place of one with the same name. */
static void set_variable(struct terminal_env *env, size_t *count, const char *variable)
{
    size_t at = 0;
    const size_t len = name_len(variable);
    while (at < *count &&
           (name_len(env->variables[at]) != len || memcmp(env->variables[at], variable, len) != 0))
        at++;
    env->variables[at] = variable;
    *count += at == *count;
}

static void set_given(struct terminal_env *env, size_t *count, const struct doc_value *given)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    while (given != NULL && doc_next(given, &iterator, &name, &value)) {
        if (doc_kind(value) == DOC_STRING && name.len > 0 && !str_has_byte(name, '='))
            set_variable(
                env, count,
                arena_printf(&env->arena, "%.*s=%.*s", STR_ARG(name), STR_ARG(doc_string(value)))
                    .data);
    }
}

static size_t count_inherited(const struct tool_context *context)
{
    size_t count = 0;
    while (context->env != NULL && context->env[count] != NULL)
        count++;
    return count;
}

static void build_variables(struct terminal_env *env, const struct tool_context *context,
                            const struct doc_value *given)
{
    const size_t inherited = count_inherited(context);
    const size_t added = given == NULL ? 0 : doc_count(given);
    size_t count = 0;
    env->variables = arena_zero(&env->arena, inherited + added + 3, sizeof(*env->variables));
    for (size_t i = 0; i < inherited; i++)
        env->variables[count++] = context->env[i];
    set_variable(env, &count, "GIT_PAGER=cat");
    set_variable(env, &count, "PAGER=cat");
    set_given(env, &count, given);
}

static bool has_variable(const struct terminal_env *env, const char *variable)
{
    for (size_t i = 0; env->variables[i] != NULL; i++) {
        if (str_equal_nocase(str_from(env->variables[i]), str_from(variable)))
            return true;
    }
    return false;
}

static double idle_timeout(const struct terminal_env *env)
{
    const struct str prefix = STR(IDLE_TIMEOUT);
    for (size_t i = 0; env->variables[i] != NULL; i++) {
        double seconds;
        const struct str variable = str_from(env->variables[i]);
        if (str_starts_with(variable, prefix) &&
            str_to_double(str_trim(str_skip(variable, prefix.len)), &seconds) && seconds > 0)
            return seconds;
    }
    return 0;
}

/* Only root can be somebody else. */
static const char *find_user(struct terminal_env *env, struct str name)
{
    const struct passwd *self = getpwuid(geteuid());
    if (geteuid() != 0 || (!str_equal(name, STR("root")) && !str_equal(name, STR("openhands"))))
        return NULL;
    if (self != NULL && str_equal(name, str_from(self->pw_name)))
        return NULL;
    return getpwnam(arena_cstr(&env->arena, name)) == NULL ? NULL : arena_cstr(&env->arena, name);
}

static const struct doc_value *find_given(const struct doc_value *params)
{
    const struct doc_value *given = params == NULL ? NULL : doc_find(params, STR("env"));
    return given != NULL && doc_kind(given) == DOC_OBJECT ? given : NULL;
}

void terminal_env_init(struct terminal_env *env, const struct tool_context *context,
                       const struct doc_value *params)
{
    int64_t seconds = NO_CHANGE_TIMEOUT_S;
    *env = (struct terminal_env){0};
    build_variables(env, context, find_given(params));
    env->rc_lines = has_variable(env, PRIORITY_NONE) ? PLAIN_LINES : NICE_LINES;
    env->idle_timeout_s = idle_timeout(env);
    env->no_change_timeout_s = NO_CHANGE_TIMEOUT_S;
    if (params == NULL)
        return;
    const struct str shell = action_string(params, "shell_path");
    if (action_int(params, "no_change_timeout_seconds", &seconds) && seconds > 0)
        env->no_change_timeout_s = (uint64_t)seconds;
    env->user = find_user(env, action_string(params, "username"));
    env->has_one_shell = str_equal(action_string(params, "terminal_type"), STR("subprocess"));
    env->shell_path = shell.len > 0 ? arena_cstr(&env->arena, shell) : NULL;
}

void terminal_env_fini(struct terminal_env *env)
{
    arena_fini(&env->arena);
    *env = (struct terminal_env){0};
}

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        const unsigned char byte = (unsigned char)name.data[i];
        if (byte != '_' && !(isalpha(byte) && byte < 0x80) && !(isdigit(byte) && i > 0))
            return false;
    }
    return name.len > 0;
}

static void write_quoted(struct str value, struct buf *out)
{
    buf_append(out, STR("$'"));
    for (size_t i = 0; i < value.len; i++) {
        const unsigned char byte = (unsigned char)value.data[i];
        if (byte == '\'' || byte == '\\')
            buf_printf(out, "\\%c", byte);
        else if (byte < ' ' || byte == 0x7f)
            buf_printf(out, "\\x%02x", byte);
        else
            buf_append_byte(out, (char)byte);
    }
    buf_append_byte(out, '\'');
}

void terminal_env_write_exports(const struct tool_secret *secrets, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_name(secrets[i].name) || str_has_byte(secrets[i].value, '\0'))
            continue;
        buf_printf(out, "%sexport %.*s=", out->len > 0 ? " && " : " ", STR_ARG(secrets[i].name));
        write_quoted(secrets[i].value, out);
    }
}
