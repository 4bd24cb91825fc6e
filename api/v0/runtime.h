#ifndef V0_RUNTIME_H
#define V0_RUNTIME_H

/*
 * The state of a V0 action execution server (contract v0-action-execution): the user and folder it
 * works for, its main terminal, its editor and its plugins; one action at a time.
 *
 *     v0_runtime ── v0_shell (main terminal) · editor · jupyter · vscode · mcp servers · file
 * viewer
 *
 * It exists in every server. With V0's start words it is prepared at start, and /alive answers 503
 * until that is over; else it is prepared by the first request that needs it. Owned by app.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct api;
struct editor;
struct error;
struct jupyter;
struct v0_runtime;
struct v0_shell;
struct vscode;

enum v0_state {
    V0_IDLE,      /* nobody has asked for it */
    V0_PREPARING, /* user, folder, shell, plugins */
    V0_READY,
    V0_FAILED /* the text says why; the server ends if V0 was asked for at its start */
};

struct v0_runtime *v0_runtime_new(struct api *api);
/* on_ready(owner, error) once, NULL on success; later calls join the one under way. */
void v0_runtime_prepare(struct v0_runtime *runtime,
                        void (*on_ready)(void *owner, const struct error *error), void *owner);
void v0_runtime_close(struct v0_runtime *runtime, void (*on_closed)(void *owner), void *owner);

enum v0_state v0_runtime_state(const struct v0_runtime *runtime);
struct str v0_runtime_working_dir(const struct v0_runtime *runtime); /* the initial one */
struct str v0_runtime_username(const struct v0_runtime *runtime);
uid_t v0_runtime_uid(const struct v0_runtime *runtime);
/* The user children run as with `su`; NULL: as the server. */
const char *v0_runtime_su_user(const struct v0_runtime *runtime);
const char *const *v0_runtime_env(const struct v0_runtime *runtime);
bool v0_runtime_has_plugin(const struct v0_runtime *runtime, struct str name);

struct v0_shell *v0_runtime_shell(const struct v0_runtime *runtime);
struct editor *v0_runtime_editor(const struct v0_runtime *runtime);
struct jupyter *v0_runtime_jupyter(const struct v0_runtime *runtime); /* NULL: not loaded */
struct vscode *v0_runtime_vscode(const struct v0_runtime *runtime);   /* NULL: not loaded */
struct str v0_runtime_cwd(const struct v0_runtime *runtime); /* of the main shell, tracked */
/* For /server_info: when the last valid action came. */
void v0_runtime_touch(struct v0_runtime *runtime);

#endif
