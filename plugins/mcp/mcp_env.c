#include "plugins/mcp/mcp_env.h"

#include "server/base/mem.h"
#include "server/base/str.h"

static const char *const handed_on[] = {"HOME=", "LOGNAME=", "PATH=", "SHELL=", "TERM=", "USER="};

/* The variable as "NAME=value"; NULL when it is not there, or is a function of a shell. */
static const char *find_variable(const char *const *env, struct str name_and_equals)
{
    for (; env != NULL && *env != NULL; env++) {
        const struct str pair = str_from(*env);
        if (str_starts_with(pair, name_and_equals))
            return str_starts_with(str_skip(pair, name_and_equals.len), STR("()")) ? NULL : *env;
    }
    return NULL;
}

static size_t count_variables(const char *const *env)
{
    size_t count = 0;
    while (env[count] != NULL)
        count++;
    return count;
}

const char *const *mcp_env_build(struct arena *arena, const char *const *ours,
                                 const char *const *given)
{
    const char **env =
        arena_zero(arena, ARRAY_SIZE(handed_on) + count_variables(given) + 1, sizeof(*env));
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(handed_on); i++) {
        const struct str name = str_from(handed_on[i]);
        const char *pair = find_variable(ours, name);
        if (pair != NULL && find_variable(given, name) == NULL)
            env[count++] = pair;
    }
    for (; *given != NULL; given++)
        env[count++] = *given;
    return env;
}
