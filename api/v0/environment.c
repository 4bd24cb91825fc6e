#include "api/v0/environment.h"

#include "server/base/error.h"
#include "server/config/config_env.h"

static struct str find(const char *const *variables, const char *name)
{
    return config_env_find(variables, str_from(name));
}

static struct str find_or(const char *const *variables, const char *name, struct str fallback)
{
    const struct str value = find(variables, name);
    return str_is_set(value) ? value : fallback;
}

static bool is_one_of(struct str text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (str_equal_nocase(text, str_from(*words)))
            return true;
    }
    return false;
}

static bool read_seconds(const char *const *variables, const char *name, uint64_t fallback,
                         uint64_t *ret_seconds, struct error *error)
{
    const struct str text = find(variables, name);
    int64_t seconds = (int64_t)fallback;
    if (str_is_set(text) && !str_to_i64(str_trim(text), INT32_MIN, INT32_MAX, &seconds))
        return error_set(error, ERROR_INVALID, "%s: expected a whole number of seconds, not '%.*s'",
                         name, STR_ARG(text));
    *ret_seconds = seconds > 0 ? (uint64_t)seconds : 0;
    return true;
}

static bool read_max_memory(const char *const *variables, int64_t *ret_gb, struct error *error)
{
    const struct str text = find(variables, "RUNTIME_MAX_MEMORY_GB");
    *ret_gb = 0;
    return str_is_empty(text) || str_to_i64(str_trim(text), INT32_MIN, INT32_MAX, ret_gb) ||
           error_set(error, ERROR_INVALID,
                     "RUNTIME_MAX_MEMORY_GB: expected a whole number of gigabytes, not '%.*s'",
                     STR_ARG(text));
}

bool v0_environment_read(const char *const *variables, struct v0_environment *ret_environment,
                         struct error *error)
{
    static const char *const yes[] = {"1", "true", "t", "yes", "y", "on", NULL};
    static const char *const monitors[] = {"true", "1", "yes", NULL};
    struct v0_environment environment = {
        .changes_user = is_one_of(find_or(variables, "SU_TO_USER", STR("true")), yes),
        .is_local = str_equal(find(variables, "LOCAL_RUNTIME_MODE"), STR("1")),
        .monitors_memory = is_one_of(find(variables, "RUNTIME_MEMORY_MONITOR"), monitors),
        .user = find(variables, "USER"),
        .runtime_username = find(variables, "RUNTIME_USERNAME"),
        .group = find_or(variables, "SANDBOX_GROUP_ID", STR("root")),
        .vscode_port = find_or(variables, "VSCODE_PORT", STR("")),
        .vscode_settings = find_or(variables, "WORKSPACE_BASE", STR("/workspace")),
        .vscode_cwd = find_or(variables, "WORKSPACE_MOUNT_PATH_IN_SANDBOX", STR("/workspace")),
        .vscode_base_path = find(variables, "OPENVSCODE_SERVER_BASE_PATH"),
        .runtime_url = find(variables, "RUNTIME_URL"),
        .runtime_id = find(variables, "RUNTIME_ID"),
    };
    if (!read_seconds(variables, "NO_CHANGE_TIMEOUT_SECONDS", V0_NO_CHANGE_TIMEOUT_S,
                      &environment.no_change_timeout_s, error) ||
        !read_seconds(variables, "INIT_PLUGIN_TIMEOUT", V0_INIT_PLUGIN_TIMEOUT_S,
                      &environment.init_plugin_timeout_s, error) ||
        !read_max_memory(variables, &environment.max_memory_gb, error))
        return false;
    *ret_environment = environment;
    return true;
}

bool v0_environment_knows_user(const struct v0_environment *environment, struct str username)
{
    return str_equal(username, STR("root")) || str_equal(username, STR("openhands")) ||
           (!str_is_empty(environment->runtime_username) &&
            str_equal(username, environment->runtime_username));
}
