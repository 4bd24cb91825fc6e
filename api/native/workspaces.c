#include "actions/workspace.h"
#include "api/api.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/config/config.h"
#include "server/http/reply.h"

/* The directories conversations work in: prepared, listed, looked up. */

#define LIST_LIMIT     100
#define LIST_LIMIT_MAX 1000

struct prepare_body {
    struct schema_id conversation_id;
    struct str working_dir;
};

static const struct schema_field prepare_fields[] = {
    {.name = "conversation_id",
     .kind = SCHEMA_UUID,
     .offset = offsetof(struct prepare_body, conversation_id),
     .is_nullable = true,
     .default_json = "null",
     .help = "Names the workspace when the working directory is the root"},
    {.name = "working_dir",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct prepare_body, working_dir),
     .is_nullable = true,
     .default_json = "null",
     .help = "The directory asked for; null: the workspace root"},
};
static SCHEMA_DEFINE(prepare_schema, "PrepareWorkspaceRequest", prepare_fields, true);

struct list_query {
    struct str page_id;
    struct schema_int limit;
};

static const struct schema_field list_fields[] = {
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
     .default_json = "100",
     .help = "The most workspaces to return"},
};
static SCHEMA_DEFINE(list_schema, "ListWorkspacesQuery", list_fields, false);

static struct workspaces *workspaces_of(const struct api *api)
{
    workspaces_set_root(api->workspaces, api->config->workspace_path);
    return api->workspaces;
}

static void reply_workspace(void *owner, const struct workspace_result *result,
                            const struct error *error)
{
    struct http_request *request = owner;
    if (error != NULL) {
        reply_error(request, error);
        return;
    }
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_string(&w, "path", result->path);
    jsonw_bool(&w, "is_new", result->is_new);
    jsonw_bool(&w, "is_repository", result->is_repository);
    jsonw_end(&w);
    reply_json(request, 200, &body);
    buf_fini(&body);
}

static void post_workspace(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct prepare_body body = {0};
    if (!route_decode(request, &body))
        return;
    workspace_prepare(workspaces_of(api), body.conversation_id.value, body.working_dir,
                      reply_workspace, request);
}

static void get_workspace(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct id id;
    if (!route_param_id(request, 0, "conversation_id", &id))
        return;
    workspace_find(workspaces_of(api), id, reply_workspace, request);
}

static void print_entry(const struct workspace_entry *entry, struct jsonw *w)
{
    scoped_buf struct buf time = {0};
    struct id id;
    clock_format_utc(&time, entry->modified_us);
    jsonw_object(w);
    jsonw_string(w, "name", entry->name);
    jsonw_string(w, "path", entry->path);
    jsonw_string_or_null(w, "conversation_id",
                         id_parse_hex(entry->name, &id) ? entry->name : STR_NULL);
    jsonw_bool(w, "is_repository", entry->is_repository);
    jsonw_string(w, "modified_at", buf_str(&time));
    jsonw_end(w);
}

static void reply_page(void *owner, const struct workspace_page *page, const struct error *error)
{
    struct http_request *request = owner;
    if (error != NULL) {
        reply_error(request, error);
        return;
    }
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_array_in(&w, "items");
    for (size_t i = 0; i < page->count; i++)
        print_entry(&page->entries[i], &w);
    jsonw_end(&w);
    jsonw_string_or_null(&w, "next_page_id", str_is_empty(page->next) ? STR_NULL : page->next);
    jsonw_end(&w);
    reply_json(request, 200, &body);
    buf_fini(&body);
}

static void get_workspaces(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct list_query query = {.limit = {.value = LIST_LIMIT}};
    if (!route_decode(request, &query))
        return;
    workspace_list(workspaces_of(api), query.page_id, (size_t)query.limit.value, reply_page,
                   request);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/native/workspaces",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &prepare_schema,
     .handler = post_workspace,
     .tag = "Native: workspaces",
     .summary = "Make a conversation's working directory and initialise its repository"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/native/workspaces",
     .auth = ROUTE_AUTH_SESSION,
     .query = &list_schema,
     .handler = get_workspaces,
     .tag = "Native: workspaces",
     .summary = "Working directories under the workspace root"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/native/workspaces/{conversation_id}",
     .auth = ROUTE_AUTH_SESSION,
     .handler = get_workspace,
     .tag = "Native: workspaces",
     .summary = "A conversation's working directory, if it was made"},
};
API_ROUTES(native_workspace_routes, routes);
