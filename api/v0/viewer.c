#include "api/v0/viewer.h"

#include <errno.h>
#include <sys/stat.h>

#include "actions/path.h"
#include "api/pages.h"
#include "api/v0/reply.h"
#include "server/base/base64.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/id.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/http/router.h"
#include "server/http/server.h"
#include "server/loop/loop.h"
#include "server/loop/work.h"

/*
 * A file is read by a worker job and put into its page there: base64 of a few megabytes would hold
 * the loop. Paths and texts are escaped for HTML wherever they are shown.
 */

#define HTML_TYPE "text/html; charset=utf-8"

struct v0_viewer {
    struct http_server *server;
    struct router *router;
    uint16_t port;
};

struct view {
    struct http_request *request;
    struct str given;
    char *path;
    int status;
    const char *heading; /* of a page that says what is wrong */
    struct buf reason;   /* the same, more of it; may be empty */
    struct buf page;
};

static const struct kind {
    const char *extension;
    const char *type;
    bool is_pdf;
} kinds[] = {
    {".pdf", "application/pdf", true}, {".png", "image/png", false}, {".jpg", "image/jpeg", false},
    {".jpeg", "image/jpeg", false},    {".gif", "image/gif", false},
};

static void escape(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.data[i]) {
        case '&':
            buf_append(out, STR("&amp;"));
            break;
        case '<':
            buf_append(out, STR("&lt;"));
            break;
        case '>':
            buf_append(out, STR("&gt;"));
            break;
        case '"':
            buf_append(out, STR("&quot;"));
            break;
        default:
            buf_append_byte(out, text.data[i]);
        }
    }
}

/* From the last dot of the name on, in lower case; "" when it has none. */
static void print_extension(struct str name, struct buf *out)
{
    const size_t dot = str_find_last_byte(name, '.');
    if (dot == SIZE_MAX || dot == 0)
        return;
    for (size_t i = dot; i < name.len; i++) {
        const char byte = name.data[i];
        buf_append_byte(out, byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte);
    }
}

static const struct kind *find_kind(struct view *view)
{
    scoped_buf struct buf extension = {0};
    print_extension(path_name(view->path), &extension);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (str_equal(buf_str(&extension), str_from(kinds[i].extension)))
            return &kinds[i];
    }
    buf_printf(&view->reason,
               "Unsupported file extension: %.*s. Supported extensions are: .pdf, .png, .jpg, "
               ".jpeg, .gif",
               STR_ARG(buf_str(&extension)));
    return NULL;
}

static void refuse(struct view *view, int status, const char *heading)
{
    view->status = status;
    view->heading = heading;
}

static bool read_whole(int fd, uint64_t size, struct buf *out)
{
    buf_init(out, V0_VIEWER_MAX_BYTES + 1);
    while (out->len < size) {
        char *room = buf_reserve(out, (size_t)size - out->len);
        const ssize_t got = room == NULL ? -1 : read(fd, room, (size_t)size - out->len);
        if (got <= 0)
            return got == 0;
        out->len += (size_t)got;
    }
    return true;
}

/* The template with its {{names}} filled in. */
static void fill_page(struct buf *out, struct str page, struct str name, const char *type,
                      struct str bytes)
{
    for (;;) {
        const size_t mark = str_find(page, STR("{{"));
        buf_append(out, str_slice(page, 0, mark));
        if (mark == SIZE_MAX)
            return;
        page = str_skip(page, mark);
        if (str_starts_with(page, STR("{{name}}")))
            escape(out, name);
        else if (str_starts_with(page, STR("{{type}}")))
            buf_append(out, str_from(type));
        else
            base64_encode(out, bytes);
        page = str_skip(page, str_find(page, STR("}}")) + 2);
    }
}

static bool read_page(struct view *view, const struct kind *kind, struct error *error)
{
    scoped_fd int fd = -1;
    scoped_buf struct buf bytes = {0};
    struct stat status;
    if (!path_open_file(view->path, &fd, &status, error))
        return false;
    if ((uint64_t)status.st_size > V0_VIEWER_MAX_BYTES)
        return error_set(error, ERROR_TOO_LARGE, "the file is larger than %llu bytes",
                         (unsigned long long)V0_VIEWER_MAX_BYTES);
    if (!read_whole(fd, (uint64_t)status.st_size, &bytes))
        return path_error(error, EIO, view->path);
    const struct str page = kind->is_pdf
                                ? str_span((const char *)viewer_pdf_page, viewer_pdf_page_len)
                                : str_span((const char *)viewer_image_page, viewer_image_page_len);
    fill_page(&view->page, page, path_name(view->path), kind->type, buf_str(&bytes));
    return true;
}

static void run_view(void *owner)
{
    struct view *view = owner;
    struct stat status;
    struct error error;
    if (stat(view->path, &status) != 0) {
        refuse(view, 404, "Error: File not found");
        return;
    }
    if (S_ISDIR(status.st_mode)) {
        refuse(view, 400, "Error: Path is a directory");
        return;
    }
    const struct kind *kind = find_kind(view);
    if (kind != NULL && read_page(view, kind, &error))
        return;
    if (kind != NULL)
        buf_append(&view->reason, str_from(error.text));
    refuse(view, 500, "Error viewing file");
}

