#ifndef SERVER_APP_H
#define SERVER_APP_H

/*
 * The whole server: builds all parts in order and takes them down in the opposite order.
 *
 *     loop → processes → commands, workspaces → routes → HTTP server → signals → conversations
 *
 * A stop signal (TERM, INT, HUP, QUIT) ends it in steps: stop listening and let running requests
 * finish, then let hooks of ending sessions run, both in at most drain_timeout_seconds, half of
 * which is kept for the hooks; cut what is left; TERM, then KILL to everything this
 * server has started, double-forked or not. Another stop signal skips the waiting.
 * Signals are not passed on one by one: a child learns of a stop by its own TERM, which is what a
 * container's PID 1 owes its processes.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct app;
struct child_env;
struct config;
struct error;

#define APP_KILL_GRACE_MS 2000 /* between TERM and KILL */

/* Listens and prints the banner. Borrows both. */
bool app_open(const struct config *config, struct child_env *child_env, struct app **ret_app,
              struct error *error) MUST_CHECK;
/* Serves until a stop signal has been obeyed; returns its number. 0: what the start words ask for
 * cannot be had, as the log says. */
int app_run(struct app *app);
void app_close(struct app *app);

#endif
