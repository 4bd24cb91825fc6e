#include "actions/file_upload.h"
#include "actions/path.h"
#include "api/api.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

/*
 * PUT /api/native/files: the body is the file, streamed from the socket to the disk. Whatever is
 * wrong is said as soon as it is known; the rest of the body is then dropped.
 */

struct put_query {
    struct str path;
    struct schema_bool create_parents;
    struct str if_match;
    struct schema_bool only_new;
    struct schema_bool fsync;
    struct schema_bool hash;
    struct str sha256;
};

static bool is_sha256(struct str text)
{
    unsigned char byte;
    if (text.len != FILE_HASH_HEX_LEN)
        return false;
    for (size_t i = 0; i < text.len; i += 2)
        if (!str_hex_byte(text.data + i, &byte))
            return false;
    return true;
}

static const struct schema_field put_fields[] = {
    {.name = "path",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct put_query, path),
     .is_required = true,
     .help = "Absolute path"},
    {.name = "create_parents",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct put_query, create_parents),
     .default_json = "false",
     .help = "Make missing directories above it"},
    {.name = "if_match",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct put_query, if_match),
     .is_nullable = true,
     .help = "Only when the file still has this etag; else 409"},
    {.name = "only_new",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct put_query, only_new),
     .default_json = "false",
     .help = "Only when the file does not exist; else 409"},
    {.name = "fsync",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct put_query, fsync),
     .default_json = "false",
     .help = "Answer when content and name are on the disk"},
    {.name = "hash",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct put_query, hash),
     .default_json = "false",
     .help = "Answer with the SHA-256 of the content"},
    {.name = "sha256",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct put_query, sha256),
     .is_nullable = true,
     .pattern = "^[0-9a-fA-F]{64}$",
     .matches = is_sha256,
     .help = "Only when the content has this SHA-256; else 422 and nothing is written"},
};
static SCHEMA_DEFINE(put_schema, "WriteFileQuery", put_fields, false);

struct put {
    struct http_request *request;
    char *path;
    struct file_upload *upload;
};

static void end_put(struct put *put)
{
    file_upload_close(put->upload);
    put->upload = NULL;
    free(put->path);
    put->path = NULL;
}

static void print_written(const struct put *put, const struct file_written *written,
                          struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "path", put->path);
    jsonw_uint(&w, "size", written->size);
    jsonw_cstr(&w, "etag", written->etag.text);
    jsonw_bool(&w, "is_new", written->was_created);
    jsonw_cstr(&w, "sha256", written->sha256.text[0] == '\0' ? NULL : written->sha256.text);
    jsonw_end(&w);
}

static void on_upload_ready(void *owner)
{
    const struct put *put = owner;
    http_request_resume(put->request);
}

static void on_upload_done(void *owner, const struct file_written *written,
                           const struct error *error)
{
    struct put *put = owner;
    struct http_request *request = put->request;
    struct buf body = {0};
    if (error == NULL) {
        print_written(put, written, &body);
        end_put(put);
        reply_json(request, 200, &body);
    } else {
        const struct error copy = *error;
        end_put(put);
        reply_error(request, &copy);
    }
    buf_fini(&body);
}

static const struct file_upload_events upload_events = {
    .on_ready = on_upload_ready,
    .on_done = on_upload_done,
};

static void on_body_data(void *owner, struct str chunk)
{
    const struct put *put = owner;
    file_upload_add(put->upload, chunk);
    if (file_upload_is_full(put->upload))
        http_request_pause(put->request);
}

static void on_body_end(void *owner)
{
    const struct put *put = owner;
    file_upload_end(put->upload);
}

static void on_body_abort(void *owner)
{
    struct put *put = owner;
    struct http_request *request = put->request;
    end_put(put);
    reply_empty(request, error_http_status(ERROR_CANCELLED));
}

static const struct http_body_events body_events = {
    .on_data = on_body_data,
    .on_end = on_body_end,
    .on_abort = on_body_abort,
};

static void put_file(struct http_request *request, void *context)
{
    struct api *api = context;
    struct put_query query = {0};
    struct error error;
    if (!route_decode(request, &query))
        return;
    api_touch(api);
    struct put *put = arena_zero(&request->arena, 1, sizeof(*put));
    put->request = request;
    if (!path_check(query.path, &put->path, &error)) {
        reply_error(request, &error);
        return;
    }
    const struct file_write_options options = {
        .path = put->path,
        .creates_parents = query.create_parents.value,
        .if_match = query.if_match,
        .refuses_existing = query.only_new.value,
        .syncs = query.fsync.value,
        .hashes = query.hash.value,
        .sha256 = query.sha256,
    };
    put->upload = file_upload_open(api->loop, &options, &upload_events, put);
    http_request_receive(request, &body_events, put);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_PUT,
     .pattern = "/api/native/files",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_STREAM,
     .query = &put_schema,
     .handler = put_file,
     .tag = "Native files",
     .summary = "Write a file atomically; the body is its content"},
};
API_ROUTES(native_file_put_routes, routes);
