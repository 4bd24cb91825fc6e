#include <errno.h>
#include <unistd.h>

#include "actions/file_lines.h"
#include "actions/file_list.h"
#include "actions/file_stat.h"
#include "actions/path.h"
#include "api/api.h"
#include "api/file_job.h"
#include "api/native/files_print.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/file_reply.h"
#include "server/http/reply.h"
#include "server/loop/work.h"

/* Looking at files: their bytes, lines, status, and the content of directories. */

#define READ_LIMIT_MAX  ((int64_t)8 << 20)
#define READ_STEP       ((size_t)256 << 10)
#define LIST_LIMIT      1000
#define LIST_LIMIT_MAX  10000
#define LINES_LIMIT     1000
#define LINES_LIMIT_MAX 100000

#define PATH_FIELD(type)                                                                           \
    {                                                                                              \
        .name = "path", .kind = SCHEMA_STRING, .offset = offsetof(struct type, path),              \
        .is_required = true, .help = "Absolute path"                                               \
    }

/* --- bytes --- */

struct read_query {
    struct str path;
    struct schema_int from;
    struct schema_int limit;
};

static const struct schema_field read_fields[] = {
    PATH_FIELD(read_query),
    {.name = "from",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct read_query, from),
     .has_min = true,
     .min = 0,
     .is_nullable = true,
     .help = "First byte to return"},
    {.name = "limit",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct read_query, limit),
     .has_min = true,
     .has_max = true,
     .min = 1,
     .max = READ_LIMIT_MAX,
     .is_nullable = true,
     .help = "The most bytes to return; without from and limit the whole file, or a Range of it"},
};
static SCHEMA_DEFINE(read_schema, "ReadFileQuery", read_fields, false);

struct reading {
    struct http_request *request;
    char *path;
    bool is_part;
    uint64_t from;
    size_t limit;
    int fd;
    struct stat status;
    struct buf bytes;
    bool is_ok;
    struct error error;
};

static bool read_part(struct reading *reading)
{
    while (reading->bytes.len < reading->limit) {
        const size_t left = reading->limit - reading->bytes.len;
        char *room = buf_reserve(&reading->bytes, left < READ_STEP ? left : READ_STEP);
        const ssize_t got = pread(reading->fd, room, left < READ_STEP ? left : READ_STEP,
                                  (off_t)(reading->from + reading->bytes.len));
        if (got < 0)
            return path_error(&reading->error, errno, reading->path);
        if (got == 0)
            break;
        reading->bytes.len += (size_t)got;
    }
    return true;
}

static void open_file(void *owner)
{
    struct reading *reading = owner;
    reading->is_ok = path_open_file(reading->path, &reading->fd, &reading->status, &reading->error);
    if (!reading->is_ok || !reading->is_part)
        return;
    reading->is_ok = read_part(reading);
    fd_close(&reading->fd);
}

static void reply_part(struct reading *reading, const struct file_status *status)
{
    struct http_request *request = reading->request;
    struct arena *arena = &request->arena;
    reply_header(request, "etag", arena_printf(arena, "\"%s\"", status->etag.text));
    reply_header(request, "x-file-size",
                 arena_printf(arena, "%llu", (unsigned long long)status->size));
    reply_text(request, 200, "application/octet-stream", buf_str(&reading->bytes));
}

static void on_opened(void *owner, bool is_cancelled)
{
    struct reading *reading = owner;
    struct http_request *request = reading->request;
    struct buf bytes = reading->bytes; /* the request takes its memory with it */
    free(reading->path);
    if (is_cancelled)
        (void)error_set(&reading->error, ERROR_UNAVAILABLE, "the server is stopping");
    const struct file_status status = file_status_from(&reading->status);
    if (!reading->is_ok)
        reply_error(request, &reading->error);
    else if (reading->is_part)
        reply_part(reading, &status);
    else
        reply_file(request, &(struct file_reply_options){
                                .fd = reading->fd,
                                .size = status.size,
                                .modified_us = status.modified_us,
                                .etag = str_from(status.etag.text),
                                .content_type = "application/octet-stream",
                                .is_conditional = true,
                            });
    buf_fini(&bytes);
}

