#include "actions/git_tree.h"

#include "actions/git.h"
#include "actions/git_base.h"
#include "actions/git_changes.h"
#include "actions/git_parse.h"
#include "server/base/buf.h"

struct tree {
    struct git *git;
    const struct git_tree_query *query;
    struct git_changes *changes;
    struct git_call status;
    struct git_call untracked;
    bool has_status;    /* status ran and was understood */
    bool has_untracked; /* the list of untracked files was asked for */
    bool is_unclear;
    enum git_tracked tracked;
    struct git_head head;
};

static void add(struct tree *tree, enum git_change_kind kind, struct str path)
{
    git_changes_add(tree->changes, kind, tree->query->nested, path);
}

/* Status alone cannot tell: a change on both ways may be taken back on the second, and a file that
 * was only announced to the index and is gone again looks like an empty one that was deleted. */
static bool is_doubtful(const struct git_status_record *record)
{
    if (record->kind != GIT_STATUS_CHANGED || record->is_submodule)
        return true;
    if (record->index == '.')
        return record->worktree == 'D' && record->is_blank;
    return record->worktree != '.' && record->is_in_head && record->is_in_worktree;
}

/* What HEAD and the working tree differ in; *ret_is_change is false for a file that neither has. */
static bool combine(const struct git_status_record *record, bool *ret_is_change,
                    enum git_change_kind *ret_kind)
{
    const bool has_both = record->is_in_head && record->is_in_worktree;
    if (is_doubtful(record))
        return false;
    *ret_is_change = record->is_in_head || record->is_in_worktree;
    *ret_kind = has_both             ? GIT_CHANGE_UPDATED
                : record->is_in_head ? GIT_CHANGE_DELETED
                                     : GIT_CHANGE_ADDED;
    return true;
}

static void read_head(struct tree *tree, const struct git_status_record *record)
{
    if (record->kind == GIT_STATUS_HEAD_OID && git_parse_is_oid(record->text))
        tree->head.oid = record->text;
    if (record->kind == GIT_STATUS_HEAD_BRANCH && !str_equal(record->text, STR("(detached)")))
        tree->head.branch = record->text;
}

/* A first pass over status: where HEAD is, and whether status can answer. */
static bool read_status(struct tree *tree)
{
    struct str rest = buf_str(&tree->status.result.out);
    struct git_status_record record;
    bool is_change;
    enum git_change_kind kind;
    tree->tracked = GIT_TRACKED_CLEAN;
    while (git_parse_status(&rest, &record)) {
        read_head(tree, &record);
        if (record.kind != GIT_STATUS_CHANGED && record.kind != GIT_STATUS_UNMERGED)
            continue;
        tree->tracked = GIT_TRACKED_CHANGED;
        if (!combine(&record, &is_change, &kind))
            tree->is_unclear = true;
    }
    return git_parse_is_done(rest);
}

static void add_from_status(struct tree *tree, bool wants_tracked)
{
    struct str rest = buf_str(&tree->status.result.out);
    struct git_status_record record;
    bool is_change;
    enum git_change_kind kind;
    while (git_parse_status(&rest, &record)) {
        if (record.kind == GIT_STATUS_UNTRACKED)
            add(tree, GIT_CHANGE_ADDED, record.text);
        else if (wants_tracked && combine(&record, &is_change, &kind) && is_change)
            add(tree, kind, record.text);
    }
}

/* When git refuses to list them, as the contract's server: what is tracked is worth telling. */
static bool add_untracked(struct tree *tree, struct error *error)
{
    if (tree->has_status) {
        add_from_status(tree, false);
        return true;
    }
    if (!tree->untracked.is_ok) {
        *error = tree->untracked.error;
        return git_has_refused(&tree->untracked.result);
    }
    struct str rest = buf_str(&tree->untracked.result.out);
    struct str name;
    while (git_parse_name(&rest, &name))
        add(tree, GIT_CHANGE_ADDED, name);
    return true;
}

/* The working tree against `revision` (or where HEAD forked from it), by git itself; what is
 * untracked follows. */
static bool add_diff(struct tree *tree, struct str revision, bool is_fork, struct error *error)
{
    scoped_free char *oid = mem_strndup(revision.data, revision.len);
    const char *const args[] = {"--no-pager", "diff", "--name-status", "--relative", oid, NULL};
    const char *const more[] = {"-z", "--no-renames", is_fork ? "--merge-base" : NULL, NULL};
    struct git_call diff = {.command = {.cwd = tree->query->directory, .args = args, .more = more}};
    const size_t count = tree->changes->count;
    const bool needs_untracked = !tree->has_status && !tree->has_untracked;
    git_run_all(tree->git, (struct git_call *const[]){&diff, &tree->untracked},
                needs_untracked ? 2 : 1);
    tree->has_untracked = tree->has_untracked || needs_untracked;
    bool is_ok = diff.is_ok;
    if (is_ok)
        is_ok = git_changes_add_diff(tree->changes, tree->query->nested, buf_str(&diff.result.out),
                                     error) &&
                add_untracked(tree, error);
    else
        *error = diff.error;
    if (!is_ok)
        tree->changes->count = count;
    git_call_fini(&diff);
    return is_ok;
}

