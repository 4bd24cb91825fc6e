#include "actions/git_base.h"

#include "actions/git_parse.h"
#include "server/base/buf.h"

#define REF_FORMAT         "--format=%(refname)%00%(objectname)%00%(symref)%00%(HEAD)"
#define ORIGIN             "refs/remotes/origin/"
#define HEADS              "refs/heads/"
#define NETWORK_TIMEOUT_MS 10000

static struct str prefixed(struct arena *arena, const char *prefix, struct str name)
{
    return arena_printf(arena, "%s%.*s", prefix, STR_ARG(name));
}

static void prepare_call(struct git_survey *survey)
{
    const struct str branch = survey->hint.branch;
    size_t count = 0;
    survey->args[count++] = "for-each-ref";
    survey->args[count++] = REF_FORMAT;
    survey->args[count++] = ORIGIN "HEAD";
    survey->args[count++] = HEADS "main";
    survey->args[count++] = HEADS "master";
    if (str_is_set(branch)) {
        survey->args[count++] = prefixed(&survey->arena, HEADS, branch).data;
        survey->args[count++] = prefixed(&survey->arena, ORIGIN, branch).data;
    }
    survey->args[count] = NULL;
    survey->call.command = (struct git_command){.cwd = survey->directory, .args = survey->args};
}

void git_survey_init(struct git_survey *survey, const char *directory)
{
    *survey = (struct git_survey){.directory = directory};
    git_disk_look(str_from(directory), &survey->arena, &survey->hint);
    prepare_call(survey);
}

void git_survey_fini(struct git_survey *survey)
{
    git_call_fini(&survey->call);
    arena_fini(&survey->arena);
}

/* One reference of the survey by its full name; false when it does not exist. */
static bool find_ref(const struct git_survey *survey, struct str name, struct git_ref *ret_ref)
{
    struct str rest = buf_str(&survey->call.result.out);
    struct git_ref ref;
    while (git_parse_ref(&rest, &ref)) {
        if (str_equal(ref.name, name)) {
            *ret_ref = ref;
            return true;
        }
    }
    return false;
}

/* One line of output of a command that may fail; STR_NULL when it does. */
static struct str ask(struct git *git, const char *directory, struct arena *arena,
                      const char *const *args)
{
    const struct git_command command = {.cwd = directory, .args = args};
    struct process_run_result result;
    struct str answer = STR_NULL;
    if (git_run(git, &command, &result, NULL))
        answer = arena_copy(arena, str_trim(buf_str(&result.out)));
    process_run_fini(&result);
    return answer.len == 0 ? STR_NULL : answer;
}

static struct str ask_oid(struct git *git, const char *directory, struct arena *arena,
                          const char *const *args)
{
    const struct str answer = ask(git, directory, arena, args);
    return git_parse_is_oid(answer) ? answer : STR_NULL;
}

static bool head_from_survey(struct git_survey *survey, struct git_head *head)
{
    struct git_ref ref;
    if (!str_is_set(survey->hint.branch) || !survey->call.is_ok ||
        !find_ref(survey, prefixed(&survey->arena, HEADS, survey->hint.branch), &ref) ||
        !ref.is_current)
        return false;
    head->branch = survey->hint.branch;
    head->oid = ref.oid;
    return true;
}

void git_survey_head(struct git *git, struct git_survey *survey, struct git_head *ret_head)
{
    *ret_head = (struct git_head){0};
    if (head_from_survey(survey, ret_head))
        return;
    const char *const branch[] = {"symbolic-ref", "-q", "HEAD", NULL};
    const char *const oid[] = {"rev-parse", "--verify", "-q", "HEAD", NULL};
    const struct str name = ask(git, survey->directory, &survey->arena, branch);
    const struct str heads = STR(HEADS);
    if (str_starts_with(name, heads))
        ret_head->branch = str_skip(name, heads.len);
    ret_head->oid = ask_oid(git, survey->directory, &survey->arena, oid);
}

