#include "actions/file_upload.h"

#include <errno.h>

#include "actions/path.h"
#include "api/api.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/http/multipart.h"
#include "server/http/reply.h"

/*
 * POST /api/file/upload (contract v1-server §6, and the path form of §13.6). The body streams from
 * the socket through the multipart parser into the file; whoever is slower pauses the others.
 *
 * What is wrong with the path or the disk is said when the body is through, as clients that send
 * everything first expect; only a broken body is answered at once. Of several parts named "file"
 * the last one counts.
 */

enum part_kind {
    PART_OTHER,
    PART_FILE,
    PART_TEXT
};

struct upload {
    struct http_request *request;
    struct multipart *parser; /* NULL: the body is no form */
    struct str given_path;
    char *path; /* checked; NULL when it is not usable */
    struct error path_error;
    enum part_kind part; /* being received */
    bool has_file;
    bool has_text; /* a part named "file" that is none */
    struct buf text;
    struct file_upload *file;
    bool has_failed;
    struct error error;
    bool has_body_ended;
};

static void close_upload(struct upload *upload)
{
    file_upload_close(upload->file);
    upload->file = NULL;
    multipart_free(upload->parser);
    upload->parser = NULL;
    buf_fini(&upload->text);
    free(upload->path);
    upload->path = NULL;
}

static void reply_failure(struct upload *upload, const struct error *error)
{
    struct http_request *request = upload->request;
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

static void on_file_ready(void *owner)
{
    struct upload *upload = owner;
    http_request_resume(upload->request);
}

/* An early error is kept until the body is through; what still comes is dropped. */
static void on_file_done(void *owner, const struct file_written *written, const struct error *error)
{
    struct upload *upload = owner;
    file_upload_close(upload->file);
    upload->file = NULL;
    if (!upload->has_body_ended) {
        upload->has_failed = true;
        upload->error = *error;
        http_request_resume(upload->request);
        return;
    }
    close_upload(upload);
    if (error != NULL)
        reply_failure(upload, error);
    else
        reply_written(upload->request, written);
}

static const struct file_upload_events file_events = {
    .on_ready = on_file_ready,
    .on_done = on_file_done,
};

static void begin_file(struct upload *upload)
{
    upload->part = PART_FILE;
    upload->has_file = true;
    upload->has_text = false;
    if (upload->path == NULL)
        return;
    file_upload_close(upload->file);
    upload->has_failed = false;
    const struct file_write_options options = {.path = upload->path, .creates_parents = true};
    upload->file =
        file_upload_open(http_request_loop(upload->request), &options, &file_events, upload);
}

static void on_part(void *owner, const struct multipart_part *part)
{
    struct upload *upload = owner;
    upload->part = PART_OTHER;
    if (!str_equal(part->name, STR("file")))
        return;
    if (part->is_file) {
        begin_file(upload);
        return;
    }
    upload->part = PART_TEXT;
    upload->has_text = true;
    upload->has_file = false;
    buf_clear(&upload->text);
}

static void on_part_data(void *owner, struct str chunk)
{
    struct upload *upload = owner;
    if (upload->part == PART_TEXT)
        buf_append(&upload->text, chunk);
    else if (upload->part == PART_FILE && upload->file != NULL)
        file_upload_add(upload->file, chunk);
}

static void on_part_end(void *owner)
{
    (void)owner; /* the end of the body counts, not the end of a part */
}

static const struct multipart_events part_events = {
    .on_part = on_part,
    .on_data = on_part_data,
    .on_part_end = on_part_end,
};

static void on_body_data(void *owner, struct str chunk)
{
    struct upload *upload = owner;
    struct error error;
    if (upload->parser == NULL)
        return;
    if (!multipart_feed(upload->parser, chunk, &error)) {
        close_upload(upload);
        reply_error(upload->request, &error);
        return;
    }
    if (upload->file != NULL && file_upload_is_full(upload->file))
        http_request_pause(upload->request);
}

/* True when something is missing or of the wrong kind; then it has replied. */
static bool reply_issues_of(struct upload *upload)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    issues_init(&issues, &items);
    if (!str_is_set(upload->given_path))
        issues_add(&issues, "missing", "query", "path", "Field required", STR_NULL, STR_NULL);
    if (upload->has_text) {
        scoped_buf struct buf input = {0};
        jsonw_quote(&input, buf_str(&upload->text));
        issues_add(&issues, "value_error", "body", "file",
                   "Value error, Expected UploadFile, received: <class 'str'>", buf_str(&input),
                   STR("{\"error\":\"Expected UploadFile, received: <class 'str'>\"}"));
    } else if (!upload->has_file) {
        issues_add(&issues, "missing", "body", "file", "Field required", STR_NULL, STR_NULL);
    }
    if (issues.count == 0)
        return false;
    close_upload(upload);
    reply_issues(upload->request, buf_str(&items));
    return true;
}

static void on_body_end(void *owner)
{
    struct upload *upload = owner;
    upload->has_body_ended = true;
    if (upload->parser == NULL || !multipart_is_complete(upload->parser))
        upload->has_file = false;
    if (reply_issues_of(upload))
        return;
    if (upload->path == NULL) {
        const struct error error = upload->path_error;
        close_upload(upload);
        if (error.sys_errno == ENAMETOOLONG)
            reply_failure(upload, &error);
        else
            reply_detail(upload->request, 400, str_from(error.text));
    } else if (upload->has_failed) {
        const struct error error = upload->error;
        close_upload(upload);
        reply_failure(upload, &error);
    } else {
        file_upload_end(upload->file);
    }
}

static void on_body_abort(void *owner)
{
    struct upload *upload = owner;
    close_upload(upload);
    reply_detail(upload->request, 400, STR("The body ended before the upload was complete"));
}

static const struct http_body_events body_events = {
    .on_data = on_body_data,
    .on_end = on_body_end,
    .on_abort = on_body_abort,
};

static void receive(struct http_request *request, struct api *api, struct str path)
{
    api_touch(api);
    struct upload *upload = arena_zero(&request->arena, 1, sizeof(*upload));
    upload->request = request;
    upload->given_path = path;
    /* A path that is not usable is answered at the end of the body. */
    if (str_is_set(path) && !path_check(path, &upload->path, &upload->path_error))
        upload->path = NULL;
    const struct str type = http_request_header(request, "content-type");
    struct error error;
    if (str_starts_with(type, STR("multipart/form-data")) &&
        !multipart_new(type, &part_events, upload, &upload->parser, &error)) {
        close_upload(upload);
        reply_error(request, &error);
        return;
    }
    http_request_receive(request, &body_events, upload);
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
