#include "actions/worktree.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "actions/file_directory.h"
#include "actions/file_remove.h"
#include "actions/git.h"
#include "actions/path.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"

#define FETCH_TIMEOUT_MS 60000
#define ORIGIN           "refs/remotes/origin/"

/* One operation. */
struct worktree_work {
    struct git *git;
    const struct worktree_setup *setup;
    char *repository;
    struct worktree_result result;
};

/* The same, or in there. Both are resolved. */
static bool is_in(const char *folder, const char *path)
{
    const struct str rest = str_skip(str_from(path), strlen(folder));
    return str_starts_with(str_from(path), str_from(folder)) &&
           (rest.len == 0 || rest.data[0] == '/');
}

/* Appends what git prints, without the last line's end. */
static bool ask(struct git *git, const struct git_command *command, struct buf *out,
                struct error *error)
{
    struct process_run_result result;
    const bool is_ok = git_run(git, command, &result, error);
    if (is_ok && out != NULL)
        buf_append(out, str_trim(buf_str(&result.out)));
    process_run_fini(&result);
    return is_ok;
}
#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static bool run(const struct worktree_work *work, const char *const *args, struct buf *out,
                struct error *error)
{
    return ask(work->git, &(struct git_command){.cwd = work->repository, .args = args}, out, error);
}

/* The answer is yes or no. */
static bool is_so(const struct worktree_work *work, const char *const *args)
{
    struct error ignored;
    return run(work, args, NULL, &ignored);
}

/* --- where it begins --- */

/* What is known of origin already has to do when it cannot be reached. */
static bool fetch_origin(const struct worktree_work *work)
{
    const struct git_command command = {
        .cwd = work->repository, .args = ARGS("fetch", "origin"), .timeout_ms = FETCH_TIMEOUT_MS};
    struct error error;
    if (!is_so(work, ARGS("remote", "get-url", "origin")))
        return false;
    if (!ask(work->git, &command, NULL, &error))
        log_warn("worktree.not_fetched", "error=\"%s\"", error.text);
    return true;
}

static bool find_default_branch(const struct worktree_work *work, struct buf *out)
{
    scoped_buf struct buf ref = {0};
    struct error ignored;
    if (!fetch_origin(work) || !run(work, ARGS("symbolic-ref", ORIGIN "HEAD"), &ref, &ignored) ||
        !str_starts_with(buf_str(&ref), STR(ORIGIN)))
        return false;
    buf_append(out, STR("origin/"));
    buf_append(out, str_skip(buf_str(&ref), STR(ORIGIN).len));
    return true;
}

static bool has_branch(const struct worktree_work *work, const char *branch)
{
    scoped_buf struct buf ref = {0};
    buf_printf(&ref, "refs/heads/%s", branch);
    return is_so(work, ARGS("show-ref", "--verify", "--quiet", ref.data));
}

static void find_start(const struct worktree_work *work, struct buf *out)
{
    const struct worktree_setup *setup = work->setup;
    if (setup->base == WORKTREE_FROM_REF) {
        (void)fetch_origin(work); /* it may be here already */
        buf_append(out, str_from(setup->ref));
    } else if (setup->base == WORKTREE_FROM_HEAD) {
        buf_append(out, STR("HEAD"));
    } else if (find_default_branch(work, out)) {
        return;
    } else if (has_branch(work, "main")) {
        buf_append(out, STR("main"));
    } else {
        buf_append(out, has_branch(work, "master") ? STR("master") : STR("HEAD"));
    }
}

/* --- making --- */

static bool find_repository(struct worktree_work *work)
{
    scoped_buf struct buf top = {0};
    struct error ignored;
    work->result.original = realpath(work->setup->working_dir, NULL);
    const struct git_command command = {.cwd = work->result.original,
                                        .args = ARGS("rev-parse", "--show-toplevel")};
    if (work->result.original == NULL || !git_is_directory(work->result.original) ||
        !ask(work->git, &command, &top, &ignored) || top.len == 0)
        return false;
    work->repository = realpath(top.data, NULL);
    return work->repository != NULL && work->repository[1] != '\0' && /* the root has no name */
           is_in(work->repository, work->result.original);
}

/* A branch without a commit is nothing to begin at. */
static bool has_commit(const struct worktree_work *work, const char *start)
{
    return is_so(work, ARGS("rev-parse", "--verify", "--quiet", start));
}

static void name_parts(struct worktree_work *work)
{
    const struct worktree_setup *setup = work->setup;
    const struct id_text id = id_uuid(setup->conversation_id);
    const struct str below = str_skip(str_from(work->result.original), strlen(work->repository));
    scoped_buf struct buf path = {0};
    scoped_buf struct buf workspace = {0};
    scoped_buf struct buf branch = {0};
    buf_printf(&path, "%s/%s%s", setup->root, id.text, strrchr(work->repository, '/'));
    buf_printf(&workspace, "%s%.*s", path.data, STR_ARG(below));
    buf_printf(&branch, "%s%s", setup->prefix, id.text);
    work->result.path = mem_strdup(path.data);
    work->result.working_dir = mem_strdup(workspace.data);
    work->result.branch = mem_strdup(branch.data);
}

static bool remove_tree(const char *path, struct error *error)
{
    uint64_t count;
    const struct file_remove_options options = {.path = path, .is_recursive = true};
    return file_remove(&options, &count, error) || error->code == ERROR_NOT_FOUND;
}

