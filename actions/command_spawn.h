#ifndef ACTIONS_COMMAND_SPAWN_H
#define ACTIONS_COMMAND_SPAWN_H

/*
 * The way from a request to a process: pipes or a terminal, arguments, environment, spawn.
 *
 * On success the process runs and the server's ends of its channels are open; the child's ends are
 * closed here. Standard input is /dev/null unless it was asked for. A command with a terminal has
 * only `output`, which reads and writes.
 *
 * Errors are worded as clients of the V1 contract know them (§5.4).
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/loop/process.h"

struct command_host;
struct command_request;
struct error;

struct command_spawned {
    struct process *process;
    int input;  /* -1: none */
    int output; /* stdout, or the terminal */
    int errors; /* -1 with a terminal */
};

bool command_spawn(const struct command_host *host, const struct command_request *request,
                   process_exit_fn on_exit, void *owner, struct command_spawned *ret_spawned,
                   struct error *error) MUST_CHECK;

/* Sets the size of the terminal behind `fd`. */
bool command_set_size(int fd, unsigned cols, unsigned rows, struct error *error) MUST_CHECK;

#endif
