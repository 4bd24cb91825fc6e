#ifndef PLUGINS_VSCODE_VSCODE_H
#define PLUGINS_VSCODE_VSCODE_H

/*
 * openvscode-server as a child of the server, where it is installed: started, watched, ended
 * (contract v0-action-execution §8, v1-server §10.1). What it should be called and who may ask for
 * it is the caller's affair.
 *
 *     vscode ── process (openvscode-server, maybe below su) ── its output, read and dropped
 *
 * The token is handed over on standard input, so that no list of processes shows it. A server that
 * dies stays dead. Loop thread only; vscode_close frees by itself.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct loop;
struct processes;
struct vscode;

#define VSCODE_ROOT             "/openhands/.openvscode-server"
#define VSCODE_READY_TIMEOUT_MS 30000 /* it counts as started then, whatever it has said */
#define VSCODE_STOP_TIMEOUT_MS  5000

struct vscode_options {
    struct loop *loop;
    struct processes *processes;
    const char *const *env; /* borrowed for the call, as all texts are */
    const char *user;       /* runs as this one by `su -`, with its environment; NULL: as we do */
    bool gives_root;        /* the installation is made the user's first */
    struct str root;
    struct str token;
    struct str base_path; /* "" or "/x" */
    const char *cwd;      /* NULL: the server's */
    const char *address;  /* on which the port must be free: "0.0.0.0", "127.0.0.1" */
    int64_t port;
};

/* True when it is installed below `root`: one look at the disk. */
bool vscode_is_installed(struct str root);

/* NOT_FOUND: it is not installed; CONFLICT: the port is taken. on_ready(owner) comes once, when it
 * says that it serves, has died, or takes too long. */
bool vscode_open(const struct vscode_options *options, void (*on_ready)(void *owner), void *owner,
                 struct vscode **ret_vscode, struct error *error) MUST_CHECK;
/* Ends it; then on_closed(owner), which may be NULL. on_ready does not come any more. */
void vscode_close(struct vscode *vscode, void (*on_closed)(void *owner), void *owner);

bool vscode_is_running(const struct vscode *vscode); /* NULL: no */
struct str vscode_token(const struct vscode *vscode);
struct str vscode_base_path(const struct vscode *vscode);
int64_t vscode_port(const struct vscode *vscode);

#endif
