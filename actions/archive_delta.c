#include "actions/archive_delta.h"

#include <errno.h>
#include <unistd.h>

#include "actions/git.h"
#include "actions/path.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

static const char empty_tree[] = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

struct archive_delta {
    struct archive_delta_options options;
    struct arena arena;
    const char *base; /* a commit, or the empty tree */
    bool has_base_commit;
    char *folder; /* holds the private index */
    const char *index_env[2];
    const char **scope; /* what follows "--": ".", the excludes, NULL */
    bool was_stopped;
    bool (*sink)(void *owner, struct str bytes);
    void *sink_owner;
};

/* Runs git for its answer, which is trimmed and kept in the arena; NULL when it refuses. */
static const char *ask(struct archive_delta *delta, const char *const *args)
{
    const struct git_command command = {.cwd = delta->options.root, .args = args};
    struct process_run_result result;
    const bool is_ok = git_run(delta->options.git, &command, &result, NULL);
    const struct str text = utf8_trim(buf_str(&result.out));
    const char *answer = is_ok ? arena_cstr(&delta->arena, text) : NULL;
    process_run_fini(&result);
    return answer;
}

static const char *resolve(struct archive_delta *delta, const char *revision)
{
    const char *const args[] = {"rev-parse", "--verify", revision, NULL};
    const char *commit = ask(delta, args);
    return commit == NULL || commit[0] == '\0' ? NULL : commit;
}

static const char *resolve_commit(struct archive_delta *delta, struct str revision)
{
    return resolve(delta, arena_printf(&delta->arena, "%.*s^{commit}", STR_ARG(revision)).data);
}

static bool has_commits(struct archive_delta *delta)
{
    static const char *const args[] = {"rev-list", "--count", "--all", NULL};
    const char *count = ask(delta, args);
    return count != NULL && !str_equal(str_from(count), STR("0"));
}

/* The branch that is checked out, "HEAD" when detached, NULL before the first commit. */
static const char *current_branch(struct archive_delta *delta)
{
    static const char *const args[] = {"rev-parse", "--abbrev-ref", "HEAD", NULL};
    return ask(delta, args);
}

static const char *on_origin(struct archive_delta *delta, struct str branch)
{
    return arena_printf(&delta->arena, "origin/%.*s", STR_ARG(branch)).data;
}

/* What the remote calls its HEAD branch; unset when it cannot be asked. Uses the network. */
static struct str remote_default_branch(struct archive_delta *delta)
{
    static const char *const args[] = {"remote", "show", "origin", NULL};
    const struct str label = STR("HEAD branch:");
    struct str rest = str_from(ask(delta, args));
    struct str line;
    while (str_next(&rest, '\n', &line)) {
        const size_t at = str_find(line, label);
        if (at != SIZE_MAX)
            return str_trim(str_skip(line, at + label.len));
    }
    return STR_NULL;
}

static const char *default_base(struct archive_delta *delta)
{
    const struct str branch = remote_default_branch(delta);
    if (str_is_empty(branch))
        return NULL;
    const char *upstream = on_origin(delta, branch);
    const char *tip = resolve(delta, upstream);
    if (tip != NULL)
        return tip;
    const char *const args[] = {"merge-base", "HEAD", upstream, NULL};
    const char *common = ask(delta, args);
    return common == NULL || common[0] == '\0' ? NULL : common;
}

static const char *choose_base(struct archive_delta *delta)
{
    if (!has_commits(delta))
        return empty_tree;
    const char *branch = current_branch(delta);
    const bool is_detached = branch != NULL && str_equal(str_from(branch), STR("HEAD"));
    const char *base = NULL;
    if (is_detached)
        base = resolve_commit(delta, STR("HEAD"));
    else if (branch != NULL)
        base = resolve(delta, on_origin(delta, str_from(branch)));
    if (base == NULL)
        base = default_base(delta);
    return base == NULL ? empty_tree : base;
}

static bool find_base(struct archive_delta *delta, struct error *error)
{
    const struct str wanted = delta->options.base_ref;
    if (!str_is_set(wanted)) {
        delta->base = choose_base(delta);
    } else {
        delta->base = resolve_commit(delta, wanted);
        if (delta->base == NULL && str_equal(wanted, STR("HEAD")))
            delta->base = empty_tree; /* no commit yet */
    }
    if (delta->base == NULL)
        return error_set(error, ERROR_INVALID, "base_ref '%.*s' could not be resolved",
                         STR_ARG(wanted));
    delta->has_base_commit = delta->base != empty_tree;
    return true;
}

/* A final slash takes what is in directories only, so that files of that name stay. */
static size_t add_exclude(struct archive_delta *delta, struct str pattern, size_t at)
{
    struct arena *arena = &delta->arena;
    struct str name = pattern;
    while (str_ends_with(name, STR("/")))
        name.len--;
    if (name.len == 0)
        return at;
    const char *depth = str_has_byte(name, '/') ? "" : "**/";
    if (name.len == pattern.len)
        delta->scope[at++] =
            arena_printf(arena, ":(glob,exclude)%s%.*s", depth, STR_ARG(name)).data;
    delta->scope[at++] = arena_printf(arena, ":(glob,exclude)%s%.*s/**", depth, STR_ARG(name)).data;
    return at;
}