static void prepare_calls(struct tree *tree)
{
    static const char *const status[] = {"status",
                                         "--porcelain=v2",
                                         "-z",
                                         "--branch",
                                         "--no-renames",
                                         "--no-ahead-behind",
                                         "--untracked-files=all",
                                         NULL};
    static const char *const untracked[] = {"ls-files", "--others", "--exclude-standard", "-z",
                                            NULL};
    tree->status.command = (struct git_command){.cwd = tree->query->directory, .args = status};
    tree->untracked.command =
        (struct git_command){.cwd = tree->query->directory, .args = untracked};
}

static bool decide(struct tree *tree, struct git_survey *survey, struct error *error)
{
    tree->has_status = tree->status.is_ok && read_status(tree);
    if (!tree->has_status) {
        tree->tracked = GIT_TRACKED_UNKNOWN;
        git_survey_head(tree->git, survey, &tree->head);
    }
    const struct str base = git_survey_base(tree->git, survey, &tree->head, tree->tracked);
    const bool is_head =
        str_is_set(tree->head.oid) ? str_equal(base, tree->head.oid) : git_base_is_empty_tree(base);
    if (!tree->has_status || tree->is_unclear || !is_head)
        return add_diff(tree, base, false, error);
    add_from_status(tree, true);
    return true;
}

/* Beside a survey that needs git runs a second one: status where its paths are the ones wanted,
 * else the list of untracked files. */
static bool find_with_survey(struct tree *tree, struct git_survey *survey, struct error *error)
{
    const bool wants_status = survey->disk.is_top;
    struct git_call *calls[2];
    size_t count = 0;
    if (!survey->is_known)
        calls[count++] = &survey->call;
    if (wants_status)
        calls[count++] = &tree->status;
    else if (!tree->has_untracked)
        calls[count++] = &tree->untracked;
    git_run_all(tree->git, calls, count);
    tree->has_untracked = tree->has_untracked || !wants_status;
    return git_survey_take(survey, error) && decide(tree, survey, error);
}

/* Against what serves best. A guess that git does not follow costs nothing but its time. */
static bool find_against_best(struct tree *tree, struct error *error)
{
    struct git_survey survey;
    struct git_guess guess;
    struct error ignored;
    git_survey_init(&survey, tree->query->directory);
    const bool is_ok = (git_survey_guess(&survey, &guess) &&
                        add_diff(tree, guess.revision, guess.is_fork, &ignored)) ||
                       find_with_survey(tree, &survey, error);
    git_survey_fini(&survey);
    return is_ok;
}

/* "HEAD" at the top of a repository: status is the whole answer, unless it is unclear. */
static bool find_by_status(struct tree *tree)
{
    struct arena arena = {0};
    struct git_disk disk;
    git_disk_look(str_from(tree->query->directory), &arena, &disk);
    arena_fini(&arena);
    if (!disk.is_top)
        return false;
    git_run_all(tree->git, (struct git_call *const[]){&tree->status}, 1);
    tree->has_status = tree->status.is_ok && read_status(tree);
    if (!tree->has_status || tree->is_unclear)
        return false;
    add_from_status(tree, true);
    return true;
}

static bool find_against_reference(struct tree *tree, struct error *error)
{
    if (str_equal(tree->query->reference, STR("HEAD")) && find_by_status(tree))
        return true;
    struct arena arena = {0};
    struct str base;
    const bool is_ok = git_base_resolve(tree->git, tree->query->directory, tree->query->reference,
                                        &arena, &base, error) &&
                       add_diff(tree, base, false, error);
    arena_fini(&arena);
    return is_ok;
}

static bool find(struct tree *tree, struct error *error)
{
    prepare_calls(tree);
    const bool is_ok = str_is_set(tree->query->reference) ? find_against_reference(tree, error)
                                                          : find_against_best(tree, error);
    git_call_fini(&tree->status);
    git_call_fini(&tree->untracked);
    return is_ok;
}

bool git_tree_find(struct git *git, const struct git_tree_query *query, struct git_changes *changes,
                   bool *ret_is_repository, struct error *error)
{
    *ret_is_repository = false;
    if (!git_is_directory(query->directory))
        return true;
    struct tree tree = {.git = git, .query = query, .changes = changes};
    const size_t count = changes->count;
    struct error failure = {0};
    if (find(&tree, &failure)) {
        *ret_is_repository = true;
        return true;
    }
    changes->count = count;
    *ret_is_repository = git_is_repository(git, query->directory);
    if (!*ret_is_repository && failure.code != ERROR_CANCELLED)
        return true;
    if (error != NULL)
        *error = failure;
    return false;
}
