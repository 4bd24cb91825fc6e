#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#include "actions/file_directory.h"
#include "actions/file_list.h"
#include "actions/path.h"
#include "api/api.h"
#include "server/auth/child_env.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/http/file_reply.h"
#include "server/http/reply.h"
#include "server/loop/work.h"

/*
 * Download, directories and the two listings of contract v1-server §6. Each request becomes one
 * worker job, which lives in the request's arena and is answered when it is done.
 */

#define FAVORITES_MAX 50
#define SUBDIRS_MAX   100

struct file_query {
    struct str path;
    struct str page_id;
    struct schema_int limit;
    struct schema_bool include_hidden;
};

struct file_job {
    struct http_request *request;
    bool (*run)(struct file_job *job); /* on a worker; false: error is set */
    void (*reply)(struct file_job *job);
    void (*reply_failure)(struct http_request *request, const struct error *error);
    char *path;
    struct file_query query;
    bool is_ok;
    struct error error;
    struct buf body;
    int fd;
    struct stat status;
};

static void run_job(void *owner)
{
    struct file_job *job = owner;
    job->is_ok = job->run(job);
}

static void on_job_done(void *owner, bool is_cancelled)
{
    struct file_job *job = owner;
    if (is_cancelled)
        (void)error_set(&job->error, ERROR_UNAVAILABLE, "The server is busy or stopping");
    free(job->path);
    if (job->is_ok)
        job->reply(job);
    else
        job->reply_failure(job->request, &job->error);
}

static void start_job(const struct file_job *template)
{
    struct file_job *job = arena_zero(&template->request->arena, 1, sizeof(*job));
    *job = *template;
    job->fd = -1;
    if (job->path == NULL && !path_check(job->query.path, &job->path, &job->error)) {
        if (job->error.sys_errno == 0)
            reply_error(job->request, &job->error);
        else
            job->reply_failure(job->request, &job->error);
        return;
    }
    (void)work_start(http_request_loop(job->request), run_job, on_job_done, job);
}

static void reply_prefixed(struct http_request *request, int status, const char *prefix,
                           const struct error *error)
{
    reply_detail(request, status, arena_printf(&request->arena, "%s: %s", prefix, error->text));
}

/* --- download --- */

static bool run_download(struct file_job *job)
{
    return path_open_file(job->path, &job->fd, &job->status, &job->error);
}

static void reply_download(struct file_job *job)
{
    struct http_request *request = job->request;
    const struct file_etag etag = file_status_etag(&job->status);
    const char *path = arena_cstr(&request->arena, job->query.path);
    struct str name = str_from(path);
    while (name.len > 1 && str_ends_with(name, STR("/")))
        name.len--;
    const size_t slash = str_find_last_byte(name, '/');
    reply_file(request, &(struct file_reply_options){
                            .fd = job->fd,
                            .size = (uint64_t)job->status.st_size,
                            .modified_us = (int64_t)job->status.st_mtim.tv_sec * 1000000 +
                                           job->status.st_mtim.tv_nsec / 1000,
                            .content_type = "application/octet-stream",
                            .etag = str_from(etag.text),
                            .filename = str_skip(name, slash + 1),
                        });
}

static void fail_download(struct http_request *request, const struct error *error)
{
    if (path_errno_is_absent(error->sys_errno))
        reply_detail(request, 404, STR("File not found"));
    else if (error->sys_errno == EISDIR || error->sys_errno == EINVAL)
        reply_detail(request, 400, STR("Path is not a file"));
    else
        reply_prefixed(request, 500, "Failed to download file", error);
}

static void download(struct http_request *request, struct str path)
{
    if (str_has_byte(path, '\0') && str_starts_with(path, STR("/"))) {
        reply_detail(request, 404, STR("File not found"));
        return;
    }
    start_job(&(struct file_job){.request = request,
                                 .run = run_download,
                                 .reply = reply_download,
                                 .reply_failure = fail_download,
                                 .query = {.path = path}});
}

static void get_download(struct http_request *request, void *context)
{
    struct file_query query = {0};
    if (!route_decode(request, &query))
        return;
    api_touch(context);
    download(request, query.path);
}

