#ifndef VSCODE_VSCODE_H
#define VSCODE_VSCODE_H

/*
 * openvscode-server as a child of the server, where it is installed (contract v0-action-execution
 * §8, v1-server for the routes of V1): token, port, base path, settings, health. Without it the
 * plugin is there and says that it is disabled.
 *
 * Owned by app. Loop thread only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct loop;
struct processes;
struct vscode;

struct vscode_options {
    struct loop *loop;
    struct processes *processes;
    const char *const *env; /* borrowed for the plugin's life; VSCODE_PORT and the rest are read */
    const char *user;       /* NULL: as the server */
    bool is_allowed;        /* false: disabled whatever the environment says */
};

struct vscode *vscode_open(const struct vscode_options *options);
/* `error` NULL: it serves, or there is nothing to wait for. */
void vscode_start(struct vscode *vscode, void (*on_ready)(void *owner, const struct error *error),
                  void *owner);
struct str vscode_token(const struct vscode *vscode); /* STR_NULL when disabled */
bool vscode_is_running(const struct vscode *vscode);
struct str vscode_base_path(const struct vscode *vscode); /* "" or "/x" */
int64_t vscode_port(const struct vscode *vscode);
void vscode_close(struct vscode *vscode, void (*on_closed)(void *owner), void *owner);

#endif
