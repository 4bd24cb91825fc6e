#include <sys/stat.h>

#include "actions/file_names.h"
#include "actions/path.h"
#include "api/api.h"
#include "api/file_job.h"
#include "api/v0/reply.h"
#include "api/v0/runtime.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

/*
 * POST /list_files (contract v0-action-execution §2.8). Names are sorted as they are shown, the
 * slash of a directory included. Whatever goes wrong with the folder is an empty list.
 */

struct input {
    const char *path;
};

struct shown {
    struct str name; /* of the key's block */
    struct str key;
    bool is_directory;
};

static int compare_shown(const void *a, const void *b)
{
    const struct shown *left = a;
    const struct shown *right = b;
    if (left->is_directory != right->is_directory)
        return left->is_directory ? -1 : 1;
    const int order = str_compare(left->key, right->key);
    return order != 0 ? order : str_compare(left->name, right->name);
}

/* False for a link that leads nowhere. */
static bool show(struct arena *arena, int fd, struct str name, struct shown *ret_shown)
{
    scoped_buf struct buf key = {0};
    struct stat status;
    const struct str copy = arena_copy(arena, name);
    if (fstatat(fd, copy.data, &status, 0) != 0)
        return false;
    const bool is_directory = S_ISDIR(status.st_mode);
    file_names_lower(&key, name);
    if (is_directory)
        buf_append_byte(&key, '/');
    *ret_shown = (struct shown){
        .name = copy, .key = arena_copy(arena, buf_str(&key)), .is_directory = is_directory};
    return true;
}

static void print_names(struct arena *arena, const struct file_names *names, int fd,
                        struct jsonw *w)
{
    scoped_free struct shown *shown = mem_zero(names->count + 1, sizeof(*shown));
    size_t count = 0;
    for (size_t i = 0; i < names->count; i++)
        count += show(arena, fd, file_names_at(names, i), &shown[count]) ? 1 : 0;
    qsort(shown, count, sizeof(*shown), compare_shown);
    for (size_t i = 0; i < count; i++) {
        const struct str name = shown[i].name;
        jsonw_string(w, NULL,
                     shown[i].is_directory ? arena_printf(arena, "%.*s/", STR_ARG(name)) : name);
    }
}

static bool list(struct file_job *job, struct error *error)
{
    const struct input *input = job->input;
    scoped_fd int fd = -1;
    struct file_names names = {0};
    struct arena arena = {0};
    struct jsonw w;
    jsonw_init(&w, &job->body);
    jsonw_array(&w);
    if (path_open_directory(input->path, &fd, error) && file_names_read(&names, fd, NULL, NULL))
        print_names(&arena, &names, fd, &w);
    jsonw_end(&w);
    file_names_fini(&names);
    arena_fini(&arena);
    return true;
}

/* What "path" means: an absolute path, NULL when it can be none. Memory of the request's. */
static const char *folder_of(const struct api *api, struct http_request *request,
                             const struct doc_value *given)
{
    const struct str base = v0_runtime_working_dir(api->v0);
    const bool has_path = given != NULL && doc_kind(given) == DOC_STRING;
    const struct str path = has_path ? doc_string(given) : STR("");
    if (str_has_byte(path, '\0') || path.len > PATH_MAX_BYTES)
        return NULL;
    if (str_starts_with(path, STR("/")))
        return arena_cstr(&request->arena, path);
    return arena_printf(&request->arena, "%.*s/%.*s", STR_ARG(base), STR_ARG(path)).data;
}

static void reply_empty_list(struct http_request *request)
{
    struct buf body = {0};
    buf_append(&body, STR("[]"));
    reply_json(request, 200, &body);
}

static void list_parsed(const struct api *api, struct http_request *request,
                        const struct doc_value *root)
{
    if (doc_kind(root) != DOC_OBJECT) {
        v0_reply_unexpected(request, STR("the body is no JSON object"));
        return;
    }
    const struct doc_value *given = doc_find(root, STR("path"));
    if (given != NULL && doc_kind(given) != DOC_STRING && doc_kind(given) != DOC_NULL) {
        v0_reply_unexpected(request, STR("the path is no text"));
        return;
    }
    const struct input input = {.path = folder_of(api, request, given)};
    if (input.path == NULL)
        reply_empty_list(request);
    else
        file_job_start(request, list, &input, sizeof(input));
}

static void post_list_files(struct http_request *request, void *context)
{
    struct doc_error error;
    struct doc *doc = doc_parse(request->body, &error);
    if (doc == NULL)
        v0_reply_unexpected(request, STR("the body is no JSON"));
    else
        list_parsed(context, request, doc_root(doc));
    doc_free(doc);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/list_files",
     .auth = ROUTE_AUTH_V0,
     .body = ROUTE_BODY_RAW,
     .handler = post_list_files,
     .tag = "V0",
     .summary = "Names in a folder: directories first, each with a slash, then files"},
};
API_ROUTES(v0_list_routes, routes);
