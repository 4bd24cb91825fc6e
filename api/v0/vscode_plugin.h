#ifndef API_V0_VSCODE_PLUGIN_H
#define API_V0_VSCODE_PLUGIN_H

/*
 * VS Code as a plugin of a V0 server: for whom it is started, on which port, below which path
 * (contract v0-action-execution §8). What runs is plugins/vscode; the server's `api` holds it, for
 * the routes of V1.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct api;
struct buf;
struct v0_environment;

struct v0_vscode_options {
    struct api *api;
    const struct v0_environment *environment;
    const char *const *env; /* of the child */
    struct str username;
    const char *su_user; /* NULL: runs as the server */
    void (*on_ready)(void *owner);
    void *owner;
};

/* True when it was started; on_ready comes then, never inside this call. *ret_token is set (heap
 * memory) when there is one, also when the port is taken or nothing is installed: clients ask for
 * it in any case. */
bool v0_vscode_start(const struct v0_vscode_options *options, char **ret_token) MUST_CHECK;
/* Writes the settings below `folder`, as far as that is possible. Blocking: for a worker job. */
void v0_vscode_write_settings(struct str folder);
/* "" or "/x" */
void v0_vscode_base_path(const struct v0_environment *environment, struct buf *out);

#endif