/* What an earlier conversation of this id has left. */
static bool clear_way(const struct worktree_work *work, struct error *error)
{
    struct stat status;
    const char *path = work->result.path;
    const bool is_there = lstat(path, &status) == 0;
    if (is_there && !is_so(work, ARGS("worktree", "remove", "--force", path)) &&
        !remove_tree(path, error))
        return false;
    if (!run(work, ARGS("worktree", "prune"), NULL, error))
        return false;
    return !has_branch(work, work->result.branch) ||
           run(work, ARGS("branch", "-D", "--", work->result.branch), NULL, error);
}

static bool add_worktree(const struct worktree_work *work, const char *start, struct error *error)
{
    const struct worktree_result *result = &work->result;
    scoped_free char *parent = path_parent(result->path);
    return file_make_directories(parent, error) && clear_way(work, error) &&
           run(work, ARGS("worktree", "add", "-b", result->branch, result->path, start), NULL,
               error) &&
           file_make_directories(result->working_dir, error);
}

static bool check(const struct worktree_setup *setup, struct error *error)
{
    const bool needs_ref = setup->base == WORKTREE_FROM_REF;
    if (needs_ref && (setup->ref == NULL || setup->ref[0] == '\0' || setup->ref[0] == '-'))
        return error_set(error, ERROR_INVALID, "'%s' is no git ref",
                         setup->ref == NULL ? "" : setup->ref);
    return true;
}

static bool make(struct worktree_work *work, bool *ret_is_made, struct error *error)
{
    scoped_buf struct buf start = {0};
    *ret_is_made = false;
    if (!check(work->setup, error))
        return false;
    if (!find_repository(work))
        return true;
    find_start(work, &start);
    if (work->setup->base != WORKTREE_FROM_REF && !has_commit(work, start.data))
        return true;
    name_parts(work);
    *ret_is_made = true;
    return add_worktree(work, start.data, error);
}

bool worktree_make(struct git *git, const struct worktree_setup *setup,
                   struct worktree_result *ret_result, struct error *error)
{
    struct worktree_work work = {.git = git, .setup = setup};
    bool is_made;
    const bool is_ok = make(&work, &is_made, error);
    free(work.repository);
    if (!is_ok || !is_made)
        worktree_result_fini(&work.result);
    if (is_ok)
        *ret_result = work.result;
    return is_ok;
}

void worktree_result_fini(struct worktree_result *result)
{
    free(result->original);
    free(result->path);
    free(result->working_dir);
    free(result->branch);
    *result = (struct worktree_result){0};
}

/* --- removing --- */

bool worktree_find_folder(const char *root, const char *working_dir, struct buf *ret_folder)
{
    scoped_free char *top = realpath(root, NULL);
    scoped_free char *resolved = realpath(working_dir, NULL);
    const char *path = resolved != NULL ? resolved : working_dir;
    if (top == NULL || !is_in(top, path) || strlen(path) <= strlen(top) + 1)
        return false;
    struct str rest = str_skip(str_from(path), strlen(top) + 1);
    struct str name;
    (void)str_next(&rest, '/', &name); /* it is not empty */
    buf_printf(ret_folder, "%s/%.*s", top, STR_ARG(name));
    return true;
}

/* Appends the repository of a worktree; nothing when it is none. */
static void find_origin(struct git *git, const char *worktree, struct buf *out)
{
    struct stat status;
    struct error ignored;
    scoped_buf struct buf link = {0};
    const struct git_command command = {
        .cwd = worktree, .args = ARGS("rev-parse", "--path-format=absolute", "--git-common-dir")};
    buf_printf(&link, "%s/.git", worktree);
    if (lstat(link.data, &status) != 0 || !S_ISREG(status.st_mode))
        return;
    if (!ask(git, &command, out, &ignored))
        buf_clear(out);
}

/* The repositories of all worktrees, a line each. */
static void find_origins(struct git *git, const char *folder, struct buf *out)
{
    DIR *stream = opendir(folder);
    if (stream == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        scoped_buf struct buf worktree = {0};
        scoped_buf struct buf origin = {0};
        if (entry->d_name[0] == '.')
            continue;
        buf_printf(&worktree, "%s/%s", folder, entry->d_name);
        find_origin(git, worktree.data, &origin);
        if (origin.len > 0)
            buf_printf(out, "%s\n", origin.data);
    }
    (void)closedir(stream); /* it was only read */
}

bool worktree_remove_folder(struct git *git, const char *folder, struct error *error)
{
    struct stat status;
    scoped_buf struct buf origins = {0};
    struct str origin;
    struct error ignored;
    if (lstat(folder, &status) != 0 || !S_ISDIR(status.st_mode))
        return true;
    find_origins(git, folder, &origins);
    if (!remove_tree(folder, error))
        return false;
    for (struct str rest = buf_str(&origins); str_next(&rest, '\n', &origin);) {
        scoped_free char *path = mem_strndup(origin.data, origin.len);
        const struct git_command command = {.cwd = path, .args = ARGS("worktree", "prune")};
        if (path[0] != '\0' && git_is_directory(path)) /* else git does it some day */
            (void)ask(git, &command, NULL, &ignored);
    }
    return true;
}
