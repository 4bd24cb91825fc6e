#include "actions/file_part.h"
#include "actions/path.h"
#include "api/api.h"
#include "api/file_job.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

/*
 * Uploads in parts: each request is bounded, may be repeated, and can go on where an earlier one
 * was cut off. What a part's body brings is collected first, up to FILE_PART_MAX_BYTES.
 */

struct part_input {
    struct id id;
    struct str path;
    uint64_t offset;
    bool create_parents;
    struct str bytes;
    struct file_part_commit commit;
};

struct part_query {
    struct str path;
    struct schema_int offset;
    struct schema_bool create_parents;
};

#define PATH_FIELD(type)                                                                           \
    {                                                                                              \
        .name = "path", .kind = SCHEMA_STRING, .offset = offsetof(struct type, path),              \
        .is_required = true, .help = "Absolute path of the file it will be"                        \
    }

static const struct schema_field write_fields[] = {
    PATH_FIELD(part_query),
    {.name = "offset",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct part_query, offset),
     .is_required = true,
     .has_min = true,
     .min = 0,
     .help = "Where the bytes belong; at most what has arrived so far"},
    {.name = "create_parents",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct part_query, create_parents),
     .default_json = "false",
     .help = "Make missing directories above it"},
};
static SCHEMA_DEFINE(write_schema, "WritePartQuery", write_fields, false);

static const struct schema_field path_fields[] = {PATH_FIELD(part_query)};
static SCHEMA_DEFINE(path_schema, "PartQuery", path_fields, false);

static void print_part(const struct part_input *input, const char *path, uint64_t size,
                       struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "upload_id", id_hex(input->id).text);
    jsonw_cstr(&w, "path", path);
    jsonw_uint(&w, "size", size);
    jsonw_end(&w);
}

/* --- one part --- */

static bool run_write(struct file_job *job, struct error *error)
{
    const struct part_input *input = job->input;
    scoped_free char *path = NULL;
    uint64_t size;
    if (!path_check(input->path, &path, error))
        return false;
    const struct file_part part = {.path = path, .id = input->id};
    if (!file_part_write(&part, input->offset, input->bytes, input->create_parents, &size, error))
        return false;
    print_part(input, path, size, &job->body);
    return true;
}

struct receiving {
    struct http_request *request;
    struct part_input input;
    struct buf bytes;
};

static void on_body_data(void *owner, struct str chunk)
{
    struct receiving *self = owner;
    buf_append(&self->bytes, chunk);
    if (!buf_has_overflowed(&self->bytes))
        return;
    buf_fini(&self->bytes);
    reply_detail(self->request, 413, STR("a part may have 8388608 bytes at most"));
}

static void on_body_end(void *owner)
{
    struct receiving *self = owner;
    /* The request's arena takes the bytes over, so that they live as long as the job. */
    self->input.bytes = arena_copy(&self->request->arena, buf_str(&self->bytes));
    buf_fini(&self->bytes);
    file_job_start(self->request, run_write, &self->input, sizeof(self->input));
}

static void on_body_abort(void *owner)
{
    struct receiving *self = owner;
    buf_fini(&self->bytes);
    reply_empty(self->request, error_http_status(ERROR_CANCELLED));
}

static const struct http_body_events body_events = {
    .on_data = on_body_data,
    .on_end = on_body_end,
    .on_abort = on_body_abort,
};

static void put_part(struct http_request *request, void *context)
{
    struct part_query query = {0};
    struct id id;
    if (!route_param_id(request, 0, "upload_id", &id) || !route_decode(request, &query))
        return;
    api_touch(context);
    struct receiving *self = arena_zero(&request->arena, 1, sizeof(*self));
    self->request = request;
    self->input = (struct part_input){
        .id = id,
        .path = query.path,
        .offset = (uint64_t)query.offset.value,
        .create_parents = query.create_parents.value,
    };
    buf_init(&self->bytes, FILE_PART_MAX_BYTES);
    http_request_receive(request, &body_events, self);
}

/* --- how far it is, and giving it up --- */

static bool run_size(struct file_job *job, struct error *error)
{
    const struct part_input *input = job->input;
    scoped_free char *path = NULL;
    uint64_t size;
    if (!path_check(input->path, &path, error))
        return false;
    const struct file_part part = {.path = path, .id = input->id};
    if (!file_part_size(&part, &size, error))
        return false;
    print_part(input, path, size, &job->body);
    return true;
}