static void reply_refusal(struct view *view)
{
    scoped_buf struct buf page = {0};
    buf_printf(&page, "<h1>%s</h1><p>", view->heading);
    escape(&page, view->given);
    buf_append(&page, STR("</p>"));
    if (view->status == 500) {
        buf_append(&page, STR("<p>"));
        escape(&page, buf_str(&view->reason));
        buf_append(&page, STR("</p>"));
    }
    reply_text(view->request, view->status, HTML_TYPE, buf_str(&page));
}

static void on_viewed(void *owner, bool is_cancelled)
{
    struct view *view = owner;
    if (is_cancelled)
        refuse(view, 503, "The server is stopping");
    if (view->heading != NULL)
        reply_refusal(view);
    else
        reply_text(view->request, 200, HTML_TYPE, buf_str(&view->page));
    buf_fini(&view->reason);
    buf_fini(&view->page);
    free(view->path);
    free(view);
}

static bool is_local(struct str peer)
{
    return str_equal(peer, STR("127.0.0.1")) || str_equal(peer, STR("::1")) ||
           str_starts_with(peer, STR("127.0.0.1:"));
}

struct view_query {
    struct str path;
};

static const struct schema_field query_fields[] = {
    {.name = "path",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct view_query, path),
     .is_required = true},
};
static SCHEMA_DEFINE(query_schema, "ViewQuery", query_fields, false);

static void get_view(struct http_request *request, void *context)
{
    (void)context; /* there is none */
    struct view_query query = {0};
    if (!route_decode(request, &query))
        return;
    if (!is_local(http_request_peer(request))) {
        reply_text(request, 403, HTML_TYPE,
                   STR("<h1>Access Denied</h1><p>This endpoint is only accessible from "
                       "localhost</p>"));
        return;
    }
    struct view *view = mem_zero(1, sizeof(*view));
    struct error error;
    view->request = request;
    view->given = query.path;
    if (path_check(query.path, &view->path, &error)) {
        (void)work_start(http_request_loop(request), run_view, on_viewed, view); /* to its end */
        return;
    }
    if (error.sys_errno == 0)
        refuse(view, 400, "Error: Path must be absolute");
    else
        refuse(view, 404, "Error: File not found");
    on_viewed(view, false);
}

static void get_root(struct http_request *request, void *context)
{
    (void)context; /* there is none */
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_cstr(&w, "status", "File viewer server is running");
    jsonw_end(&w);
    reply_json(request, 200, &body);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET, .pattern = "/", .handler = get_root},
    {.method = HTTP_METHOD_GET, .pattern = "/view", .query = &query_schema, .handler = get_view},
};
static const struct route_table table = {.routes = routes, .count = ARRAY_SIZE(routes)};

static bool listen_above(struct v0_viewer *viewer, uint16_t server_port, struct error *error)
{
    for (int i = 0; i < V0_VIEWER_TRIES; i++) {
        const unsigned first = (unsigned)server_port + 1;
        const unsigned last = first + V0_VIEWER_PORTS - 1;
        const unsigned count = (last < UINT16_MAX ? last : UINT16_MAX) - first + 1;
        uint32_t number;
        id_random_bytes(&number, sizeof(number));
        /* Above the highest port there is none: any will do. */
        const unsigned port = server_port == UINT16_MAX ? 0 : first + number % count;
        if (http_server_listen(viewer->server, "127.0.0.1", (uint16_t)port, &viewer->port, error))
            return true;
    }
    return false;
}

/* Connections that are being cut may look at the routes until the loop is closed. */
static void free_viewer(void *owner)
{
    struct v0_viewer *viewer = owner;
    router_free(viewer->router);
    free(viewer);
}

struct v0_viewer *v0_viewer_open(struct loop *loop, uint16_t server_port)
{
    struct v0_viewer *viewer = mem_zero(1, sizeof(*viewer));
    struct error error;
    viewer->router = router_new(&table, 1);
    loop_on_close(loop, free_viewer, viewer);
    const struct http_server_options options = {.router = viewer->router, .root_path = STR("")};
    if (http_server_open(loop, &options, &viewer->server, &error) &&
        listen_above(viewer, server_port, &error)) {
        log_info("v0.viewer", "port=%u", (unsigned)viewer->port);
        return viewer;
    }
    log_warn("v0.viewer_unavailable", "reason=\"%s\"", error.text);
    v0_viewer_close(viewer);
    return NULL;
}

uint16_t v0_viewer_port(const struct v0_viewer *viewer)
{
    return viewer->port;
}

void v0_viewer_close(struct v0_viewer *viewer)
{
    if (viewer != NULL && viewer->server != NULL)
        http_server_close(viewer->server);
}
