#ifndef API_V0_RUNTIME_H
#define API_V0_RUNTIME_H

/*
 * The state of a V0 action execution server (contract v0-action-execution): the user and folder it
 * works for, its main terminal, its editor and its plugins.
 *
 *     v0_runtime ── v0_shell (main terminal) · editor · jupyter · file viewer · memory monitor
 *
 *     idle → preparing → ready | failed
 *
 * It exists in every server. With V0's start words it is prepared at start, and /alive answers 503
 * until requests may come. Else the first request that needs it prepares it, for the user that the
 * server runs as; nobody is added then, and a kernel is started when it is first asked for. Owned
 * by app.
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
struct v0_action_queue;
struct v0_environment;
struct v0_runtime;
struct v0_shell;

enum v0_state {
    V0_IDLE,      /* nobody has asked for it */
    V0_PREPARING, /* user, folder, shell, plugins */
    V0_READY,
    V0_FAILED /* the server ends if V0 was asked for at its start */
};

struct v0_runtime *v0_runtime_new(struct api *api);
/* on_ready(owner, error) comes once, never inside this call; error is NULL on success. Later calls
 * join the one under way. Who finds V0_READY need not ask. */
void v0_runtime_prepare(struct v0_runtime *runtime,
                        void (*on_ready)(void *owner, const struct error *error), void *owner);
/* Ends everything; who waits is told. Then on_closed(owner), and it is gone. */
void v0_runtime_close(struct v0_runtime *runtime, void (*on_closed)(void *owner), void *owner);

enum v0_state v0_runtime_state(const struct v0_runtime *runtime);
/* Requests may come: what was asked for at the start is there, but for the shell's first prompt,
 * which actions wait for in their queue. A slow ~/.bashrc would cost its time and, as backends look
 * every two seconds, up to two seconds more. */
bool v0_runtime_is_alive(const struct v0_runtime *runtime);
/* What it waits for while it is being prepared: "user", "shell", "jupyter", …; "" else. */
struct str v0_runtime_waits_for(const struct v0_runtime *runtime);

/* In any state: the initial folder, which relative paths mean. */
struct str v0_runtime_working_dir(const struct v0_runtime *runtime);
/* Of the plugin; STR_NULL: not loaded, or disabled. */
struct str v0_runtime_vscode_token(const struct v0_runtime *runtime);
struct v0_action_queue *v0_runtime_queue(const struct v0_runtime *runtime);
/* For /server_info: a valid action has come. */
void v0_runtime_touch(struct v0_runtime *runtime);

/* From here on: of a runtime that is ready. */
struct str v0_runtime_username(const struct v0_runtime *runtime);
uid_t v0_runtime_uid(const struct v0_runtime *runtime); /* of files that are written */
/* The user children run as with `su`; NULL: as the server. */
const char *v0_runtime_su_user(const struct v0_runtime *runtime);
const char *const *v0_runtime_env(const struct v0_runtime *runtime);
const struct v0_environment *v0_runtime_environment(const struct v0_runtime *runtime);

struct v0_shell *v0_runtime_shell(const struct v0_runtime *runtime);
struct editor *v0_runtime_editor(const struct v0_runtime *runtime);
/* NULL: not loaded. */
struct jupyter *v0_runtime_jupyter(struct v0_runtime *runtime);
struct str v0_runtime_cwd(const struct v0_runtime *runtime); /* of the main shell, tracked */

#endif
