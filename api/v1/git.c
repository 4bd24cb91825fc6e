#include "actions/git_changes.h"
#include "actions/git_commits.h"
#include "actions/git_diff.h"
#include "actions/git_parse.h"
#include "api/api.h"
#include "api/git_job.h"
#include "api/v1/git_print.h"
#include "server/base/error.h"
#include "server/http/reply.h"

/* Contract v1-server §7, without the search of remote repositories. */

#define COMMIT_PATTERN "^[0-9a-fA-F]{4,64}$"
#define COMMITS_LIMIT  50

struct query {
    struct str path;
    struct str ref;
    struct str commit;
    struct schema_int limit;
};

#define DIRECTORY_FIELD                                                                            \
    {                                                                                              \
        .name = "path", .kind = SCHEMA_STRING, .offset = offsetof(struct query, path),             \
        .is_required = true, .help = "A directory of a git repository"                             \
    }
#define REF_FIELD                                                                                  \
    {                                                                                              \
        .name = "ref", .kind = SCHEMA_STRING, .offset = offsetof(struct query, ref),               \
        .is_nullable = true,                                                                       \
        .help = "What to compare with: HEAD, a branch, a commit; else chosen to show the work "    \
                "done here"                                                                        \
    }
#define COMMIT_FIELD(field_name)                                                                   \
    .name = (field_name), .kind = SCHEMA_STRING, .offset = offsetof(struct query, commit),         \
    .pattern = COMMIT_PATTERN, .matches = git_parse_is_commit

static const struct schema_field changes_fields[] = {DIRECTORY_FIELD, REF_FIELD};
static SCHEMA_DEFINE(changes_schema, "GitChangesQuery", changes_fields, false);

static const struct schema_field diff_fields[] = {
    {.name = "path",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct query, path),
     .is_required = true,
     .help = "A file of a git repository, deleted ones included"},
    REF_FIELD,
    {COMMIT_FIELD("commit"), .is_nullable = true,
     .help = "Show what this commit changed in the file; not together with ref"},
};
static SCHEMA_DEFINE(diff_schema, "GitDiffQuery", diff_fields, false);

static const struct schema_field commits_fields[] = {
    DIRECTORY_FIELD,
    {.name = "limit",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct query, limit),
     .has_min = true,
     .has_max = true,
     .min = 1,
     .max = GIT_COMMITS_MAX,
     .default_json = "50",
     .help = "The most commits to return"},
};
static SCHEMA_DEFINE(commits_schema, "GitCommitsQuery", commits_fields, false);

static const struct schema_field directory_fields[] = {DIRECTORY_FIELD};
static SCHEMA_DEFINE(directory_schema, "GitDirectoryQuery", directory_fields, false);

static const struct schema_field sha_fields[] = {{COMMIT_FIELD("sha"), .is_required = true}};
static SCHEMA_DEFINE(sha_schema, "GitCommitPath", sha_fields, false);

static bool run_changes(struct git *git, struct git_job *job, struct error *error)
{
    struct git_changes changes = {0};
    const bool is_ok = git_changes_find(git, job->path, job->ref, &changes, error);
    if (is_ok)
        git_print_changes(&changes, true, &job->body);
    git_changes_fini(&changes);
    return is_ok;
}

static void get_changes(struct http_request *request, void *context)
{
    struct query query = {0};
    if (!route_decode(request, &query))
        return;
    api_touch(context);
    git_job_start(
        context, &(struct git_job){
                     .request = request, .run = run_changes, .path = query.path, .ref = query.ref});
}

static bool run_diff(struct git *git, struct git_job *job, struct error *error)
{
    struct git_diff diff = {0};
    const bool is_ok = str_is_set(job->commit)
                           ? git_diff_commit(git, job->path, job->commit, &diff, error)
                           : git_diff_file(git, job->path, job->ref, &diff, error);
    if (is_ok)
        git_print_diff(&diff, &job->body);
    git_diff_fini(&diff);
    return is_ok;
}

static void get_diff(struct http_request *request, void *context)
{
    struct query query = {0};
    if (!route_decode(request, &query))
        return;
    if (str_is_set(query.ref) && str_is_set(query.commit)) {
        reply_detail(request, 400, STR("'ref' and 'commit' are mutually exclusive"));
        return;
    }
    api_touch(context);
    git_job_start(context, &(struct git_job){.request = request,
                                             .run = run_diff,
                                             .path = query.path,
                                             .ref = query.ref,
                                             .commit = query.commit});
}

static bool run_commits(struct git *git, struct git_job *job, struct error *error)
{
    struct git_commits commits = {0};
    const bool is_ok = git_commits_list(git, job->path, job->limit, &commits, error);
    if (is_ok)
        git_print_commits(&commits, &job->body);
    git_commits_fini(&commits);
    return is_ok;
}

static void get_commits(struct http_request *request, void *context)
{
    struct query query = {.limit = {.value = COMMITS_LIMIT}};
    if (!route_decode(request, &query))
        return;
    api_touch(context);
    git_job_start(context, &(struct git_job){.request = request,
                                             .run = run_commits,
                                             .path = query.path,
                                             .limit = (size_t)query.limit.value});
}

static bool run_commit_changes(struct git *git, struct git_job *job, struct error *error)
{
    struct git_changes changes = {0};
    const bool is_ok = git_commits_changes(git, job->path, job->commit, &changes, error);
    if (is_ok)
        git_print_changes(&changes, false, &job->body);
    git_changes_fini(&changes);
    return is_ok;
}

/* The path's mistakes are listed before the query's. */
static bool decode_commit(struct http_request *request, struct query *query)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    issues_init(&issues, &items);
    const struct schema_pair sha = {.name = STR("sha"), .value = request->params[0]};
    size_t count;
    const struct schema_pair *pairs = http_request_pairs(request, &count);
    schema_decode_pairs(&sha_schema, "path", &sha, 1, &request->arena, query, &issues);
    schema_decode_pairs(&directory_schema, "query", pairs, count, &request->arena, query, &issues);
    if (issues.count > 0)
        reply_issues(request, buf_str(&items));
    return issues.count == 0;
}

static void get_commit_changes(struct http_request *request, void *context)
{
    struct query query = {0};
    if (!decode_commit(request, &query))
        return;
    api_touch(context);
    git_job_start(context, &(struct git_job){.request = request,
                                             .run = run_commit_changes,
                                             .path = query.path,
                                             .commit = query.commit});
}

#define GIT_ROUTE(route_pattern, schema, function, text)                                           \
    {                                                                                              \
        .method = HTTP_METHOD_GET, .pattern = (route_pattern), .auth = ROUTE_AUTH_SESSION,         \
        .query = &(schema), .handler = (function), .tag = "Git", .summary = (text)                 \
    }

static const struct route routes[] = {
    GIT_ROUTE("/api/git/changes", changes_schema, get_changes,
              "Files that changed in a directory, untracked ones included"),
    GIT_ROUTE("/api/git/diff", diff_schema, get_diff, "One file before and after"),
    GIT_ROUTE("/api/git/commits", commits_schema, get_commits, "The newest commits of a branch"),
    GIT_ROUTE("/api/git/commits/{sha}/changes", directory_schema, get_commit_changes,
              "Files that one commit changed"),
};
API_ROUTES(v1_git_routes, routes);