static void get_download_path(struct http_request *request, void *context)
{
    api_touch(context);
    download(request, request->params[0]);
}

/* --- directories --- */

static void reply_success(struct file_job *job)
{
    struct buf body = {0};
    buf_append(&body, STR("{\"success\":true}"));
    reply_json(job->request, 200, &body);
}

static bool run_create(struct file_job *job)
{
    return file_make_directories(job->path, &job->error);
}

static void fail_create(struct http_request *request, const struct error *error)
{
    if (error->sys_errno == EEXIST || error->sys_errno == ENOTDIR)
        reply_detail(request, 400, STR("Path exists and is not a directory"));
    else if (error->sys_errno == EACCES || error->sys_errno == EPERM)
        reply_prefixed(request, 403, "Permission denied", error);
    else
        reply_prefixed(request, error->code == ERROR_NO_SPACE ? 507 : 500,
                       "Failed to create directory", error);
}

static void post_create_directory(struct http_request *request, void *context)
{
    struct file_query query = {0};
    if (!route_decode(request, &query))
        return;
    api_touch(context);
    start_job(&(struct file_job){.request = request,
                                 .run = run_create,
                                 .reply = reply_success,
                                 .reply_failure = fail_create,
                                 .query = query});
}

/* --- listings --- */

static void print_directories(struct jsonw *w, const char *list_name, const char *label,
                              const struct file_list *list, const char *parent)
{
    jsonw_array_in(w, list_name);
    for (size_t i = 0; i < list->count; i++) {
        scoped_free char *path = path_join(parent, list->entries[i].name);
        jsonw_object(w);
        jsonw_string(w, label, list->entries[i].name);
        jsonw_cstr(w, "path", path);
        jsonw_end(w);
    }
    jsonw_end(w);
}

static struct file_list_options directories_of(const struct file_job *job, size_t limit)
{
    return (struct file_list_options){
        .path = job->path,
        .page = job->query.page_id,
        .limit = limit,
        .order = FILE_LIST_BY_NAME_NOCASE,
        .includes_hidden = job->query.include_hidden.value,
        .only_directories = true,
    };
}

static bool run_subdirs(struct file_job *job)
{
    struct file_list list = {0};
    const struct file_list_options options = directories_of(job, (size_t)job->query.limit.value);
    struct stat status;
    if (!file_list(&options, &list, &job->error)) {
        /* A file, or below a file: only the second one is not there. */
        if (job->error.sys_errno == ENOTDIR && !path_stat(job->path, &status, NULL))
            job->error.sys_errno = ENOENT;
        return false;
    }
    struct jsonw w;
    jsonw_init(&w, &job->body);
    jsonw_object(&w);
    print_directories(&w, "items", "name", &list, job->path);
    jsonw_string_or_null(&w, "next_page_id", str_is_empty(list.next) ? STR_NULL : list.next);
    jsonw_end(&w);
    file_list_fini(&list);
    return true;
}

static void reply_body(struct file_job *job)
{
    reply_json(job->request, 200, &job->body);
}

static void fail_subdirs(struct http_request *request, const struct error *error)
{
    if (error->sys_errno == ENOTDIR)
        reply_detail(request, 400, STR("Path is not a directory"));
    else if (path_errno_is_absent(error->sys_errno) || error->sys_errno == EINVAL)
        reply_detail(request, 404, STR("Directory not found"));
    else if (error->sys_errno == EACCES || error->sys_errno == EPERM)
        reply_prefixed(request, 403, "Permission denied", error);
    else
        reply_prefixed(request, 500, "Failed to list directory", error);
}

static void get_search_subdirs(struct http_request *request, void *context)
{
    (void)context; /* listing is no activity */
    struct file_query query = {.limit = {.value = SUBDIRS_MAX}};
    if (!route_decode(request, &query))
        return;
    start_job(&(struct file_job){.request = request,
                                 .run = run_subdirs,
                                 .reply = reply_body,
                                 .reply_failure = fail_subdirs,
                                 .query = query});
}