static void get_bytes(struct http_request *request, void *context)
{
    struct read_query query = {.limit = {.value = READ_LIMIT_MAX}};
    if (!route_decode(request, &query))
        return;
    api_touch(context);
    struct reading *reading = arena_zero(&request->arena, 1, sizeof(*reading));
    reading->request = request;
    reading->is_part = query.from.is_set || query.limit.is_set;
    reading->from = (uint64_t)query.from.value;
    reading->limit = (size_t)query.limit.value;
    if (!path_check(query.path, &reading->path, &reading->error)) {
        reply_error(request, &reading->error);
        return;
    }
    (void)work_start(http_request_loop(request), open_file, on_opened, reading); /* not cancelled */
}

/* --- lines --- */

struct lines_query {
    struct str path;
    struct schema_int from;
    struct schema_int limit;
};

static const struct schema_field lines_fields[] = {
    PATH_FIELD(lines_query),
    {.name = "from",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct lines_query, from),
     .has_min = true,
     .min = 1,
     .default_json = "1",
     .help = "First line, counted from 1"},
    {.name = "limit",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct lines_query, limit),
     .has_min = true,
     .has_max = true,
     .min = 1,
     .max = LINES_LIMIT_MAX,
     .default_json = "1000",
     .help = "The most lines to return; also at most 1 MiB"},
};
static SCHEMA_DEFINE(lines_schema, "ReadLinesQuery", lines_fields, false);

static void print_lines(const struct file_lines *lines, const struct lines_query *query,
                        const char *path, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "path", path);
    jsonw_int(&w, "from", query->from.value);
    jsonw_uint(&w, "count", lines->count);
    jsonw_string(&w, "text", buf_str(&lines->text));
    if (lines->next == 0)
        jsonw_null(&w, "next");
    else
        jsonw_uint(&w, "next", lines->next);
    jsonw_bool(&w, "is_cut", lines->is_cut);
    jsonw_uint(&w, "size", lines->status.size);
    jsonw_cstr(&w, "etag", lines->status.etag.text);
    jsonw_end(&w);
}

static bool run_lines(struct file_job *job, struct error *error)
{
    const struct lines_query *query = job->input;
    scoped_free char *path = NULL;
    struct file_lines lines;
    if (!path_check(query->path, &path, error))
        return false;
    const struct file_lines_options options = {
        .path = path,
        .from = (uint64_t)query->from.value,
        .limit = (uint64_t)query->limit.value,
    };
    if (!file_lines(&options, &lines, error))
        return false;
    print_lines(&lines, query, path, &job->body);
    file_lines_fini(&lines);
    return true;
}

static void get_lines(struct http_request *request, void *context)
{
    struct lines_query query = {.from = {.value = 1}, .limit = {.value = LINES_LIMIT}};
    if (!route_decode(request, &query))
        return;
    api_touch(context);
    file_job_start(request, run_lines, &query, sizeof(query));
}

/* --- status --- */

struct stat_query {
    struct str path;
    struct schema_bool follow;
};

static const struct schema_field stat_fields[] = {
    PATH_FIELD(stat_query),
    {.name = "follow",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct stat_query, follow),
     .default_json = "true",
     .help = "Describe what a link leads to, not the link"},
};
static SCHEMA_DEFINE(stat_schema, "StatFileQuery", stat_fields, false);

static bool run_stat(struct file_job *job, struct error *error)
{
    const struct stat_query *query = job->input;
    scoped_free char *path = NULL;
    scoped_free char *target = NULL;
    struct file_status status;
    if (!path_check(query->path, &path, error) ||
        !file_stat(path, query->follow.value, &status, &target, error))
        return false;
    struct jsonw w;
    jsonw_init(&w, &job->body);
    jsonw_object(&w);
    jsonw_cstr(&w, "path", path);
    files_print_status(&status, &w);
    jsonw_cstr(&w, "target", target);
    jsonw_end(&w);
    return true;
}

static void get_stat(struct http_request *request, void *context)
{
    (void)context; /* looking is no activity */
    struct stat_query query = {.follow = {.value = true}};
    if (route_decode(request, &query))
        file_job_start(request, run_stat, &query, sizeof(query));
}

/* --- directories --- */

struct list_query {
    struct str path;
    struct str page_id;
    struct schema_int limit;
    struct str sort;
    struct schema_bool include_hidden;
    struct schema_bool only_directories;
};