/* The survey asked about another branch than HEAD's: the disk's hint was wrong. */
static void survey_again(struct git *git, struct git_survey *survey, struct str branch)
{
    struct git_call *const call = &survey->call;
    git_call_fini(call);
    survey->hint.branch = branch;
    prepare_call(survey);
    git_run_all(git, &(struct git_call *){call}, 1);
}

static bool note_output(void *owner, struct str chunk)
{
    bool *has_output = owner;
    *has_output = *has_output || chunk.len > 0;
    return false; /* one byte is enough */
}

static bool has_tracked_changes(struct git *git, const char *directory)
{
    const char *const args[] = {"--no-pager", "status", "--porcelain", "--untracked-files=no",
                                NULL};
    bool has_output = false;
    const struct git_command command = {
        .cwd = directory, .args = args, .on_stdout = note_output, .owner = &has_output};
    struct process_run_result result;
    const bool is_ok = git_run(git, &command, &result, NULL);
    process_run_fini(&result);
    return has_output || !is_ok; /* in doubt the branch is compared with its own upstream */
}

/* origin/<branch>, unless it is where HEAD is and nothing tracked was changed: an empty answer
 * would hide pushed work. STR_NULL when it does not serve. */
static struct str base_upstream(struct git *git, struct git_survey *survey,
                                const struct git_head *head, enum git_tracked tracked)
{
    struct git_ref ref;
    if (!str_is_set(head->branch) || !str_is_set(head->oid) ||
        !find_ref(survey, prefixed(&survey->arena, ORIGIN, head->branch), &ref))
        return STR_NULL;
    if (!str_equal(ref.oid, head->oid) || tracked == GIT_TRACKED_CHANGED)
        return ref.oid;
    if (tracked == GIT_TRACKED_UNKNOWN && has_tracked_changes(git, survey->directory))
        return ref.oid;
    return STR_NULL;
}

static bool has_any_commit(struct git *git, struct git_survey *survey, const struct git_head *head)
{
    const char *const args[] = {"for-each-ref", "--count=1", NULL};
    return str_is_set(head->oid) || str_is_set(ask(git, survey->directory, &survey->arena, args));
}

/* Asks the remote for its default branch; STR_NULL when it cannot be asked or does not tell. */
static struct str remote_default(struct git *git, struct git_survey *survey)
{
    const char *const args[] = {"ls-remote", "--symref", "origin", "HEAD", NULL};
    const struct git_command command = {
        .cwd = survey->directory, .args = args, .timeout_ms = NETWORK_TIMEOUT_MS};
    const struct str prefix = STR("ref: " HEADS);
    struct process_run_result result;
    struct str branch = STR_NULL;
    if (git_run(git, &command, &result, NULL)) {
        struct str line = buf_str(&result.out);
        const size_t tab = str_find_byte(line, '\t');
        if (str_starts_with(line, prefix) && tab != SIZE_MAX && tab > prefix.len)
            branch = arena_copy(&survey->arena, str_slice(line, prefix.len, tab));
    }
    process_run_fini(&result);
    return branch;
}

/* False when no default branch of origin is known; then local ones are tried. *ret_tip is STR_NULL
 * when origin has one that was never fetched. */
static bool find_default(struct git *git, struct git_survey *survey, const struct git_head *head,
                         struct str *ret_tip)
{
    struct git_ref ref;
    if (find_ref(survey, STR(ORIGIN "HEAD"), &ref) && str_starts_with(ref.target, STR(ORIGIN))) {
        *ret_tip = ref.oid;
        return true;
    }
    if (!survey->hint.may_have_origin || !has_any_commit(git, survey, head))
        return false;
    const struct str branch = remote_default(git, survey);
    if (!str_is_set(branch))
        return false;
    const char *const args[] = {"rev-parse", "--verify", "-q",
                                prefixed(&survey->arena, ORIGIN, branch).data, NULL};
    *ret_tip = ask_oid(git, survey->directory, &survey->arena, args);
    return true;
}

