#include <stdlib.h>

#include "agent/conversation.h"
#include "agent/registry.h"
#include "api/api.h"
#include "api/v1/conversation_scopes.h"
#include "api/v1/scope_path.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/loop/work.h"

/*
 * Routes of the server that exist below a conversation too (contract v1-conversations §1.5). When
 * the conversation is found and the paths lead into its working directory, the request gets the
 * path of the original route and is handled by that one; what it is given as the server's parts is
 * a copy with the conversation's commands and folder.
 */

#define MAX_PATHS 3

struct path_claim {
    const char *name;
    struct str path; /* not set: none is given */
    bool is_relative_fine;
};

/* Lives in the request's arena. */
struct scoped {
    struct http_request *request;
    struct api *api; /* the server's */
    struct id id;
    struct conversation *conversation; /* held */
    struct path_claim claims[MAX_PATHS];
    char *directory; /* for the job */
    const char *outside;
};

/* --- failures --- */

/* A body that was held back goes on, and is dropped. */
static struct http_request *let_go(struct scoped *scoped)
{
    struct http_request *request = scoped->request;
    free(take_pointer(&scoped->directory));
    if (request->route->body == ROUTE_BODY_STREAM)
        http_request_resume(request);
    if (scoped->conversation != NULL)
        conversation_release(scoped->conversation);
    return request;
}

static void refuse(struct scoped *scoped, int status, struct str detail)
{
    reply_detail(let_go(scoped), status, detail);
}

/* --- the original route --- */

/* What stands behind /api/conversations/{id}. */
static struct str original_path(struct http_request *request)
{
    struct str rest = str_skip(request->path, 1);
    struct str segment;
    for (unsigned i = 0; i < 3; i++)
        (void)str_next(&rest, '/', &segment); /* they have matched */
    return arena_printf(&request->arena, "/api/%.*s", STR_ARG(rest));
}

static bool make_api(const struct scoped *scoped, struct api *own, struct error *error)
{
    *own = *scoped->api;
    own->whole = scoped->api;
    own->scope_dir = arena_copy(&scoped->request->arena,
                                str_from(conversation_working_dir(scoped->conversation)));
    return conversation_scopes_find(scoped->api->scopes, scoped->conversation, &own->commands,
                                    error);
}

static void handle(struct scoped *scoped)
{
    struct api *own = arena_zero(&scoped->request->arena, 1, sizeof(*own));
    struct router_match match;
    struct error error;
    if (conversation_is_closing(scoped->conversation)) {
        refuse(scoped, 503, STR("The conversation is being closed"));
        return;
    }
    if (!make_api(scoped, own, &error)) {
        reply_error(let_go(scoped), &error);
        return;
    }
    struct http_request *request = let_go(scoped);
    request->path = original_path(request);
    router_find(own->router, request, &match);
    assert(match.outcome == ROUTER_FOUND);
    match.route->handler(request, own);
}

/* --- checks --- */

static bool is_outside(const struct path_claim *claim, const char *directory)
{
    if (!str_is_set(claim->path))
        return false;
    return (!claim->is_relative_fine && !str_starts_with(claim->path, STR("/"))) ||
           !scope_path_is_inside(claim->path, directory);
}

static void run_checks(void *job)
{
    struct scoped *scoped = job;
    for (size_t i = 0; i < MAX_PATHS && scoped->outside == NULL; i++)
        if (is_outside(&scoped->claims[i], scoped->directory))
            scoped->outside = scoped->claims[i].name;
}

static void on_checked(void *job, bool is_cancelled)
{
    struct scoped *scoped = job;
    if (is_cancelled)
        refuse(scoped, 503, STR("The server is busy or stopping"));
    else if (scoped->outside != NULL)
        refuse(scoped, 422,
               arena_printf(&scoped->request->arena, "%s must be inside the conversation workspace",
                            scoped->outside));
    else
        handle(scoped);
}

static struct str body_cwd(const struct http_request *request)
{
    const bool is_object = request->json != NULL && doc_kind(request->json) == DOC_OBJECT;
    const struct doc_value *cwd = is_object ? doc_find(request->json, STR("cwd")) : NULL;
    return cwd != NULL && doc_kind(cwd) == DOC_STRING ? doc_string(cwd) : STR_NULL;
}

