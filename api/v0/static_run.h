#ifndef API_V0_STATIC_RUN_H
#define API_V0_STATIC_RUN_H

/*
 * A command in a shell of its own that ends with it (contract v0-action-execution §4.10): it sees
 * nothing of the main shell and does not move it. The shell is closed with the main one, if it
 * still runs then.
 */

#include "server/base/str.h"

struct v0_action;
struct v0_shell_call;

/* The call's on_reply and owner are set here; the action is answered. cwd: "" for the runtime's. */
void v0_static_run(struct v0_action *action, const struct v0_shell_call *call, struct str cwd);

#endif
