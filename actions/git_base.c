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

static void name_refs(struct git_survey *survey)
{
    const struct str branch = survey->disk.branch;
    struct arena *arena = &survey->arena;
    survey->names[GIT_SURVEY_DEFAULT] = STR(ORIGIN "HEAD");
    survey->names[GIT_SURVEY_MAIN] = STR(HEADS "main");
    survey->names[GIT_SURVEY_MASTER] = STR(HEADS "master");
    survey->names[GIT_SURVEY_BRANCH] =
        str_is_set(branch) ? prefixed(arena, HEADS, branch) : STR_NULL;
    survey->names[GIT_SURVEY_UPSTREAM] =
        str_is_set(branch) ? prefixed(arena, ORIGIN, branch) : STR_NULL;
}

static void prepare_call(struct git_survey *survey)
{
    size_t count = 0;
    survey->args[count++] = "for-each-ref";
    survey->args[count++] = REF_FORMAT;
    for (size_t i = 0; i < GIT_SURVEY_SLOTS; i++) {
        if (str_is_set(survey->names[i]))
            survey->args[count++] = survey->names[i].data;
    }
    survey->args[count] = NULL;
    survey->call.command = (struct git_command){.cwd = survey->directory, .args = survey->args};
}

/* False when the disk cannot tell about one of them. */
static bool read_refs(struct git_survey *survey)
{
    for (size_t i = 0; i < GIT_SURVEY_SLOTS; i++) {
        survey->refs[i] = (struct git_disk_ref){0};
        if (str_is_set(survey->names[i]) &&
            git_disk_find_ref(&survey->disk, survey->names[i], &survey->arena, &survey->refs[i]) ==
                GIT_DISK_UNKNOWN)
            return false;
    }
    return true;
}

void git_survey_init(struct git_survey *survey, const char *directory)
{
    *survey = (struct git_survey){.directory = directory};
    git_disk_look(str_from(directory), &survey->arena, &survey->disk);
    name_refs(survey);
    survey->is_known = read_refs(survey);
    survey->is_head_known = survey->is_known && str_is_set(survey->disk.branch);
    prepare_call(survey);
}

void git_survey_fini(struct git_survey *survey)
{
    git_call_fini(&survey->call);
    arena_fini(&survey->arena);
}

bool git_survey_take(struct git_survey *survey, struct error *error)
{
    if (survey->is_known)
        return true;
    if (!survey->call.is_ok) {
        if (error != NULL)
            *error = survey->call.error;
        return false;
    }
    struct str rest = buf_str(&survey->call.result.out);
    struct git_ref ref;
    memset(survey->refs, 0, sizeof(survey->refs));
    while (git_parse_ref(&rest, &ref)) {
        for (size_t i = 0; i < GIT_SURVEY_SLOTS; i++) {
            if (str_equal(ref.name, survey->names[i]))
                survey->refs[i] = (struct git_disk_ref){.oid = ref.oid, .target = ref.target};
        }
        if (ref.is_current && str_equal(ref.name, survey->names[GIT_SURVEY_BRANCH]))
            survey->is_head_known = true;
    }
    survey->is_known = true;
    return true;
}