static bool run_remove(struct file_job *job, struct error *error)
{
    const struct part_input *input = job->input;
    scoped_free char *path = NULL;
    uint64_t size;
    if (!path_check(input->path, &path, error))
        return false;
    const struct file_part part = {.path = path, .id = input->id};
    if (!file_part_size(&part, &size, error) || !file_part_remove(&part, error))
        return false;
    print_part(input, path, size, &job->body);
    return true;
}

static void start_job(struct http_request *request, file_job_fn run)
{
    struct part_query query = {0};
    struct part_input input = {0};
    if (!route_param_id(request, 0, "upload_id", &input.id) || !route_decode(request, &query))
        return;
    input.path = query.path;
    file_job_start(request, run, &input, sizeof(input));
}

static void get_part(struct http_request *request, void *context)
{
    (void)context; /* looking is no activity */
    start_job(request, run_size);
}

static void delete_part(struct http_request *request, void *context)
{
    api_touch(context);
    start_job(request, run_remove);
}

/* --- the end --- */

struct commit_body {
    struct str path;
    struct schema_int size;
    struct str sha256;
    struct schema_bool fsync;
};

static const struct schema_field commit_fields[] = {
    PATH_FIELD(commit_body),
    {.name = "size",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct commit_body, size),
     .is_required = true,
     .has_min = true,
     .min = 0,
     .help = "Of the whole file; 409 when another number of bytes has arrived"},
    {.name = "sha256",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct commit_body, sha256),
     .is_nullable = true,
     .default_json = "null",
     .help = "Of the whole file, as hex digits; 422 when the content has another one"},
    {.name = "fsync",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct commit_body, fsync),
     .default_json = "false",
     .help = "Answer when content and name are on the disk"},
};
static SCHEMA_DEFINE(commit_schema, "CommitUploadRequest", commit_fields, true);

static void print_committed(const char *path, const struct file_written *written, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "path", path);
    jsonw_uint(&w, "size", written->size);
    jsonw_cstr(&w, "etag", written->etag.text);
    jsonw_bool(&w, "is_new", written->was_created);
    jsonw_cstr(&w, "sha256", written->sha256.text[0] == '\0' ? NULL : written->sha256.text);
    jsonw_end(&w);
}

static bool run_commit(struct file_job *job, struct error *error)
{
    const struct part_input *input = job->input;
    scoped_free char *path = NULL;
    struct file_written written;
    if (!path_check(input->path, &path, error))
        return false;
    const struct file_part part = {.path = path, .id = input->id};
    if (!file_part_commit(&part, &input->commit, &written, error))
        return false;
    print_committed(path, &written, &job->body);
    return true;
}

static void post_commit(struct http_request *request, void *context)
{
    struct commit_body body = {0};
    struct part_input input = {0};
    if (!route_param_id(request, 0, "upload_id", &input.id) || !route_decode(request, &body))
        return;
    api_touch(context);
    input.path = body.path;
    input.commit = (struct file_part_commit){
        .size = (uint64_t)body.size.value,
        .sha256 = body.sha256,
        .syncs = body.fsync.value,
    };
    file_job_start(request, run_commit, &input, sizeof(input));
}

#define PARTS "/api/native/files/parts/{upload_id}"
static const struct route routes[] = {
    {.method = HTTP_METHOD_PUT,
     .pattern = PARTS,
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_STREAM,
     .query = &write_schema,
     .handler = put_part,
     .tag = "Native files",
     .summary = "Put bytes at an offset of an upload; repeating it is harmless"},
    {.method = HTTP_METHOD_GET,
     .pattern = PARTS,
     .auth = ROUTE_AUTH_SESSION,
     .query = &path_schema,
     .handler = get_part,
     .tag = "Native files",
     .summary = "How much of an upload has arrived"},
    {.method = HTTP_METHOD_DELETE,
     .pattern = PARTS,
     .auth = ROUTE_AUTH_SESSION,
     .query = &path_schema,
     .handler = delete_part,
     .tag = "Native files",
     .summary = "Give an upload up"},
    {.method = HTTP_METHOD_POST,
     .pattern = PARTS "/commit",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &commit_schema,
     .handler = post_commit,
     .tag = "Native files",
     .summary = "Turn an upload into the file; repeating it is harmless"},
};
API_ROUTES(native_file_part_routes, routes);
