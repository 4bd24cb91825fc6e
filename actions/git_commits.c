#include "actions/git_commits.h"

#include "actions/git.h"
#include "actions/git_base.h"
#include "actions/git_changes.h"
#include "actions/git_parse.h"
#include "actions/path_missing.h"
#include "server/base/buf.h"

void git_commits_fini(struct git_commits *commits)
{
    arena_fini(&commits->arena);
    *commits = (struct git_commits){0};
}

static void read_log(struct str output, size_t limit, struct git_commits *commits)
{
    struct arena *arena = &commits->arena;
    struct git_log_record record;
    commits->items = arena_zero(arena, limit, sizeof(*commits->items));
    while (git_parse_log(&output, &record)) {
        if (commits->count == limit) {
            commits->has_more = true;
            return;
        }
        commits->items[commits->count++] = (struct git_commit){
            .oid = arena_copy(arena, record.oid),
            .short_oid = arena_copy(arena, record.short_oid),
            .author = arena_copy(arena, record.author),
            .timestamp = arena_copy(arena, record.timestamp),
            .subject = arena_copy(arena, record.subject),
        };
    }
}

static bool run_log(struct git *git, const char *directory, const char *revision, size_t limit,
                    struct git_commits *commits, struct error *error)
{
    struct arena *arena = &commits->arena;
    const char *const count = arena_printf(arena, "%zu", limit + 1).data;
    const char *const not_a_file = strcmp(revision, "HEAD") == 0 ? "--" : NULL;
    const char *const args[] = {"--no-pager",   "log",      "--no-show-signature",
                                GIT_LOG_FORMAT, "-n",       count,
                                revision,       not_a_file, NULL};
    static const char *const more[] = {"-z", "--encoding=UTF-8", NULL};
    const struct git_command command = {.cwd = directory, .args = args, .more = more};
    struct process_run_result result;
    const bool is_ok = git_run(git, &command, &result, error);
    if (is_ok)
        read_log(buf_str(&result.out), limit, commits);
    process_run_fini(&result);
    return is_ok;
}

/* The commit HEAD names; false for an unborn branch. */
static bool resolve_head(struct git *git, const char *directory, struct arena *arena,
                         struct str *ret_oid)
{
    const char *const args[] = {"rev-parse", "--verify", "-q", "HEAD", NULL};
    const struct git_command command = {.cwd = directory, .args = args};
    struct process_run_result result;
    const bool is_ok = git_run(git, &command, &result, NULL);
    if (is_ok)
        *ret_oid = arena_copy(arena, str_trim(buf_str(&result.out)));
    process_run_fini(&result);
    return is_ok;
}

bool git_commits_list(struct git *git, struct str directory, size_t limit,
                      struct git_commits *commits, struct error *error)
{
    scoped_free char *resolved = NULL;
    if (!path_missing_resolve(directory, &resolved, NULL) || !git_is_directory(resolved))
        return true;
    struct error failure = {0};
    if (run_log(git, resolved, "HEAD", limit, commits, &failure)) {
        commits->is_repository = true;
        return true;
    }
    if (failure.code == ERROR_CANCELLED)
        return error_set(error, failure.code, "%s", failure.text);
    struct str oid;
    commits->is_repository = git_is_repository(git, resolved);
    if (!commits->is_repository || !resolve_head(git, resolved, &commits->arena, &oid))
        return true;
    return run_log(git, resolved, oid.data, limit, commits, error); /* for its error, mostly */
}

bool git_commits_resolve(struct git *git, const char *directory, struct str commit,
                         struct arena *arena, struct git_commit_pair *ret_pair, struct error *error)
{
    const char *const own[] = {"--no-pager", "rev-parse", "--verify",
                               arena_printf(arena, "%.*s^{commit}", STR_ARG(commit)).data, NULL};
    const char *const parent[] = {
        "rev-parse", "--verify", arena_printf(arena, "%.*s^{commit}^", STR_ARG(commit)).data, NULL};
    struct git_call calls[] = {{.command = {.cwd = directory, .args = own}},
                               {.command = {.cwd = directory, .args = parent}}};
    git_run_all(git, (struct git_call *const[]){&calls[0], &calls[1]}, 2);
    const bool is_ok = calls[0].is_ok;
    if (is_ok) {
        ret_pair->commit = arena_copy(arena, str_trim(buf_str(&calls[0].result.out)));
        ret_pair->parent = calls[1].is_ok
                               ? arena_copy(arena, str_trim(buf_str(&calls[1].result.out)))
                               : git_base_empty_tree(ret_pair->commit);
    } else if (error != NULL) {
        *error = calls[0].error;
    }
    git_call_fini(&calls[0]);
    git_call_fini(&calls[1]);
    return is_ok;
}

static bool run_diff(struct git *git, const char *directory, const struct git_commit_pair *pair,
                     struct git_changes *changes, struct error *error)
{
    const char *const args[] = {"--no-pager",      "diff", "--name-status", pair->parent.data,
                                pair->commit.data, NULL};
    static const char *const more[] = {"-z", NULL};
    const struct git_command command = {.cwd = directory, .args = args, .more = more};
    struct process_run_result result;
    const bool is_ok = git_run(git, &command, &result, error) &&
                       git_changes_add_diff(changes, STR(""), buf_str(&result.out), error);
    process_run_fini(&result);
    return is_ok;
}

bool git_commits_changes(struct git *git, struct str directory, struct str commit,
                         struct git_changes *changes, struct error *error)
{
    scoped_free char *resolved = NULL;
    if (!path_missing_resolve(directory, &resolved, NULL) || !git_is_directory(resolved))
        return true;
    struct git_commit_pair pair;
    struct error failure = {0};
    const bool is_ok =
        git_commits_resolve(git, resolved, commit, &changes->arena, &pair, &failure) &&
        run_diff(git, resolved, &pair, changes, &failure);
    changes->is_repository = is_ok || git_is_repository(git, resolved);
    if (is_ok || (!changes->is_repository && failure.code != ERROR_CANCELLED))
        return true;
    return error_set(error, failure.code, "%s", failure.text);
}
