#include "actions/git.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "actions/git_text.h"
#include "server/auth/child_env.h"
#include "server/base/buf.h"
#include "server/base/mem.h"

/* What `git rev-parse --local-env-vars` lists: each would lead git away from the directory asked.
 */
static const char *const local_names[] = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
};

static const char *const settings[] = {
    "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat", "GIT_OPTIONAL_LOCKS=0",
    "GIT_FLUSH=0",           "LC_ALL=C",      NULL,
};

struct git {
    struct processes *processes;
    const char **env; /* NULL-terminated; the strings are the child environment's or constants */
    atomic_bool is_cancelled;
};

static struct str name_of(const char *entry)
{
    struct str rest = str_from(entry);
    struct str name = STR_NULL;
    (void)str_next(&rest, '=', &name); /* an entry without '=' is a name alone */
    return name;
}

static bool is_local(const char *entry)
{
    const struct str name = name_of(entry);
    for (size_t i = 0; i < ARRAY_SIZE(local_names); i++) {
        if (str_equal(name, str_from(local_names[i])))
            return true;
    }
    return false;
}

struct git *git_new(struct processes *processes, struct child_env *child_env)
{
    struct git *git = mem_zero(1, sizeof(*git));
    git->processes = processes;
    git->env = child_env_with(child_env, settings);
    size_t kept = 0;
    for (size_t i = 0; git->env[i] != NULL; i++) {
        if (!is_local(git->env[i]))
            git->env[kept++] = git->env[i];
    }
    git->env[kept] = NULL;
    return git;
}

void git_free(struct git *git)
{
    if (git == NULL)
        return;
    free(git->env);
    free(git);
}

void git_cancel(struct git *git)
{
    atomic_store(&git->is_cancelled, true);
}

static size_t count_of(const char *const *list)
{
    size_t count = 0;
    while (list != NULL && list[count] != NULL)
        count++;
    return count;
}

/* "git --no-pager <subcommand> <more> <the other args>"; the array alone is new. */
static const char **argv_of(const struct git_command *command)
{
    const size_t arg_count = count_of(command->args);
    const size_t more_count = count_of(command->more);
    const char **argv = mem_zero(arg_count + more_count + 3, sizeof(*argv));
    size_t count = 0;
    size_t i = 0;
    argv[count++] = "git";
    if (arg_count == 0 || strcmp(command->args[0], "--no-pager") != 0)
        argv[count++] = "--no-pager";
    while (i < arg_count && command->args[i][0] == '-')
        argv[count++] = command->args[i++];
    if (i < arg_count)
        argv[count++] = command->args[i++];
    for (size_t at = 0; at < more_count; at++)
        argv[count++] = command->more[at];
    while (i < arg_count)
        argv[count++] = command->args[i++];
    return argv;
}

/* The environment with the command's own additions, which override. */
static const char **env_of(const struct git *git, const struct git_command *command)
{
    const size_t base_count = count_of(git->env);
    const size_t own_count = count_of(command->env);
    assert(own_count == 0 || command->env != NULL);
    const char **env = mem_zero(base_count + own_count + 1, sizeof(*env));
    size_t count = 0;
    for (size_t i = 0; i < own_count; i++)
        env[count++] = command->env[i];
    for (size_t i = 0; i < base_count; i++) {
        bool is_overridden = false;
        for (size_t own = 0; own < own_count && !is_overridden; own++)
            is_overridden = str_equal(name_of(env[own]), name_of(git->env[i]));
        if (!is_overridden)
            env[count++] = git->env[i];
    }
    return env;
}

static bool fail(struct error *error, const struct git_command *command, const char *what)
{
    scoped_buf struct buf text = {0};
    buf_append(&text, STR("git"));
    for (size_t i = 0; command->args[i] != NULL; i++) {
        scoped_buf struct buf masked = {0};
        git_text_mask(&masked, str_from(command->args[i]));
        buf_append_byte(&text, ' ');
        git_text_quote_argument(&text, buf_str(&masked));
    }
    return error_set(error, ERROR_INVALID, "%s: %s", what, text.data);
}