static void check_paths(struct scoped *scoped)
{
    struct http_request *request = scoped->request;
    scoped->claims[0] =
        (struct path_claim){.name = "path", .path = http_request_query(request, "path")};
    scoped->claims[1] = (struct path_claim){.name = "workspace_dir",
                                            .path = http_request_query(request, "workspace_dir")};
    scoped->claims[2] =
        (struct path_claim){.name = "cwd", .path = body_cwd(request), .is_relative_fine = true};
    for (size_t i = 0; i < MAX_PATHS; i++) {
        if (!str_is_set(scoped->claims[i].path))
            continue;
        scoped->directory = mem_strdup(conversation_working_dir(scoped->conversation));
        (void)work_start(scoped->api->loop, run_checks, on_checked, scoped);
        return;
    }
    handle(scoped);
}

/* Of the only route with an id behind that of the conversation. */
static bool is_own_trajectory(struct scoped *scoped)
{
    struct id id;
    if (!str_contains(str_from(scoped->request->route->pattern), STR("download-trajectory")))
        return true;
    if (!id_parse(scoped->request->params[1], &id))
        refuse(scoped, 422, STR("Invalid trajectory conversation id"));
    else if (!id_equal(id, scoped->id))
        refuse(scoped, 422, STR("Trajectory must belong to the selected conversation"));
    else
        return true;
    return false;
}

static void on_found(void *owner, struct conversation *conversation, const struct error *error)
{
    struct scoped *scoped = owner;
    if (error != NULL && error->code == ERROR_NOT_FOUND) {
        reply_error(let_go(scoped), error);
        return;
    }
    if (error != NULL) {
        reply_unexpected(let_go(scoped), str_from(error->text));
        return;
    }
    conversation_hold(conversation);
    scoped->conversation = conversation;
    if (is_own_trajectory(scoped))
        check_paths(scoped);
}

static void handle_scoped(struct http_request *request, void *context)
{
    struct api *api = context;
    struct id id;
    if (!route_param_id(request, 0, "runtime_conversation_id", &id))
        return;
    struct scoped *scoped = arena_zero(&request->arena, 1, sizeof(*scoped));
    *scoped = (struct scoped){.request = request, .api = api, .id = id};
    if (request->route->body == ROUTE_BODY_STREAM)
        http_request_pause(request);
    registry_find(api->registry, id, on_found, scoped);
}

#define SCOPED(method_name, path, route_body, text)                                                \
    {                                                                                              \
        .method = HTTP_METHOD_##method_name,                                                       \
        .pattern = "/api/conversations/{runtime_conversation_id}/" path,                           \
        .auth = ROUTE_AUTH_SESSION, .body = ROUTE_BODY_##route_body, .handler = handle_scoped,     \
        .tag = "Conversation workspaces", .summary = (text)                                        \
    }

static const struct route routes[] = {
    SCOPED(POST, "bash/start_bash_command", JSON, "Start a command of a conversation"),
    SCOPED(POST, "bash/execute_bash_command", JSON, "Execute a command of a conversation"),
    SCOPED(POST, "bash/bash_commands/{command_id}/stop", NONE, "End a command"),
    SCOPED(GET, "bash/bash_events/search", NONE, "Search commands of a conversation"),
    SCOPED(GET, "bash/bash_events/{event_id}", NONE, "Get one event"),
    SCOPED(GET, "bash/bash_events/", JSON, "Get several events"),
    SCOPED(DELETE, "bash/bash_events", NONE, "Forget the commands of a conversation"),
    SCOPED(POST, "file/upload", STREAM, "Upload one file of a conversation"),
    SCOPED(GET, "file/download", NONE, "Download one file of a conversation"),
    SCOPED(HEAD, "file/download", NONE, "Size, date and entity tag of one file"),
    SCOPED(POST, "file/create_directory", NONE, "Make a directory and its parents"),
    SCOPED(GET, "file/archive", NONE, "A directory of a conversation as a patch or a tar.gz"),
    SCOPED(GET, "file/download-trajectory/{conversation_id}", NONE, "The conversation as a ZIP"),
    SCOPED(GET, "git/changes", NONE, "Files that changed"),
    SCOPED(GET, "git/diff", NONE, "One file before and after"),
    SCOPED(GET, "git/commits", NONE, "The newest commits of a branch"),
    SCOPED(GET, "git/commits/{sha}/changes", NONE, "Files that one commit changed"),
    SCOPED(GET, "vscode/url", NONE, "Where VS Code is, with the conversation's folder"),
    SCOPED(GET, "vscode/status", NONE, "Whether VS Code runs"),
};
API_ROUTES(v1_scoped_routes, routes);