static struct str merge_base(struct git *git, struct git_survey *survey, struct str a, struct str b)
{
    if (!str_is_set(a) || !str_is_set(b) || str_equal(a, b))
        return str_is_set(a) ? b : STR_NULL;
    const char *const args[] = {"merge-base", arena_cstr(&survey->arena, a),
                                arena_cstr(&survey->arena, b), NULL};
    return ask_oid(git, survey->directory, &survey->arena, args);
}

/* The first of local main and master that exists, when it is another branch that HEAD came from. */
static struct str base_local(struct git *git, struct git_survey *survey,
                             const struct git_head *head)
{
    static const struct str names[] = {STR_INIT("main"), STR_INIT("master")};
    struct git_ref ref;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!find_ref(survey, prefixed(&survey->arena, HEADS, names[i]), &ref))
            continue;
        if (str_equal(names[i], head->branch))
            return STR_NULL;
        const struct str base = merge_base(git, survey, head->oid, ref.oid);
        return str_equal(base, ref.oid) ? base : STR_NULL;
    }
    return STR_NULL;
}

static struct str base_default(struct git *git, struct git_survey *survey,
                               const struct git_head *head)
{
    struct str tip = STR_NULL;
    if (!find_default(git, survey, head, &tip))
        return base_local(git, survey, head);
    const struct str fork = merge_base(git, survey, head->oid, tip);
    return str_is_set(fork) ? fork : tip;
}

struct str git_survey_base(struct git *git, struct git_survey *survey, const struct git_head *head,
                           enum git_tracked tracked)
{
    if (str_is_set(head->branch) && !str_equal(head->branch, survey->hint.branch))
        survey_again(git, survey, head->branch);
    struct str base = base_upstream(git, survey, head, tracked);
    if (!str_is_set(base))
        base = base_default(git, survey, head);
    if (!str_is_set(base))
        base = head->oid;
    return str_is_set(base) ? base : STR(GIT_EMPTY_TREE);
}

bool git_base_resolve(struct git *git, const char *directory, struct str reference,
                      struct arena *arena, struct str *ret_oid, struct error *error)
{
    const char *const args[] = {"--no-pager", "rev-parse", "--verify",
                                arena_printf(arena, "%.*s^{commit}", STR_ARG(reference)).data,
                                NULL};
    const struct git_command command = {.cwd = directory, .args = args};
    struct process_run_result result;
    bool is_ok = git_run(git, &command, &result, error);
    if (is_ok)
        *ret_oid = arena_copy(arena, str_trim(buf_str(&result.out)));
    const bool is_unborn = !is_ok && git_has_refused(&result) && str_equal(reference, STR("HEAD"));
    process_run_fini(&result);
    if (is_ok && !git_parse_is_oid(*ret_oid))
        return error_set(error, ERROR_INVALID, "'%.*s' names no commit", STR_ARG(reference));
    if (!is_unborn)
        return is_ok;
    *ret_oid = STR(GIT_EMPTY_TREE);
    return true;
}

bool git_base_find(struct git *git, const char *directory, struct str reference,
                   struct arena *arena, struct str *ret_oid, struct error *error)
{
    if (str_is_set(reference))
        return git_base_resolve(git, directory, reference, arena, ret_oid, error);
    struct git_survey survey;
    git_survey_init(&survey, directory);
    git_run_all(git, &(struct git_call *){&survey.call}, 1);
    const bool is_ok = survey.call.is_ok;
    if (is_ok) {
        struct git_head head;
        git_survey_head(git, &survey, &head);
        *ret_oid = arena_copy(arena, git_survey_base(git, &survey, &head, GIT_TRACKED_UNKNOWN));
    } else if (error != NULL) {
        *error = survey.call.error;
    }
    git_survey_fini(&survey);
    return is_ok;
}

struct str git_base_empty_tree(struct str oid)
{
    return oid.len == GIT_OID_MAX ? STR(GIT_EMPTY_TREE_SHA256) : STR(GIT_EMPTY_TREE);
}

bool git_base_is_empty_tree(struct str oid)
{
    return str_equal(oid, STR(GIT_EMPTY_TREE)) || str_equal(oid, STR(GIT_EMPTY_TREE_SHA256));
}
