#include "actions/archive_flow.h"
#include "actions/path.h"
#include "actions/zip_tree.h"
#include "api/api.h"
#include "api/archive_reply.h"
#include "api/v0/reply.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/schema.h"
#include "server/http/file_reply.h"
#include "server/http/reply.h"

/* GET /download_files (contract v0-action-execution §2.7). The statuses that were meant are in the
 * texts; what is sent is 500. */

struct input {
    char *path;
    char *name; /* of the archive */
    int64_t size;
};

static void free_input(void *owner)
{
    struct input *input = owner;
    free(input->path);
    free(input->name);
    free(input);
}

static bool write_bytes(void *owner, struct str bytes)
{
    return archive_flow_write(owner, bytes);
}

static bool produce(void *owner, struct archive_flow *flow, struct error *error)
{
    struct input *input = owner;
    struct zip_tree *tree;
    if (!zip_tree_open(input->path, &tree, error))
        return path_errno_is_absent(error->sys_errno)
                   ? error_set(error, ERROR_NOT_FOUND, "404: File not found")
                   : false;
    input->size = (int64_t)zip_tree_size(tree);
    const bool is_written = zip_tree_write(tree, write_bytes, flow, error);
    zip_tree_free(tree);
    return is_written;
}

static const char *send_head(void *owner, struct http_request *request)
{
    const struct input *input = owner;
    scoped_buf struct buf disposition = {0};
    file_disposition(&disposition, str_from(input->name));
    reply_header(request, "content-disposition", buf_str(&disposition));
    return "application/zip";
}

/* What follows the last slash, be it nothing. */
static char *archive_name(struct str path)
{
    scoped_buf struct buf name = {0};
    buf_append(&name, str_skip(path, str_find_last_byte(path, '/') + 1));
    buf_append(&name, STR(".zip"));
    return mem_strdup(name.data);
}

static void refuse_path(struct http_request *request, const struct error *error)
{
    if (error->sys_errno == 0)
        v0_reply_detail(request, 500, STR("400: Path must be an absolute path"));
    else
        v0_reply_detail(request, 500, STR("404: File not found"));
}

static void get_download(struct http_request *request, void *context)
{
    struct api *api = context;
    const struct str given = http_request_query(request, "path");
    struct error error;
    if (!str_is_set(given)) {
        scoped_buf struct buf items = {0};
        struct issues issues;
        issues_init(&issues, &items);
        issues_add(&issues, "missing", "query", "path", "Field required", STR_NULL, STR_NULL);
        v0_reply_issues(request, buf_str(&items));
        return;
    }
    struct input *input = mem_zero(1, sizeof(*input));
    if (!path_check(given, &input->path, &error)) {
        free_input(input);
        refuse_path(request, &error);
        return;
    }
    input->name = archive_name(given);
    archive_reply(api, request,
                  &(struct archive_reply_options){.produce = produce,
                                                  .on_head = send_head,
                                                  .content_length = &input->size,
                                                  .reply_failure = v0_reply_error,
                                                  .on_free = free_input,
                                                  .input = input});
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/download_files",
     .auth = ROUTE_AUTH_V0,
     .handler = get_download,
     .tag = "V0",
     .summary = "The files below a folder as a ZIP without compression"},
};
API_ROUTES(v0_download_routes, routes);
