#ifndef API_API_H
#define API_API_H

/*
 * What the route handlers share: the parts of the server, borrowed from app for the server's life.
 * Every handler's context is a `struct api *`. A file of routes exports one table, listed in
 * api_tables; nothing else registers routes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/resources.h"
#include "server/base/str.h"
#include "server/http/router.h"

struct child_env;
struct cipher;
struct commands;
struct config;
struct conversation_scopes;
struct conversation_service;
struct git_queue;
struct http_server;
struct init_state;
struct keyring;
struct loop;
struct mcp_proxy;
struct processes;
struct registry;
struct router;
struct static_files;
struct terminals;
struct v0_runtime;
struct vscode;
struct webhooks;
struct workspaces;

struct api {
    struct loop *loop;
    struct processes *processes;
    const struct config *config; /* replaced by deferred init */
    struct keyring *keyring;
    struct child_env *child_env;
    struct commands *commands;                  /* actions/commands.h */
    struct terminals *terminals;                /* actions/terminals.h */
    struct workspaces *workspaces;              /* actions/workspace.h */
    struct git_queue *git;                      /* actions/git_queue.h */
    struct v0_runtime *v0;                      /* api/v0/runtime.h */
    struct vscode *vscode;                      /* plugins/vscode; NULL: not started */
    struct mcp_proxy *mcp;                      /* api/v0/mcp_proxy.h */
    struct conversation_service *conversations; /* api/v1/; NULL before deferred init */
    struct registry *registry;                  /* agent/registry.h; the same */
    struct webhooks *webhooks;                  /* agent/webhooks.h; the same */
    struct conversation_scopes *scopes;         /* api/v1/; the same */
    const struct cipher *cipher;                /* of secrets; NULL: there is no key */
    struct init_state *init;                    /* api/v1/init.h; NULL unless deferred_init */
    struct http_server *server;
    struct router *router;
    struct static_files *static_files; /* NULL: none are served */
    struct str root_redirect;          /* where GET / leads when they are; else unset */
    uint16_t port;                     /* listened on; 0 before that */
    uint64_t started_ms;
    uint64_t last_activity_ms;
    struct resources_sample resources;
    struct str scope_dir; /* where commands run and editors open that are not told; may be unset */
    struct api *whole;    /* of a copy for one request: the server's own; else NULL */
};

/* Resets idle_time; for the routes named in contract v1-server §4. */
void api_touch(struct api *api);
/* The value of one response field that changes: seconds since the last activity. */
double api_idle_seconds(const struct api *api);

/* Gate (deferred init), then key by the route's group. Hand to http_server_options.admit. */
bool api_admit(void *context, struct http_request *request, const struct route *route);

/* All tables that apply, each with `api` as context; the array is freed with free(). */
struct route_table *api_tables(struct api *api, size_t *ret_count);

/* One per file of routes. */
struct api_routes {
    const struct route *routes;
    size_t count;
};
#define API_ROUTES(variable, array)                                                                \
    const struct api_routes variable = {.routes = (array),                                         \
                                        .count = sizeof(array) / sizeof((array)[0])}
extern const struct api_routes v1_server_routes;
extern const struct api_routes v1_init_routes;
extern const struct api_routes v1_auth_routes;
extern const struct api_routes v1_static_routes;
extern const struct api_routes v1_bash_routes;
extern const struct api_routes v1_file_routes;
extern const struct api_routes v1_upload_routes;
extern const struct api_routes v1_archive_routes;
extern const struct api_routes v1_git_routes;
extern const struct api_routes v1_vscode_routes;
extern const struct api_routes v1_conversation_create_routes;
extern const struct api_routes v1_conversation_list_routes;
extern const struct api_routes v1_conversation_routes;
extern const struct api_routes v1_conversation_run_routes;
extern const struct api_routes v1_conversation_settings_routes;
extern const struct api_routes v1_conversation_branch_routes;
extern const struct api_routes v1_conversation_ask_routes;
extern const struct api_routes v1_conversation_event_routes;
extern const struct api_routes v1_conversation_stream_routes;
extern const struct api_routes v1_scoped_routes;
extern const struct api_routes v1_skill_routes;
extern const struct api_routes v0_upload_routes;
extern const struct api_routes v0_download_routes;
extern const struct api_routes v0_list_routes;
extern const struct api_routes v0_vscode_routes;
extern const struct api_routes v0_execute_routes;
extern const struct api_routes v0_mcp_routes;
extern const struct api_routes native_command_routes;
extern const struct api_routes native_file_routes;
extern const struct api_routes native_file_change_routes;
extern const struct api_routes native_file_part_routes;
extern const struct api_routes native_file_put_routes;
extern const struct api_routes native_file_search_routes;
extern const struct api_routes native_git_routes;
extern const struct api_routes native_terminal_routes;
extern const struct api_routes native_webhook_routes;
extern const struct api_routes native_workspace_routes;
extern const struct api_routes openapi_routes;

#endif
