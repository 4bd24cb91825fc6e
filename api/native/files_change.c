#include "actions/file_copy.h"
#include "actions/file_directory.h"
#include "actions/file_remove.h"
#include "actions/path.h"
#include "api/api.h"
#include "api/file_job.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

/* Moving, copying and removing files and trees, making directories. */

struct transfer_body {
    struct str from;
    struct str to;
    struct schema_bool replace;
    struct schema_bool create_parents;
};

static const struct schema_field transfer_fields[] = {
    {.name = "from",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct transfer_body, from),
     .is_required = true,
     .help = "Absolute path"},
    {.name = "to",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct transfer_body, to),
     .is_required = true,
     .help = "Absolute path of the result, not of a directory to put it into"},
    {.name = "replace",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct transfer_body, replace),
     .default_json = "false",
     .help = "Replace what is there; else 409"},
    {.name = "create_parents",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct transfer_body, create_parents),
     .default_json = "false",
     .help = "Make missing directories above the result"},
};
static SCHEMA_DEFINE(move_schema, "MoveFileRequest", transfer_fields, true);
static SCHEMA_DEFINE(copy_schema, "CopyFileRequest", transfer_fields, true);

/* Checks both paths; they are heap memory. */
static bool read_options(const struct file_job *job, struct file_copy_options *ret_options,
                         char **ret_from, char **ret_to, struct error *error)
{
    const struct transfer_body *body = job->input;
    if (!path_check(body->from, ret_from, error) || !path_check(body->to, ret_to, error))
        return false;
    *ret_options = (struct file_copy_options){
        .from = *ret_from,
        .to = *ret_to,
        .replaces = body->replace.value,
        .creates_parents = body->create_parents.value,
        .is_cancelled = &job->is_cancelled,
    };
    return true;
}

static bool run_move(struct file_job *job, struct error *error)
{
    scoped_free char *from = NULL;
    scoped_free char *to = NULL;
    struct file_copy_options options;
    if (!read_options(job, &options, &from, &to, error) || !file_move(&options, error))
        return false;
    struct jsonw w;
    jsonw_init(&w, &job->body);
    jsonw_object(&w);
    jsonw_cstr(&w, "from", from);
    jsonw_cstr(&w, "to", to);
    jsonw_end(&w);
    return true;
}

static bool run_copy(struct file_job *job, struct error *error)
{
    scoped_free char *from = NULL;
    scoped_free char *to = NULL;
    struct file_copy_options options;
    struct file_copied copied;
    if (!read_options(job, &options, &from, &to, error) || !file_copy(&options, &copied, error))
        return false;
    struct jsonw w;
    jsonw_init(&w, &job->body);
    jsonw_object(&w);
    jsonw_cstr(&w, "from", from);
    jsonw_cstr(&w, "to", to);
    jsonw_uint(&w, "files", copied.files);
    jsonw_uint(&w, "bytes", copied.bytes);
    jsonw_uint(&w, "skipped", copied.skipped);
    jsonw_end(&w);
    return true;
}

static void post_move(struct http_request *request, void *context)
{
    struct transfer_body body = {0};
    if (!route_decode(request, &body))
        return;
    api_touch(context);
    file_job_start_long(request, run_move, &body, sizeof(body));
}

static void post_copy(struct http_request *request, void *context)
{
    struct transfer_body body = {0};
    if (!route_decode(request, &body))
        return;
    api_touch(context);
    file_job_start_long(request, run_copy, &body, sizeof(body));
}

struct remove_query {
    struct str path;
    struct schema_bool recursive;
};

static const struct schema_field remove_fields[] = {
    {.name = "path",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct remove_query, path),
     .is_required = true,
     .help = "Absolute path"},
    {.name = "recursive",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct remove_query, recursive),
     .default_json = "false",
     .help = "A directory with all that is in it; else it must be empty"},
};
static SCHEMA_DEFINE(remove_schema, "RemoveFileQuery", remove_fields, false);

static bool run_remove(struct file_job *job, struct error *error)
{
    const struct remove_query *query = job->input;
    scoped_free char *path = NULL;
    uint64_t count;
    if (!path_check(query->path, &path, error))
        return false;
    const struct file_remove_options options = {
        .path = path,
        .is_recursive = query->recursive.value,
        .is_cancelled = &job->is_cancelled,
    };
    if (!file_remove(&options, &count, error))
        return false;
    struct jsonw w;
    jsonw_init(&w, &job->body);
    jsonw_object(&w);
    jsonw_cstr(&w, "path", path);
    jsonw_uint(&w, "removed", count);
    jsonw_end(&w);
    return true;
}

static void delete_file(struct http_request *request, void *context)
{
    struct remove_query query = {0};
    if (!route_decode(request, &query))
        return;
    api_touch(context);
    if (query.recursive.value)
        file_job_start_long(request, run_remove, &query, sizeof(query));
    else
        file_job_start(request, run_remove, &query, sizeof(query));
}

struct directory_body {
    struct str path;
    struct schema_bool create_parents;
};

static const struct schema_field directory_fields[] = {
    {.name = "path",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct directory_body, path),
     .is_required = true,
     .help = "Absolute path"},
    {.name = "create_parents",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct directory_body, create_parents),
     .default_json = "true",
     .help = "Also what is missing above; then one that exists is fine"},
};
static SCHEMA_DEFINE(directory_schema, "CreateDirectoryRequest", directory_fields, true);

static bool run_directory(struct file_job *job, struct error *error)
{
    const struct directory_body *body = job->input;
    scoped_free char *path = NULL;
    if (!path_check(body->path, &path, error))
        return false;
    if (body->create_parents.value ? !file_make_directories(path, error)
                                   : !file_make_directory(path, error))
        return false;
    struct jsonw w;
    jsonw_init(&w, &job->body);
    jsonw_object(&w);
    jsonw_cstr(&w, "path", path);
    jsonw_end(&w);
    return true;
}

static void post_directory(struct http_request *request, void *context)
{
    struct directory_body body = {.create_parents = {.value = true}};
    if (!route_decode(request, &body))
        return;
    api_touch(context);
    file_job_start(request, run_directory, &body, sizeof(body));
}

#define POST_ROUTE(path_pattern, schema, function, text)                                           \
    {                                                                                              \
        .method = HTTP_METHOD_POST, .pattern = (path_pattern), .auth = ROUTE_AUTH_SESSION,         \
        .body = ROUTE_BODY_JSON, .body_schema = (schema), .handler = (function),                   \
        .tag = "Native files", .summary = (text)                                                   \
    }
static const struct route routes[] = {
    POST_ROUTE("/api/native/files/move", &move_schema, post_move, "Move a file or a tree"),
    POST_ROUTE("/api/native/files/copy", &copy_schema, post_copy, "Copy a file or a tree"),
    POST_ROUTE("/api/native/files/directories", &directory_schema, post_directory,
               "Make a directory"),
    {.method = HTTP_METHOD_DELETE,
     .pattern = "/api/native/files",
     .auth = ROUTE_AUTH_SESSION,
     .query = &remove_schema,
     .handler = delete_file,
     .tag = "Native files",
     .summary = "Remove a file, a link, a directory or a tree"},
};
API_ROUTES(native_file_change_routes, routes);
