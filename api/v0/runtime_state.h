#ifndef API_V0_RUNTIME_STATE_H
#define API_V0_RUNTIME_STATE_H

/*
 * The members of a V0 runtime, shared by its two halves: runtime.c (who asks, who waits, the end)
 * and prepare.c (the way from nothing to ready). Nobody else includes this.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/v0/account.h"
#include "api/v0/environment.h"
#include "api/v0/runtime.h"
#include "server/base/error.h"
#include "server/base/list.h"

struct timer;
struct v0_monitor;
struct v0_viewer;

/* What has been started and not yet reported. */
enum v0_part {
    V0_PART_ACCOUNT,
    V0_PART_SHELL,
    V0_PART_JUPYTER,
    V0_PART_VSCODE,
    V0_PART_FOLDER, /* the shell's way to it */
    V0_PART_COUNT
};

struct v0_runtime {
    struct api *api;
    enum v0_state state;
    bool was_asked_for; /* by V0's start words */
    bool is_closing;
    bool is_alive_told;   /* by the log */
    struct error failure; /* of a runtime that has failed */
    struct list waiters;
    uint64_t started_ms;
    bool waits_for[V0_PART_COUNT];
    struct timer *plugin_limit;

    char *working_dir;
    char *username;
    struct v0_environment environment;
    struct v0_account account;
    char *su_user;    /* NULL: as the server */
    const char **env; /* its strings: the server's copy, and the two below */
    char *home_entry;
    char *shell_entry;

    struct v0_action_queue *queue;
    struct v0_viewer *viewer;
    struct v0_monitor *monitor;
    struct v0_shell *shell;
    struct editor *editor;
    struct jupyter *jupyter;
    char *vscode_token;

    size_t open_parts; /* of a runtime that closes */
    void (*on_closed)(void *owner);
    void *close_owner;
};

/* Of runtime.c, for prepare.c (prepare.h): the way is over, well or not. */
void v0_runtime_finish(struct v0_runtime *runtime, const struct error *error);
/* One of open_parts is closed. */
void v0_runtime_part_closed(void *runtime);

#endif
