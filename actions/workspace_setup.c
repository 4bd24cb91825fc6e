#include "actions/workspace_setup.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "actions/file_directory.h"
#include "actions/git.h"
#include "actions/path.h"
#include "actions/path_missing.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"

static bool exists_in(const char *directory, const char *name)
{
    scoped_free char *path = path_join(directory, str_from(name));
    struct stat status;
    return lstat(path, &status) == 0;
}

/* A `.git` that is a file or a link, or a directory with a HEAD: what an initialisation that broke
 * off (a full disk) left behind has none, and is begun anew. */
static bool has_own_git(const char *directory)
{
    scoped_free char *path = path_join(directory, STR(".git"));
    struct stat status;
    return lstat(path, &status) == 0 && (!S_ISDIR(status.st_mode) || exists_in(path, "HEAD"));
}

bool workspace_setup_has_repository(const char *directory)
{
    return has_own_git(directory) ||
           (exists_in(directory, "HEAD") && exists_in(directory, "objects") &&
            exists_in(directory, "refs"));
}

static bool is_empty(const char *directory)
{
    DIR *stream = opendir(directory);
    if (stream == NULL)
        return false;
    const struct dirent *entry;
    bool is_bare = true;
    while (is_bare && (entry = readdir(stream)) != NULL)
        is_bare = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    (void)closedir(stream); /* was only read */
    return is_bare;
}

/* A repository begins somewhere above the directory. */
static bool is_inside_repository(const char *directory)
{
    scoped_buf struct buf root = {0};
    scoped_free char *parent = path_parent(directory);
    return git_find_root(str_from(parent), &root);
}

static bool is_directly_in(const char *path, const char *parent)
{
    scoped_free char *own_parent = path_parent(path);
    assert(path != NULL && parent != NULL);
    return strcmp(own_parent, parent) == 0 && strcmp(path, "/") != 0;
}

static bool is_below(const char *path, const char *top)
{
    const size_t len = strcmp(top, "/") == 0 ? 0 : strlen(top);
    return strncmp(path, top, len) == 0 && path[len] == '/';
}

/* The path of `given` with everything but its last component resolved. */
static bool resolve_parent(struct str given, char **ret_path, struct error *error)
{
    while (given.len > 1 && given.data[given.len - 1] == '/')
        given.len--;
    const size_t slash = str_find_last_byte(given, '/');
    const struct str name = slash == SIZE_MAX ? given : str_skip(given, slash + 1);
    if (name.len == 0 || str_equal(name, STR(".")) || str_equal(name, STR("..")))
        return path_missing_resolve(given, ret_path, error);
    const struct str parent = slash == SIZE_MAX ? STR("") : str_slice(given, 0, slash + 1);
    scoped_free char *resolved = NULL;
    if (!path_missing_resolve(parent, &resolved, error))
        return false;
    *ret_path = path_join(resolved, name);
    return true;
}

struct target {
    char *root; /* resolved */
    char *path; /* resolved */
    bool is_ours;
};

static void target_fini(struct target *target)
{
    free(target->root);
    free(target->path);
}

/* The root itself stands for the conversation's own directory in it. */
static bool name_directory(const struct workspace_setup *setup, const char *root, char **ret_path,
                           struct error *error)
{
    if (str_has_byte(setup->working_dir, '\0'))
        return error_set(error, ERROR_INVALID, "the working directory holds a NUL byte");
    if (!str_is_empty(setup->working_dir)) {
        scoped_free char *resolved = NULL;
        if (!path_missing_resolve(setup->working_dir, &resolved, error))
            return false;
        if (strcmp(resolved, root) != 0)
            return resolve_parent(setup->working_dir, ret_path, error);
    }
    if (id_is_nil(setup->conversation_id))
        return error_set(error, ERROR_INVALID,
                         "a conversation id is needed for a workspace under '%s'", root);
    *ret_path = path_join(root, str_from(id_hex(setup->conversation_id).text));
    return true;
}

static bool find_target(const struct workspace_setup *setup, struct target *target,
                        struct error *error)
{
    scoped_free char *named = NULL;
    if (!path_missing_resolve(str_from(setup->root), &target->root, error) ||
        !name_directory(setup, target->root, &named, error) ||
        !path_missing_resolve(str_from(named), &target->path, error))
        return false;
    assert(named != NULL && target->path != NULL);
    if (is_directly_in(named, target->root) && !is_below(target->path, target->root))
        return error_set(error, ERROR_INVALID,
                         "'%s' is a symbolic link that leads out of the workspace root", named);
    target->is_ours = is_directly_in(target->path, target->root);
    return true;
}

