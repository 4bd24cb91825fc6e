#include <errno.h>
#include <fcntl.h>

#include "actions/path.h"
#include "actions/unzip.h"
#include "api/api.h"
#include "api/upload_form.h"
#include "api/v0/reply.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/id.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/schema.h"
#include "server/http/reply.h"
#include "server/loop/work.h"

/*
 * POST /upload_file (contract v0-action-execution §2.6). The file goes where it belongs, or, when
 * it is an archive, into a hidden one that is unpacked by a thread of its own and removed.
 */

struct query {
    struct str destination;
    struct schema_bool recursive;
};

struct upload {
    struct http_request *request;
    struct query query;
    struct buf items; /* of a 422, as they are found */
    struct issues issues;
    char *directory;     /* NULL: the destination is no absolute path */
    struct str filename; /* as given; of the request's */
    bool is_archive;
    char *path;      /* of the file that is written */
    bool has_failed; /* of the unpacking, from here on */
    struct error error;
    atomic_bool is_cancelled;
};

static void close_upload(struct upload *upload)
{
    buf_fini(&upload->items);
    free(upload->path);
    free(upload->directory);
}

static void fail(struct upload *upload, const struct error *error)
{
    struct error copy = *error;
    if (copy.sys_errno == EEXIST) { /* a file has the name of the folder */
        scoped_free char *path = path_join(upload->directory, upload->filename);
        (void)path_error(&copy, ENOTDIR, path); /* is false */
    }
    close_upload(upload);
    v0_reply_error(upload->request, &copy);
}

static void succeed(struct upload *upload)
{
    struct buf body = {0};
    struct jsonw w;
    close_upload(upload);
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_string(&w, "filename", upload->filename);
    jsonw_string(&w, "destination", upload->query.destination);
    jsonw_bool(&w, "recursive", upload->query.recursive.value);
    jsonw_end(&w);
    reply_json(upload->request, 200, &body);
}

static void run_unzip(void *owner)
{
    struct upload *upload = owner;
    struct unzip_result result;
    scoped_free char *shown = path_join(upload->directory, upload->filename);
    scoped_fd int fd = open(upload->path, O_RDONLY | O_CLOEXEC);
    const struct unzip_options options = {
        .path = shown,
        .fd = fd,
        .directory = upload->directory,
        .is_cancelled = &upload->is_cancelled,
    };
    (void)unlink(upload->path); /* what is read is open */
    upload->has_failed = !unzip(&options, &result, &upload->error);
}

static void on_unzip_wake(void *owner)
{
    (void)owner; /* no progress is reported */
}

static void on_unzip_end(void *owner)
{
    struct upload *upload = owner;
    http_request_on_gone(upload->request, NULL, NULL);
    if (upload->has_failed)
        fail(upload, &upload->error);
    else
        succeed(upload);
}

static void on_unzip_gone(void *owner)
{
    struct upload *upload = owner;
    atomic_store(&upload->is_cancelled, true);
}

static void start_unzip(struct upload *upload)
{
    static const struct work_thread_calls calls = {
        .run = run_unzip, .on_wake = on_unzip_wake, .on_end = on_unzip_end};
    struct work_thread *thread;
    http_request_on_gone(upload->request, on_unzip_gone, upload);
    if (work_thread_start(http_request_loop(upload->request), &calls, upload, &thread))
        return;
    (void)error_set(&upload->error, ERROR_UNAVAILABLE, "no thread can be started"); /* is false */
    http_request_on_gone(upload->request, NULL, NULL);
    fail(upload, &upload->error);
}

/* The last component only: a name is never a way out of the folder. */
static struct str safe_name(struct str filename)
{
    const struct str name = str_skip(filename, str_find_last_byte(filename, '/') + 1);
    const bool is_name = !str_is_empty(name) && !str_equal(name, STR(".")) &&
                         !str_equal(name, STR("..")) && !str_has_byte(name, '\0');
    return is_name ? name : STR_NULL;
}