/* A home that cannot be read has no favourites. */
static bool run_home(struct file_job *job)
{
    struct file_list list = {0};
    const struct file_list_options options = directories_of(job, FAVORITES_MAX);
    if (!file_list(&options, &list, NULL))
        list = (struct file_list){0};
    struct jsonw w;
    jsonw_init(&w, &job->body);
    jsonw_object(&w);
    jsonw_cstr(&w, "home", job->path);
    print_directories(&w, "favorites", "label", &list, job->path);
    jsonw_raw(&w, "locations", STR("[{\"label\":\"/\",\"path\":\"/\"}]"));
    jsonw_end(&w);
    file_list_fini(&list);
    return true;
}

/* As a shell finds it: the variable, else the user's entry. */
static char *find_home(void)
{
    const char *home = getenv("HOME");
    if (home != NULL && home[0] == '/')
        return mem_strdup(home);
    const struct passwd *user = getpwuid(getuid());
    return mem_strdup(user == NULL ? "/" : user->pw_dir);
}

static void get_home(struct http_request *request, void *context)
{
    (void)context; /* listing is no activity */
    struct file_query query = {0};
    if (!route_decode(request, &query))
        return;
    start_job(&(struct file_job){.request = request,
                                 .run = run_home,
                                 .reply = reply_body,
                                 .reply_failure = reply_error,
                                 .path = find_home(),
                                 .query = query});
}

/* --- tables --- */

#define PATH_FIELD(text)                                                                           \
    {                                                                                              \
        .name = "path", .kind = SCHEMA_STRING, .offset = offsetof(struct file_query, path),        \
        .is_required = true, .help = (text)                                                        \
    }
#define HIDDEN_FIELD                                                                               \
    {                                                                                              \
        .name = "include_hidden", .kind = SCHEMA_BOOL,                                             \
        .offset = offsetof(struct file_query, include_hidden), .default_json = "false",            \
        .help = "Names with a leading dot, too"                                                    \
    }

static const struct schema_field path_fields[] = {PATH_FIELD("An absolute path")};
static SCHEMA_DEFINE(path_schema, "FilePathQuery", path_fields, false);

static const struct schema_field home_fields[] = {HIDDEN_FIELD};
static SCHEMA_DEFINE(home_schema, "HomeQuery", home_fields, false);

static const struct schema_field subdirs_fields[] = {
    PATH_FIELD("The directory to list"),
    {.name = "page_id",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct file_query, page_id),
     .is_nullable = true,
     .help = "next_page_id of the page before"},
    {.name = "limit",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct file_query, limit),
     .has_min = true,
     .has_max = true,
     .min_is_exclusive = true,
     .min = 0,
     .max = SUBDIRS_MAX,
     .default_json = "100",
     .help = "The most directories to return"},
    HIDDEN_FIELD,
};
static SCHEMA_DEFINE(subdirs_schema, "SubdirsQuery", subdirs_fields, false);

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/file/download",
     .auth = ROUTE_AUTH_SESSION,
     .query = &path_schema,
     .handler = get_download,
     .tag = "Files",
     .summary = "Download one file, whole or in ranges"},
    {.method = HTTP_METHOD_HEAD,
     .pattern = "/api/file/download",
     .auth = ROUTE_AUTH_SESSION,
     .query = &path_schema,
     .handler = get_download,
     .tag = "Files",
     .summary = "Size, date and entity tag of one file"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/file/download/{path:path}",
     .auth = ROUTE_AUTH_SESSION,
     .handler = get_download_path,
     .is_hidden = true,
     .tag = "Files",
     .summary = "The form of clients 1.10 to 1.13"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/file/create_directory",
     .auth = ROUTE_AUTH_SESSION,
     .query = &path_schema,
     .handler = post_create_directory,
     .tag = "Files",
     .summary = "Make a directory and its parents"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/file/home",
     .auth = ROUTE_AUTH_SESSION,
     .query = &home_schema,
     .handler = get_home,
     .tag = "Files",
     .summary = "The home directory and the directories in it"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/file/search_subdirs",
     .auth = ROUTE_AUTH_SESSION,
     .query = &subdirs_schema,
     .handler = get_search_subdirs,
     .tag = "Files",
     .summary = "The directories in a directory, a page at a time"},
};
API_ROUTES(v1_file_routes, routes);
