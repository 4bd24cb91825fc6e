#include "pty/session_config.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pty/screen.h"
#include "pty/shell.h"
#include "server/base/error.h"

#define DEFAULT_TERM   "xterm-256color"
#define DEFAULT_PATH   "/usr/local/bin:/usr/bin:/bin"
#define DEFAULT_SHELL  "/bin/bash"
#define PASSWD_BYTES   16384
#define USER_VARIABLES 4 /* set by become_same_user */

static const char *copy(struct session_config *config, const char *text)
{
    return text == NULL ? NULL : arena_cstr(&config->arena, str_from(text));
}

static bool is_named(const char *variable, const char *const *names)
{
    const struct str pair = str_from(variable);
    const struct str name = str_slice(pair, 0, str_find_byte(pair, '='));
    for (; *names != NULL; names++) {
        if (str_equal(name, str_from(*names)))
            return true;
    }
    return false;
}

static size_t count_of(const char *const *strings)
{
    size_t count = 0;
    while (strings[count] != NULL)
        count++;
    return count;
}

/* What is said anew for each terminal, or was true of another one only. */
static const char **copy_env(struct session_config *config, const char *const *env)
{
    static const char *const replaced[] = {"TERM",    "PWD",     "OLDPWD", "LINES",
                                           "COLUMNS", "TERMCAP", "SHLVL",  NULL};
    const char **copies =
        arena_zero(&config->arena, count_of(env) + USER_VARIABLES + 1, sizeof(*copies));
    size_t count = 0;
    for (; *env != NULL; env++) {
        if (!is_named(*env, replaced))
            copies[count++] = copy(config, *env);
    }
    return copies;
}

static const char *const *copy_argv(struct session_config *config, const char *const *argv)
{
    const char **copies = arena_zero(&config->arena, count_of(argv) + 1, sizeof(*copies));
    for (size_t i = 0; argv[i] != NULL; i++)
        copies[i] = copy(config, argv[i]);
    return copies;
}

static const char *variable(const struct session_config *config, const char *name)
{
    return shell_variable(&(struct shell_start){.env = config->env}, name);
}

static void set_variable(struct session_config *config, const char *name, const char *value)
{
    /* The array was made by copy_env, with room for these. */
    const char **entry = (const char **)(uintptr_t)config->env;
    const char *const names[] = {name, NULL};
    while (*entry != NULL && !is_named(*entry, names))
        entry++;
    *entry = arena_printf(&config->arena, "%s=%s", name, value).data;
}

static bool is_program(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/* The path of a shell; NULL when PATH has none. */
static const char *find_program(struct session_config *config, const char *name)
{
    if (strchr(name, '/') != NULL)
        return is_program(name) ? copy(config, name) : NULL;
    const char *path = variable(config, "PATH");
    struct str folders = str_from(path == NULL ? DEFAULT_PATH : path);
    for (struct str folder; str_next(&folders, ':', &folder);) {
        const char *candidate = arena_printf(&config->arena, "%.*s/%s", STR_ARG(folder), name).data;
        if (candidate[0] == '/' && is_program(candidate))
            return candidate;
    }
    return NULL;
}

static bool find_shell(struct session_config *config, const char *wanted, struct error *error)
{
    const struct shell_kind *kind = shell_kind(config->shell);
    if (kind == NULL)
        return true;
    const char *name = wanted == NULL ? kind->program : wanted;
    config->shell_path = find_program(config, name);
    return config->shell_path != NULL || error_set(error, ERROR_NOT_FOUND, "no shell '%s'", name);
}

/* As su does it for a user who is the server's own. */
static void become_same_user(struct session_config *config, const struct passwd *entry)
{
    set_variable(config, "HOME", entry->pw_dir);
    set_variable(config, "SHELL",
                 config->shell_path == NULL ? entry->pw_shell : config->shell_path);
    if (entry->pw_uid != 0) {
        set_variable(config, "USER", entry->pw_name);
        set_variable(config, "LOGNAME", entry->pw_name);
    }
}

static bool find_user(struct session_config *config, const char *name, struct error *error)
{
    if (name == NULL)
        return true;
    struct passwd entry;
    struct passwd *found = NULL;
    scoped_free char *bytes = mem_alloc(PASSWD_BYTES);
    const int status = getpwnam_r(name, &entry, bytes, PASSWD_BYTES, &found);
    if (found == NULL)
        return status == 0 ? error_set(error, ERROR_NOT_FOUND, "no user '%s'", name)
                           : error_set_errno(error, status, "cannot look up user '%s'", name);
    if (entry.pw_uid == geteuid()) {
        become_same_user(config, &entry);
        return true;
    }
    if (geteuid() != 0)
        return error_set(error, ERROR_FORBIDDEN,
                         "cannot run a terminal as '%s': the server is not root", name);
    config->su_user = copy(config, name);
    config->uid = entry.pw_uid;
    config->gid = entry.pw_gid;
    return true;
}

static bool check(const struct session_options *options, struct error *error)
{
    if (options->cols < SCREEN_MIN_SIZE || options->cols > SCREEN_MAX_SIZE ||
        options->rows < SCREEN_MIN_SIZE || options->rows > SCREEN_MAX_SIZE)
        return error_set(error, ERROR_INVALID,
                         "a terminal has %d to %d columns and rows, not %dx%d", SCREEN_MIN_SIZE,
                         SCREEN_MAX_SIZE, options->cols, options->rows);
    return true;
}

static const char *const *default_argv(struct session_config *config)
{
    const char **argv = arena_zero(&config->arena, 2, sizeof(*argv));
    const char *shell = variable(config, "SHELL");
    argv[0] = shell == NULL || !is_program(shell) ? DEFAULT_SHELL : shell;
    return argv;
}

static bool fill(struct session_config *config, const struct session_options *options,
                 struct error *error)
{
    config->shell = options->shell;
    config->env = copy_env(config, options->env);
    config->cwd = copy(config, options->cwd);
    config->term = options->term == NULL ? DEFAULT_TERM : copy(config, options->term);
    config->rc_lines = copy(config, options->rc_lines);
    config->restarts = options->restarts && options->shell != SESSION_PROGRAM;
    if (!find_shell(config, options->shell_path, error) || !find_user(config, options->user, error))
        return false;
    if (options->shell == SESSION_PROGRAM)
        config->argv =
            options->argv == NULL ? default_argv(config) : copy_argv(config, options->argv);
    return true;
}

bool session_config_init(struct session_config *config, const struct session_options *options,
                         struct error *error)
{
    *config = (struct session_config){0};
    if (check(options, error) && fill(config, options, error))
        return true;
    session_config_fini(config);
    return false;
}

void session_config_fini(struct session_config *config)
{
    arena_fini(&config->arena);
}