static bool judge(const struct process_run_result *result, const struct git_command *command,
                  struct error *error)
{
    if (result->has_timed_out)
        return fail(error, command, "Git command timed out");
    if (result->is_too_large)
        return fail(error, command, "Git command printed too much");
    if (result->exit.code != 0)
        return fail(error, command, "Git command failed");
    return true;
}

/* ENOENT may mean the program or the directory, which somebody may have removed just now. */
static bool start_failed(struct error *error, const struct git_command *command,
                         const struct error *cause)
{
    struct stat status;
    if (cause->sys_errno == ENOENT && command->cwd != NULL && stat(command->cwd, &status) != 0)
        return fail(error, command, "Git command failed");
    if (cause->sys_errno == ENOENT)
        return error_set(error, ERROR_INVALID, "Git command not found. Is git installed?");
    return error_set(error, cause->code, "%s", cause->text);
}

bool git_run(struct git *git, const struct git_command *command, struct process_run_result *result,
             struct error *error)
{
    *result = (struct process_run_result){0};
    if (atomic_load(&git->is_cancelled))
        return error_set(error, ERROR_CANCELLED, "the client has left");
    scoped_free const char **argv = argv_of(command);
    scoped_free const char **env = env_of(git, command);
    const struct process_run_options options = {
        .argv = argv,
        .env = env,
        .cwd = command->cwd,
        .input = command->input,
        .timeout_ms = command->timeout_ms == 0 ? GIT_TIMEOUT_MS : command->timeout_ms,
        .max_stdout_bytes = command->max_stdout_bytes,
        .on_stdout = command->on_stdout,
        .owner = command->owner,
    };
    struct error cause = {0};
    if (!process_run(git->processes, &options, result, &cause))
        return start_failed(error, command, &cause);
    return judge(result, command, error);
}

bool git_has_refused(const struct process_run_result *result)
{
    return result->exit.code > 0 && !result->has_timed_out && !result->is_too_large;
}

struct call_thread {
    pthread_t thread;
    struct git *git;
    struct git_call *call;
    bool is_running;
};

static void *run_call(void *argument)
{
    const struct call_thread *own = argument;
    struct git_call *call = own->call;
    call->is_ok = git_run(own->git, &call->command, &call->result, &call->error);
    return NULL;
}

void git_run_all(struct git *git, struct git_call *const *calls, size_t count)
{
    assert(count <= GIT_MAX_CALLS);
    struct call_thread threads[GIT_MAX_CALLS] = {0};
    for (size_t i = 0; i < count; i++) {
        threads[i].git = git;
        threads[i].call = calls[i];
    }
    for (size_t i = 1; i < count; i++)
        threads[i].is_running =
            pthread_create(&threads[i].thread, NULL, run_call, &threads[i]) == 0;
    for (size_t i = 0; i < count; i++) {
        if (!threads[i].is_running) /* the first, and any the system refused a thread for */
            (void)run_call(&threads[i]);
    }
    for (size_t i = 1; i < count; i++) {
        if (threads[i].is_running)
            (void)pthread_join(threads[i].thread, NULL); /* fails for no thread of ours */
    }
}

void git_call_fini(struct git_call *call)
{
    process_run_fini(&call->result);
}

bool git_is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool git_is_repository(struct git *git, const char *directory)
{
    if (!git_is_directory(directory))
        return false;
    const char *const args[] = {"rev-parse", "--git-dir", NULL};
    const struct git_command command = {.cwd = directory, .args = args};
    struct process_run_result result;
    const bool is_ok = git_run(git, &command, &result, NULL);
    process_run_fini(&result);
    return is_ok;
}

bool git_find_root(struct str path, struct buf *ret_root)
{
    scoped_buf struct buf probe = {0};
    while (path.len > 0) {
        buf_clear(&probe);
        buf_append(&probe, path);
        buf_append(&probe, STR("/.git"));
        struct stat status;
        if (stat(probe.data, &status) == 0) {
            buf_append(ret_root, path);
            return true;
        }
        if (path.len == 1)
            return false;
        const size_t slash = str_find_last_byte(path, '/');
        if (slash == SIZE_MAX)
            return false;
        path = str_slice(path, 0, slash == 0 ? 1 : slash);
    }
    return false;
}
