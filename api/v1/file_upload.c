#include <errno.h>

#include "actions/file_write.h"
#include "actions/path.h"
#include "api/api.h"
#include "api/upload_form.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

/*
 * POST /api/file/upload (contract v1-server §6, and the path form of §13.6). What is wrong with the
 * path or the disk is said when the body is through, as clients that send everything first expect.
 */

struct upload {
    struct http_request *request;
    struct str given_path;
    char *path; /* checked; NULL when it is not usable */
    struct error path_error;
};

static void reply_failure(struct http_request *request, const struct error *error)
{
    const struct str text = arena_printf(&request->arena, "Failed to upload file: %s", error->text);
    if (error->sys_errno == EISDIR)
        reply_detail(request, 400, STR("Path is a directory"));
    else if (error->sys_errno == ENOTDIR || error->sys_errno == EEXIST)
        reply_detail(request, 400, STR("A parent of the path is not a directory"));
    else
        reply_detail(request, error->code == ERROR_NO_SPACE ? 507 : 500, text);
}

static void reply_written(struct http_request *request, const struct file_written *written)
{
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_bool(&w, "success", true);
    jsonw_uint(&w, "file_size", written->size);
    jsonw_end(&w);
    reply_json(request, 200, &body);
}

static bool on_file(void *owner, struct str filename, const char **ret_path, struct error *error)
{
    struct upload *upload = owner;
    (void)filename; /* the path of the request counts */
    *error = upload->path_error;
    *ret_path = upload->path;
    return upload->path != NULL;
}

/* True when something is missing or of the wrong kind; then it has replied. */
static bool reply_issues_of(struct upload *upload, const struct upload_outcome *outcome)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    issues_init(&issues, &items);
    if (!str_is_set(upload->given_path))
        issues_add(&issues, "missing", "query", "path", "Field required", STR_NULL, STR_NULL);
    if (outcome->end == UPLOAD_TEXT) {
        scoped_buf struct buf input = {0};
        jsonw_quote(&input, outcome->text);
        issues_add(&issues, "value_error", "body", "file",
                   "Value error, Expected UploadFile, received: <class 'str'>", buf_str(&input),
                   STR("{\"error\":\"Expected UploadFile, received: <class 'str'>\"}"));
    } else if (outcome->end == UPLOAD_MISSING) {
        issues_add(&issues, "missing", "body", "file", "Field required", STR_NULL, STR_NULL);
    }
    if (issues.count == 0)
        return false;
    reply_issues(upload->request, buf_str(&items));
    return true;
}

static void on_end(void *owner, const struct upload_outcome *outcome)
{
    struct upload *upload = owner;
    struct http_request *request = upload->request;
    const bool is_usable = upload->path != NULL;
    free(upload->path);
    if (outcome->end == UPLOAD_BROKEN) {
        reply_error(request, outcome->error);
        return;
    }
    if (reply_issues_of(upload, outcome))
        return;
    if (outcome->end == UPLOAD_WRITTEN)
        reply_written(request, outcome->written);
    else if (is_usable || outcome->error->sys_errno == ENAMETOOLONG)
        reply_failure(request, outcome->error);
    else
        reply_detail(request, 400, str_from(outcome->error->text));
}

static void receive(struct http_request *request, struct api *api, struct str path)
{
    static const struct upload_form_events events = {.on_file = on_file, .on_end = on_end};
    api_touch(api);
    struct upload *upload = arena_zero(&request->arena, 1, sizeof(*upload));
    upload->request = request;
    upload->given_path = path;
    if (str_is_set(path) && !path_check(path, &upload->path, &upload->path_error))
        upload->path = NULL;
    upload_form_receive(request, &events, upload);
}

static void post_upload(struct http_request *request, void *context)
{
    receive(request, context, http_request_query(request, "path"));
}

/* Clients 1.10 to 1.13: the absolute path follows the slash, hence two slashes. */
static void post_upload_path(struct http_request *request, void *context)
{
    receive(request, context, request->params[0]);
}

struct upload_query {
    struct str path;
};

static const struct schema_field upload_fields[] = {
    {.name = "path",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct upload_query, path),
     .is_required = true,
     .help = "Absolute path of the file; parents are made"},
};
static SCHEMA_DEFINE(upload_schema, "FileUploadQuery", upload_fields, false);

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/file/upload",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_STREAM,
     .query = &upload_schema,
     .handler = post_upload,
     .tag = "Files",
     .summary = "Upload one file (multipart field \"file\"); it appears whole or not at all"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/file/upload/{path:path}",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_STREAM,
     .handler = post_upload_path,
     .is_hidden = true,
     .tag = "Files",
     .summary = "The form of clients 1.10 to 1.13"},
};
API_ROUTES(v1_upload_routes, routes);