static bool check_directory(const char *path, struct error *error)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return error_set_errno(error, errno, "cannot use the workspace '%s'", path);
    if (!S_ISDIR(status.st_mode))
        return error_set(error, ERROR_CONFLICT, "'%s' exists and is not a directory", path);
    return true;
}

/* Only the one who really makes it learns that it is new. */
static bool make(const char *path, bool *ret_is_new, struct error *error)
{
    scoped_free char *parent = path_parent(path);
    struct error failure = {0};
    *ret_is_new = false;
    if (!file_make_directories(parent, &failure))
        return error_set(error, failure.code, "cannot make the workspace '%s': %s", path,
                         failure.text);
    if (strcmp(path, "/") != 0 && file_make_directory(path, &failure))
        *ret_is_new = true;
    else if (failure.code != ERROR_NONE && failure.sys_errno != EEXIST)
        return error_set(error, failure.code, "cannot make the workspace '%s': %s", path,
                         failure.text);
    return check_directory(path, error);
}

static struct str last_line(struct str text)
{
    text = str_trim(text);
    const size_t end = str_find_last_byte(text, '\n');
    return end == SIZE_MAX ? text : str_skip(text, end + 1);
}

/* Somebody else may have been faster, which is fine. */
static bool initialise(struct git *git, const char *directory, struct error *error)
{
    static const char *const args[] = {"-c", "init.defaultBranch=main", "init", "-q", NULL};
    const struct git_command command = {.cwd = directory, .args = args};
    struct process_run_result result;
    struct error failure = {0};
    bool is_ok = git_run(git, &command, &result, &failure) || has_own_git(directory);
    if (!is_ok && git_has_refused(&result))
        is_ok = error_set(error, ERROR_INTERNAL, "git cannot initialise '%s': %.*s", directory,
                          STR_ARG(last_line(buf_str(&result.err))));
    else if (!is_ok)
        is_ok =
            error_set(error, ERROR_INTERNAL, "cannot initialise '%s': %s", directory, failure.text);
    process_run_fini(&result);
    return is_ok;
}

static bool is_git_installed(struct git *git)
{
    static const char *const args[] = {"--version", NULL};
    const struct git_command command = {.args = args};
    struct process_run_result result;
    const bool is_ok = git_run(git, &command, &result, NULL);
    process_run_fini(&result);
    return is_ok;
}

static bool is_repository(const char *directory)
{
    return workspace_setup_has_repository(directory) || is_inside_repository(directory);
}

static bool may_initialise(const struct target *target)
{
    return target->is_ours && !workspace_setup_has_repository(target->path) &&
           (is_empty(target->path) || !is_inside_repository(target->path));
}

static bool initialise_if_free(struct git *git, const struct target *target,
                               bool *ret_is_repository, struct error *error)
{
    struct error failure = {0};
    if (may_initialise(target) && !initialise(git, target->path, &failure)) {
        if (is_git_installed(git))
            return error_set(error, failure.code, "%s", failure.text);
        log_warn("workspace.no_git", "path=%s stays a plain directory", target->path);
    }
    *ret_is_repository = is_repository(target->path);
    return true;
}

bool workspace_setup_run(struct git *git, const struct workspace_setup *setup,
                         struct workspace_setup_result *ret_result, struct error *error)
{
    struct target target = {0};
    struct workspace_setup_result result = {0};
    const bool is_ok = find_target(setup, &target, error) &&
                       make(target.path, &result.is_new, error) &&
                       initialise_if_free(git, &target, &result.is_repository, error);
    if (is_ok) {
        result.path = take_pointer(&target.path);
        *ret_result = result;
    }
    target_fini(&target);
    return is_ok;
}

bool workspace_setup_look(const struct workspace_setup *setup,
                          struct workspace_setup_result *ret_result, struct error *error)
{
    struct target target = {0};
    bool is_ok = find_target(setup, &target, error);
    if (is_ok && !git_is_directory(target.path))
        is_ok = error_set(error, ERROR_NOT_FOUND, "there is no workspace '%s'", target.path);
    if (is_ok) {
        *ret_result = (struct workspace_setup_result){.is_repository = is_repository(target.path)};
        ret_result->path = take_pointer(&target.path);
    }
    target_fini(&target);
    return is_ok;
}
