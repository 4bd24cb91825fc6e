#include "server/loop/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/repr.h"
#include "server/base/str.h"
#include "server/loop/process.h"

#define DEFAULT_PATH       "/usr/local/bin:/usr/bin:/bin"
#define PROGRAM_PATH_BYTES 4096
#define STREAMS            3

/* The value of NAME in "NAME=value" pairs; absent when there is none. */
static struct str find_variable(const char *const *env, struct str name_and_equals)
{
    for (; *env != NULL; env++) {
        const struct str pair = str_from(*env);
        if (str_starts_with(pair, name_and_equals))
            return str_skip(pair, name_and_equals.len);
    }
    return STR_NULL;
}

static int try_program(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno;
    if (!S_ISREG(status.st_mode))
        return EACCES;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* Puts the program's path into `path`. Relative folders are skipped: which folder they mean would
 * depend on the child's working directory. Like a shell, reports EACCES rather than ENOENT. */
static int find_program(const struct process_options *options, struct buf *path)
{
    const struct str name = str_from(options->argv[0]);
    if (str_has_byte(name, '/')) {
        buf_append(path, name);
        return 0;
    }
    struct str folders = find_variable(options->env, STR("PATH="));
    if (!str_is_set(folders))
        folders = STR(DEFAULT_PATH);
    int result = ENOENT;
    for (struct str folder; !str_is_empty(name) && str_next(&folders, ':', &folder);) {
        if (!str_starts_with(folder, STR("/")))
            continue;
        buf_clear(path);
        buf_printf(path, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name));
        const int status = buf_has_overflowed(path) ? ENAMETOOLONG : try_program(path->data);
        if (status == 0)
            return 0;
        if (status == EACCES)
            result = EACCES;
    }
    return result;
}

static bool report(struct error *error, int sys_errno, const char *name)
{
    scoped_buf struct buf quoted = {0};
    repr_append(&quoted, str_from(name));
    const char *reason = strerrordesc_np(sys_errno);
    struct error cause = {0};
    (void)error_set_errno(&cause, sys_errno, "spawn"); /* for the code */
    (void)error_set(error, cause.code, "[Errno %d] %s: %s", sys_errno,
                    reason == NULL ? "Unknown error" : reason, quoted.data);
    if (error != NULL)
        error->sys_errno = sys_errno;
    return false;
}

static int try_folder(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno;
    if (!S_ISDIR(status.st_mode))
        return ENOTDIR;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* posix_spawn tells what went wrong but not where, so look again. */
static bool fail(const struct process_options *options, int sys_errno, struct error *error)
{
    const int cwd_errno = options->cwd == NULL ? 0 : try_folder(options->cwd);
    if (cwd_errno != 0)
        return report(error, cwd_errno, options->cwd);
    if (options->terminal_path != NULL && access(options->terminal_path, R_OK | W_OK) != 0)
        return report(error, sys_errno, options->terminal_path);
    return report(error, sys_errno, options->argv[0]);
}

struct plan {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int moved[STREAMS]; /* duplicates of low descriptors; -1: none */
};

static void plan_fini(struct plan *plan)
{
    posix_spawn_file_actions_destroy(&plan->actions);
    posix_spawnattr_destroy(&plan->attributes);
    for (size_t i = 0; i < STREAMS; i++)
        fd_close(&plan->moved[i]);
}

static void plan_init(struct plan *plan)
{
    posix_spawn_file_actions_init(&plan->actions);
    posix_spawnattr_init(&plan->attributes);
    for (size_t i = 0; i < STREAMS; i++)
        plan->moved[i] = -1;
    sigset_t signals;
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&plan->attributes, &signals);
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&plan->attributes, &signals);
    posix_spawnattr_setflags(&plan->attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

/* A source that lies among the targets would be overwritten before its turn. */
static int plan_streams(struct plan *plan, const struct process_options *options, int null_fd)
{
    const int sources[STREAMS] = {options->stdin_fd, options->stdout_fd, options->stderr_fd};
    for (int target = 0; target < STREAMS; target++) {
        int source = sources[target] < 0 ? null_fd : sources[target];
        if (source < STREAMS && source != target) {
            source = fcntl(source, F_DUPFD_CLOEXEC, STREAMS);
            plan->moved[target] = source;
        }
        if (source < 0)
            return errno;
        const int status = posix_spawn_file_actions_adddup2(&plan->actions, source, target);
        if (status != 0)
            return status;
    }
    return 0;
}

/* The leader of a new session that opens a terminal gets it as its controlling terminal. */
static int plan_terminal(struct plan *plan, const char *terminal_path)
{
    int status = posix_spawn_file_actions_addopen(&plan->actions, 0, terminal_path, O_RDWR, 0);
    for (int target = 1; target < STREAMS && status == 0; target++)
        status = posix_spawn_file_actions_adddup2(&plan->actions, 0, target);
    return status;
}

static int plan_child(struct plan *plan, const struct process_options *options, int null_fd)
{
    int status = 0;
    if (options->cwd != NULL)
        status = posix_spawn_file_actions_addchdir_np(&plan->actions, options->cwd);
    if (status == 0)
        status = options->terminal_path != NULL ? plan_terminal(plan, options->terminal_path)
                                                : plan_streams(plan, options, null_fd);
    /* Everything of ours is CLOEXEC; this holds for libraries that forget it. */
    if (status == 0)
        status = posix_spawn_file_actions_addclosefrom_np(&plan->actions, STREAMS);
    return status;
}

/* posix_spawn does not change the strings; its type dates from before const. */
static char *const *as_spawn_vector(const char *const *strings)
{
    char *const *vector;
    memcpy(&vector, &strings, sizeof(vector));
    return vector;
}

bool spawn_child(const struct process_options *options, int null_fd, pid_t *ret_pid,
                 struct error *error)
{
    scoped_buf struct buf program = {0};
    buf_init(&program, PROGRAM_PATH_BYTES);
    int status = find_program(options, &program);
    if (status != 0)
        return fail(options, status, error);
    struct plan plan;
    plan_init(&plan);
    status = plan_child(&plan, options, null_fd);
    if (status == 0)
        status = posix_spawn(ret_pid, program.data, &plan.actions, &plan.attributes,
                             as_spawn_vector(options->argv), as_spawn_vector(options->env));
    plan_fini(&plan);
    return status == 0 || fail(options, status, error);
}