static void make_scope(struct archive_delta *delta)
{
    const struct archive_delta_options *options = &delta->options;
    delta->scope = mem_zero(2 * options->exclude_count + 2, sizeof(delta->scope[0]));
    size_t at = 0;
    delta->scope[at++] = ".";
    for (size_t i = 0; i < options->exclude_count; i++)
        at = add_exclude(delta, options->excludes[i], at);
}

static bool make_index_folder(struct archive_delta *delta, struct error *error)
{
    const char *tmp = getenv("TMPDIR");
    scoped_free char *folder = path_join(tmp == NULL ? "/tmp" : tmp, STR("actiond-index-XXXXXX"));
    if (mkdtemp(folder) == NULL)
        return path_error(error, errno, folder);
    delta->folder = take_pointer(&folder);
    delta->index_env[0] =
        arena_printf(&delta->arena, "GIT_INDEX_FILE=%s/index", delta->folder).data;
    return true;
}

/* `head` and then, behind "--", the scope. The array is heap memory. */
static const char **with_scope(const struct archive_delta *delta, const char *const *head)
{
    size_t head_count = 0;
    while (head[head_count] != NULL)
        head_count++;
    size_t scope_count = 0;
    while (delta->scope[scope_count] != NULL)
        scope_count++;
    const char **args = mem_zero(head_count + scope_count + 2, sizeof(args[0]));
    memcpy(args, head, head_count * sizeof(args[0]));
    args[head_count] = "--";
    memcpy(args + head_count + 1, delta->scope, scope_count * sizeof(args[0]));
    return args;
}

/* A git command on the private index. */
static bool run(struct archive_delta *delta, const struct git_command *command, struct error *error)
{
    struct process_run_result result;
    struct error problem;
    struct git_command own = *command;
    own.cwd = delta->options.root;
    own.env = delta->index_env;
    const bool is_ok = git_run(delta->options.git, &own, &result, &problem);
    const bool has_timed_out = result.has_timed_out;
    const bool has_run = is_ok || has_timed_out || git_has_refused(&result);
    process_run_fini(&result);
    if (is_ok && !delta->was_stopped)
        return true;
    if (delta->was_stopped || problem.code == ERROR_CANCELLED)
        return error_set(error, ERROR_CANCELLED, "the archive was cancelled");
    const char *text = has_timed_out ? "Timed out generating git delta"
                       : has_run     ? "Failed to generate git delta"
                                     : problem.text;
    return error_set(error, ERROR_INTERNAL, "Failed to generate git delta: %s", text);
}

static bool stage(struct archive_delta *delta, struct error *error)
{
    const char *const read_tree[] = {"read-tree", delta->base, NULL};
    const struct git_command read = {.args = read_tree, .timeout_ms = ARCHIVE_READ_TREE_MS};
    if (!run(delta, &read, error))
        return false;
    static const char *const add_all[] = {"add", "-A", NULL};
    scoped_free const char **args = with_scope(delta, add_all);
    const struct git_command add = {.args = args, .timeout_ms = ARCHIVE_STAGE_MS};
    return run(delta, &add, error);
}

static bool prepare(struct archive_delta *delta, struct error *error)
{
    const struct archive_delta_options *options = &delta->options;
    if (!git_is_repository(options->git, options->root))
        return error_set(error, ERROR_INVALID, "Not a git repository: Not a git repository: %s",
                         options->root);
    if (!find_base(delta, error) || !make_index_folder(delta, error))
        return false;
    make_scope(delta);
    return stage(delta, error);
}

bool archive_delta_open(const struct archive_delta_options *options,
                        struct archive_delta **ret_delta, struct error *error)
{
    struct archive_delta *delta = mem_zero(1, sizeof(*delta));
    delta->options = *options;
    if (!prepare(delta, error)) {
        archive_delta_close(delta);
        return false;
    }
    *ret_delta = delta;
    return true;
}

struct str archive_delta_base(const struct archive_delta *delta)
{
    return delta->has_base_commit ? str_from(delta->base) : STR_NULL;
}

static bool pass_on(void *owner, struct str bytes)
{
    struct archive_delta *delta = owner;
    delta->was_stopped = !delta->sink(delta->sink_owner, bytes);
    return !delta->was_stopped;
}

bool archive_delta_print(struct archive_delta *delta, bool (*sink)(void *owner, struct str bytes),
                         void *owner, struct error *error)
{
    delta->sink = sink;
    delta->sink_owner = owner;
    /* Whatever the user's configuration shows people, a patch is for machines. */
    static const char *const plain[] = {"--no-color", "--no-ext-diff", "--no-textconv", NULL};
    const char *const diff[] = {"diff", "--binary", "--cached", delta->base, NULL};
    scoped_free const char **args = with_scope(delta, diff);
    const struct git_command command = {
        .args = args,
        .more = plain,
        .timeout_ms = ARCHIVE_PATCH_MS,
        .on_stdout = pass_on,
        .owner = delta,
    };
    return run(delta, &command, error);
}

static void remove_index(const struct archive_delta *delta)
{
    scoped_free char *index = path_join(delta->folder, STR("index"));
    scoped_free char *lock = path_join(delta->folder, STR("index.lock"));
    (void)unlink(index);        /* git may not have made it */
    (void)unlink(lock);         /* left only by a git that was killed */
    (void)rmdir(delta->folder); /* what else could be done */
}

void archive_delta_close(struct archive_delta *delta)
{
    if (delta == NULL)
        return;
    if (delta->folder != NULL)
        remove_index(delta);
    free(delta->folder);
    free(delta->scope);
    arena_fini(&delta->arena);
    free(delta);
}