/* Decides where the bytes go. */
static bool choose_path(struct upload *upload, struct error *error)
{
    const struct str name = safe_name(upload->filename);
    const bool is_zip = str_ends_with(upload->filename, STR(".zip"));
    if (upload->directory == NULL)
        return error_set(error, ERROR_INVALID, "400: Destination must be an absolute path");
    if (upload->query.recursive.value && !is_zip)
        return error_set(error, ERROR_INVALID, "400: Recursive uploads must be zip files");
    if (!str_is_set(name))
        return error_set(error, ERROR_INVALID, "the file has no usable name");
    upload->is_archive = is_zip;
    const struct str hidden =
        arena_printf(&upload->request->arena, ".actiond-%s.zip", id_hex(id_new()).text);
    upload->path = path_join(upload->directory, is_zip ? hidden : name);
    return true;
}

static bool on_file(void *owner, struct str filename, const char **ret_path, struct error *error)
{
    struct upload *upload = owner;
    free(upload->path);
    upload->path = NULL;
    upload->filename = arena_copy(&upload->request->arena, filename);
    if (upload->issues.count > 0) /* they are what is told */
        return error_set(error, ERROR_INVALID, "the query is not valid");
    if (!choose_path(upload, error))
        return false;
    *ret_path = upload->path;
    return true;
}

static const struct schema_field query_fields[] = {
    {.name = "destination",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct query, destination),
     .default_json = "\"/\"",
     .help = "Absolute path of the folder; made when missing"},
    {.name = "recursive",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct query, recursive),
     .default_json = "false",
     .help = "The file is a ZIP and is unpacked"},
};
static SCHEMA_DEFINE(query_schema, "UploadQuery", query_fields, false);

/* True when something is missing or of the wrong kind; then it has replied. */
static bool reply_issues_of(struct upload *upload, const struct upload_outcome *outcome)
{
    struct issues *issues = &upload->issues;
    if (outcome->end == UPLOAD_TEXT)
        issues_add(issues, "value_error", "body", "file",
                   "Value error, Expected UploadFile, received: <class 'str'>", STR_NULL, STR_NULL);
    else if (outcome->end == UPLOAD_MISSING)
        issues_add(issues, "missing", "body", "file", "Field required", STR_NULL, STR_NULL);
    if (issues->count == 0)
        return false;
    scoped_buf struct buf items = buf_take(&upload->items);
    close_upload(upload);
    v0_reply_issues(upload->request, buf_str(&items));
    return true;
}

static void on_end(void *owner, const struct upload_outcome *outcome)
{
    struct upload *upload = owner;
    if (outcome->end == UPLOAD_BROKEN) {
        close_upload(upload);
        v0_reply_detail(upload->request, 400, str_from(outcome->error->text));
        return;
    }
    if (reply_issues_of(upload, outcome))
        return;
    if (outcome->end == UPLOAD_FAILED)
        fail(upload, outcome->error);
    else if (upload->is_archive)
        start_unzip(upload);
    else
        succeed(upload);
}

/* It is needed before the body is through; what is wrong with it is told with the rest. */
static void read_query(struct upload *upload)
{
    size_t count;
    struct error ignored;
    const struct schema_pair *pairs = http_request_pairs(upload->request, &count);
    issues_init(&upload->issues, &upload->items);
    upload->query = (struct query){.destination = STR("/")};
    schema_decode_pairs(&query_schema, "query", pairs, count, &upload->request->arena,
                        &upload->query, &upload->issues);
    if (!path_check(upload->query.destination, &upload->directory, &ignored))
        upload->directory = NULL;
}

static void post_upload(struct http_request *request, void *context)
{
    static const struct upload_form_events events = {.on_file = on_file, .on_end = on_end};
    (void)context; /* nothing of the server's is needed */
    struct upload *upload = arena_zero(&request->arena, 1, sizeof(*upload));
    upload->request = request;
    read_query(upload);
    upload_form_receive(request, &events, upload);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/upload_file",
     .auth = ROUTE_AUTH_V0,
     .body = ROUTE_BODY_STREAM,
     .query = &query_schema,
     .handler = post_upload,
     .tag = "V0",
     .summary = "Upload one file (multipart field \"file\"), or a ZIP that is unpacked"},
};
API_ROUTES(v0_upload_routes, routes);