static const char *const sort_names[] = {"name", "name_nocase", "time", "size", NULL};

static const struct schema_field list_fields[] = {
    PATH_FIELD(list_query),
    {.name = "page_id",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct list_query, page_id),
     .is_nullable = true,
     .help = "next_page_id of the page before"},
    {.name = "limit",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct list_query, limit),
     .has_min = true,
     .has_max = true,
     .min = 1,
     .max = LIST_LIMIT_MAX,
     .default_json = "1000",
     .help = "The most entries to return"},
    {.name = "sort",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct list_query, sort),
     .choices = sort_names,
     .default_json = "\"name\"",
     .help = "time: newest first; size: largest first"},
    {.name = "include_hidden",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct list_query, include_hidden),
     .default_json = "false",
     .help = "Names with a leading dot, too"},
    {.name = "only_directories",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct list_query, only_directories),
     .default_json = "false"},
};
static SCHEMA_DEFINE(list_schema, "ListFilesQuery", list_fields, false);

static enum file_list_order order_of(struct str sort)
{
    static const enum file_list_order orders[] = {FILE_LIST_BY_NAME, FILE_LIST_BY_NAME_NOCASE,
                                                  FILE_LIST_BY_TIME, FILE_LIST_BY_SIZE};
    for (size_t i = 0; sort_names[i] != NULL; i++)
        if (str_equal(sort, str_from(sort_names[i])))
            return orders[i];
    return FILE_LIST_BY_NAME;
}

static void print_entry(const struct file_list_entry *entry, const char *directory, struct jsonw *w)
{
    scoped_free char *path = path_join(directory, entry->name);
    jsonw_object(w);
    jsonw_string(w, "name", entry->name);
    jsonw_cstr(w, "path", path);
    files_print_status(&entry->status, w);
    jsonw_end(w);
}

static void print_list(const struct file_list *list, const char *path, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "path", path);
    jsonw_array_in(&w, "items");
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].has_status) /* else it is gone */
            print_entry(&list->entries[i], path, &w);
    jsonw_end(&w);
    jsonw_string_or_null(&w, "next_page_id", list->next);
    jsonw_uint(&w, "total", list->total);
    jsonw_bool(&w, "is_truncated", list->is_truncated);
    jsonw_end(&w);
}

static bool run_list(struct file_job *job, struct error *error)
{
    const struct list_query *query = job->input;
    scoped_free char *path = NULL;
    struct file_list list;
    if (!path_check(query->path, &path, error))
        return false;
    const struct file_list_options options = {
        .path = path,
        .page = query->page_id,
        .limit = (size_t)query->limit.value,
        .order = order_of(query->sort),
        .includes_hidden = query->include_hidden.value,
        .only_directories = query->only_directories.value,
        .wants_status = true,
    };
    if (!file_list(&options, &list, error))
        return false;
    print_list(&list, path, &job->body);
    file_list_fini(&list);
    return true;
}

static void get_list(struct http_request *request, void *context)
{
    (void)context; /* looking is no activity */
    struct list_query query = {.limit = {.value = LIST_LIMIT}};
    if (route_decode(request, &query))
        file_job_start(request, run_list, &query, sizeof(query));
}

#define ROUTE(verb, path_pattern, schema, function, text)                                          \
    {                                                                                              \
        .method = (verb), .pattern = (path_pattern), .auth = ROUTE_AUTH_SESSION,                   \
        .query = (schema), .handler = (function), .tag = "Native files", .summary = (text)         \
    }
static const struct route routes[] = {
    ROUTE(HTTP_METHOD_GET, "/api/native/files", &read_schema, get_bytes,
          "The bytes of a file, with ranges and conditions"),
    ROUTE(HTTP_METHOD_HEAD, "/api/native/files", &read_schema, get_bytes,
          "Size, time and tag of a file as headers"),
    ROUTE(HTTP_METHOD_GET, "/api/native/files/lines", &lines_schema, get_lines,
          "Lines of a text file"),
    ROUTE(HTTP_METHOD_GET, "/api/native/files/stat", &stat_schema, get_stat,
          "What is known about a file"),
    ROUTE(HTTP_METHOD_GET, "/api/native/files/list", &list_schema, get_list,
          "The content of a directory, in pages"),
};
API_ROUTES(native_file_routes, routes);
