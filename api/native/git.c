#include "actions/git_changes.h"
#include "actions/git_commits.h"
#include "actions/git_parse.h"
#include "api/api.h"
#include "api/git_job.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/http/reply.h"

/* What changed, with the real names of files: the V1 route shows them quoted. */

struct query {
    struct str path;
    struct str ref;
    struct str commit;
};

static const struct schema_field fields[] = {
    {.name = "path",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct query, path),
     .is_required = true,
     .help = "A directory of a git repository"},
    {.name = "ref",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct query, ref),
     .is_nullable = true,
     .help = "What the working tree is compared with; else chosen as by /api/git/changes"},
    {.name = "commit",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct query, commit),
     .pattern = "^[0-9a-fA-F]{4,64}$",
     .matches = git_parse_is_commit,
     .is_nullable = true,
     .help = "Instead of the working tree: what this commit changed"},
};
static SCHEMA_DEFINE(changes_schema, "NativeGitChangesQuery", fields, false);

static const char *const status_names[] = {
    [GIT_CHANGE_ADDED] = "added",
    [GIT_CHANGE_DELETED] = "deleted",
    [GIT_CHANGE_UPDATED] = "updated",
};

static void print_change(const struct git_change *change, struct jsonw *w)
{
    scoped_buf struct buf path = {0};
    git_change_path(change, &path);
    jsonw_object(w);
    jsonw_cstr(w, "status", status_names[change->kind]);
    jsonw_string(w, "path", buf_str(&path));
    jsonw_string_or_null(w, "repository", change->nested.len == 0 ? STR_NULL : change->nested);
    jsonw_end(w);
}

static void print_changes(const struct git_changes *changes, struct buf *body)
{
    struct jsonw w;
    jsonw_init(&w, body);
    jsonw_object(&w);
    jsonw_bool(&w, "is_repository", changes->is_repository);
    jsonw_array_in(&w, "changes");
    for (size_t i = 0; i < changes->count; i++)
        print_change(&changes->items[i], &w);
    jsonw_end(&w);
    jsonw_end(&w);
}

static bool run_changes(struct git *git, struct git_job *job, struct error *error)
{
    struct git_changes changes = {0};
    const bool is_ok = str_is_set(job->commit)
                           ? git_commits_changes(git, job->path, job->commit, &changes, error)
                           : git_changes_find(git, job->path, job->ref, &changes, error);
    if (is_ok)
        print_changes(&changes, &job->body);
    git_changes_fini(&changes);
    return is_ok;
}

static void get_changes(struct http_request *request, void *context)
{
    struct query query = {0};
    if (!route_decode(request, &query))
        return;
    if (str_is_set(query.ref) && str_is_set(query.commit)) {
        reply_detail(request, 400, STR("'ref' and 'commit' are mutually exclusive"));
        return;
    }
    git_job_start(context, &(struct git_job){.request = request,
                                             .run = run_changes,
                                             .path = query.path,
                                             .ref = query.ref,
                                             .commit = query.commit});
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/native/git/changes",
     .auth = ROUTE_AUTH_SESSION,
     .query = &changes_schema,
     .handler = get_changes,
     .tag = "Native: git",
     .summary = "Files that changed, by their real names"},
};
API_ROUTES(native_git_routes, routes);
