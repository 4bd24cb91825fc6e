#include <errno.h>
#include <fcntl.h>

#include "actions/file_upload.h"
#include "actions/path.h"
#include "actions/unzip.h"
#include "api/api.h"
#include "api/v0/reply.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/id.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/schema.h"
#include "server/http/multipart.h"
#include "server/http/reply.h"
#include "server/loop/work.h"

/*
 * POST /upload_file (contract v0-action-execution §2.6). The body streams from the socket through
 * the multipart parser into a file: its own, or a hidden one that is unpacked by a thread of its
 * own and removed. What is wrong is said when the body is through, because clients send all of it
 * before they listen. Of several parts named "file" the last one counts.
 */

enum part_kind {
    PART_OTHER,
    PART_FILE,
    PART_TEXT
};

struct query {
    struct str destination;
    struct schema_bool recursive;
};

struct upload {
    struct http_request *request;
    struct query query;
    struct buf items; /* of a 422, as they are found */
    struct issues issues;
    struct multipart *parser; /* NULL: the body is no form */
    enum part_kind part;      /* being received */
    bool has_file;
    bool has_text; /* a part named "file" that is none */
    char *directory;
    struct str filename; /* as given; of the request's */
    bool is_archive;
    char *path; /* of the file that is written */
    struct file_upload *file;
    bool has_failed;
    struct error error;
    bool has_body_ended;
    atomic_bool is_cancelled; /* of the unpacking */
};

static void close_upload(struct upload *upload)
{
    file_upload_close(upload->file);
    upload->file = NULL;
    multipart_free(upload->parser);
    upload->parser = NULL;
    buf_fini(&upload->items);
    free(upload->path);
    upload->path = NULL;
    free(upload->directory);
    upload->directory = NULL;
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

static void on_file_ready(void *owner)
{
    struct upload *upload = owner;
    http_request_resume(upload->request);
}

/* An early error is kept until the body is through; what still comes is dropped. */
static void on_file_done(void *owner, const struct file_written *written, const struct error *error)
{
    struct upload *upload = owner;
    (void)written; /* the reply does not tell */
    file_upload_close(upload->file);
    upload->file = NULL;
    if (!upload->has_body_ended) {
        upload->has_failed = true;
        upload->error = *error;
        http_request_resume(upload->request);
    } else if (error != NULL) {
        fail(upload, error);
    } else if (upload->is_archive) {
        start_unzip(upload);
    } else {
        succeed(upload);
    }
}

static const struct file_upload_events file_events = {
    .on_ready = on_file_ready,
    .on_done = on_file_done,
};

/* The last component only: a name is never a way out of the folder. */
static struct str safe_name(struct str filename)
{
    const struct str name = str_skip(filename, str_find_last_byte(filename, '/') + 1);
    const bool is_name = !str_is_empty(name) && !str_equal(name, STR(".")) &&
                         !str_equal(name, STR("..")) && !str_has_byte(name, '\0');
    return is_name ? name : STR_NULL;
}

/* Decides where the bytes go; false with the upload's error set. */
static bool choose_path(struct upload *upload)
{
    struct error *error = &upload->error;
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

static void begin_file(struct upload *upload, struct str filename)
{
    upload->part = PART_FILE;
    upload->has_file = true;
    upload->has_text = false;
    file_upload_close(upload->file);
    upload->file = NULL;
    free(upload->path);
    upload->path = NULL;
    upload->filename = arena_copy(&upload->request->arena, filename);
    upload->has_failed = !choose_path(upload);
    if (upload->has_failed)
        return;
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
        begin_file(upload, part->filename);
        return;
    }
    upload->part = PART_TEXT;
    upload->has_text = true;
    upload->has_file = false;
}

static void on_part_data(void *owner, struct str chunk)
{
    struct upload *upload = owner;
    if (upload->part == PART_FILE && upload->file != NULL)
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
        v0_reply_detail(upload->request, 400, str_from(error.text));
        return;
    }
    if (upload->file != NULL && file_upload_is_full(upload->file))
        http_request_pause(upload->request);
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
static bool reply_issues_of(struct upload *upload)
{
    struct issues *issues = &upload->issues;
    if (upload->has_text)
        issues_add(issues, "value_error", "body", "file",
                   "Value error, Expected UploadFile, received: <class 'str'>", STR_NULL, STR_NULL);
    else if (!upload->has_file)
        issues_add(issues, "missing", "body", "file", "Field required", STR_NULL, STR_NULL);
    if (issues->count == 0)
        return false;
    scoped_buf struct buf items = buf_take(&upload->items);
    close_upload(upload);
    v0_reply_issues(upload->request, buf_str(&items));
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
    if (upload->has_failed)
        fail(upload, &upload->error);
    else
        file_upload_end(upload->file);
}

static void on_body_abort(void *owner)
{
    struct upload *upload = owner;
    close_upload(upload);
    v0_reply_detail(upload->request, 400, STR("The body ended before the upload was complete"));
}

static const struct http_body_events body_events = {
    .on_data = on_body_data,
    .on_end = on_body_end,
    .on_abort = on_body_abort,
};

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
    (void)context; /* nothing of the server's is needed */
    struct upload *upload = arena_zero(&request->arena, 1, sizeof(*upload));
    upload->request = request;
    read_query(upload);
    const struct str type = http_request_header(request, "content-type");
    struct error error;
    if (str_starts_with(type, STR("multipart/form-data")) &&
        !multipart_new(type, &part_events, upload, &upload->parser, &error)) {
        close_upload(upload);
        v0_reply_detail(request, 400, str_from(error.text));
        return;
    }
    http_request_receive(request, &body_events, upload);
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