bool git_survey_run(struct git *git, struct git_survey *survey, struct error *error)
{
    if (!survey->is_known)
        git_run_all(git, (struct git_call *const[]){&survey->call}, 1);
    return git_survey_take(survey, error);
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

void git_survey_head(struct git *git, struct git_survey *survey, struct git_head *ret_head)
{
    *ret_head = (struct git_head){0};
    if (survey->is_head_known) {
        ret_head->branch = survey->disk.branch;
        ret_head->oid = survey->refs[GIT_SURVEY_BRANCH].oid;
        return;
    }
    const char *const branch[] = {"symbolic-ref", "-q", "HEAD", NULL};
    const char *const oid[] = {"rev-parse", "--verify", "-q", "HEAD", NULL};
    const struct str name = ask(git, survey->directory, &survey->arena, branch);
    const struct str heads = STR(HEADS);
    if (str_starts_with(name, heads))
        ret_head->branch = str_skip(name, heads.len);
    ret_head->oid = ask_oid(git, survey->directory, &survey->arena, oid);
}

/* HEAD turned out to be elsewhere than the survey believed: git is asked about the right branch. */
static void survey_again(struct git *git, struct git_survey *survey, const struct git_head *head)
{
    git_call_fini(&survey->call);
    survey->disk.branch = head->branch;
    survey->is_known = false;
    name_refs(survey);
    prepare_call(survey);
    if (!git_survey_run(git, survey, NULL))
        memset(survey->refs, 0, sizeof(survey->refs)); /* then HEAD is the base */
}

static bool agrees(const struct git_survey *survey, const struct git_head *head)
{
    return str_equal(head->branch, survey->disk.branch) &&
           (!str_is_set(head->branch) || str_equal(head->oid, survey->refs[GIT_SURVEY_BRANCH].oid));
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
static struct str base_upstream(struct git *git, const struct git_survey *survey,
                                const struct git_head *head, enum git_tracked tracked)
{
    const struct str upstream = survey->refs[GIT_SURVEY_UPSTREAM].oid;
    if (!str_is_set(head->branch) || !str_is_set(head->oid) || !str_is_set(upstream))
        return STR_NULL;
    if (!str_equal(upstream, head->oid) || tracked == GIT_TRACKED_CHANGED)
        return upstream;
    if (tracked == GIT_TRACKED_UNKNOWN && has_tracked_changes(git, survey->directory))
        return upstream;
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
    const struct git_disk_ref *recorded = &survey->refs[GIT_SURVEY_DEFAULT];
    if (str_is_set(recorded->oid) && str_starts_with(recorded->target, STR(ORIGIN))) {
        *ret_tip = recorded->oid;
        return true;
    }
    if (!survey->disk.may_have_origin || !has_any_commit(git, survey, head))
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
    const bool has_main = str_is_set(survey->refs[GIT_SURVEY_MAIN].oid);
    const enum git_survey_slot slot = has_main ? GIT_SURVEY_MAIN : GIT_SURVEY_MASTER;
    const struct str tip = survey->refs[slot].oid;
    if (!str_is_set(tip) || str_equal(head->branch, has_main ? STR("main") : STR("master")))
        return STR_NULL;
    const struct str fork = merge_base(git, survey, head->oid, tip);
    return str_equal(fork, tip) ? fork : STR_NULL;
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
    if (!agrees(survey, head))
        survey_again(git, survey, head);
    struct str base = base_upstream(git, survey, head, tracked);
    if (!str_is_set(base))
        base = base_default(git, survey, head);
    if (!str_is_set(base))
        base = head->oid;
    return str_is_set(base) ? base : STR(GIT_EMPTY_TREE);
}

bool git_survey_guess(const struct git_survey *survey, struct git_guess *ret_guess)
{
    const struct str head = survey->refs[GIT_SURVEY_BRANCH].oid;
    const struct str upstream = survey->refs[GIT_SURVEY_UPSTREAM].oid;
    const struct git_disk_ref *recorded = &survey->refs[GIT_SURVEY_DEFAULT];
    if (!survey->is_head_known || !str_is_set(head))
        return false;
    if (str_is_set(upstream)) {
        *ret_guess = (struct git_guess){.revision = upstream};
        return !str_equal(upstream, head);
    }
    *ret_guess = (struct git_guess){.revision = recorded->oid, .is_fork = true};
    return str_is_set(recorded->oid) && str_starts_with(recorded->target, STR(ORIGIN)) &&
           !str_equal(recorded->oid, head);
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
    const bool is_ok = git_survey_run(git, &survey, error);
    if (is_ok) {
        struct git_head head;
        git_survey_head(git, &survey, &head);
        *ret_oid = arena_copy(arena, git_survey_base(git, &survey, &head, GIT_TRACKED_UNKNOWN));
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
