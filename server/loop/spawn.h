#ifndef LOOP_SPAWN_H
#define LOOP_SPAWN_H

/*
 * The start of a child, for process.c alone: turns process_options into one posix_spawn call.
 *
 * posix_spawn shares the address space with the child until it executes (like vfork), so its cost
 * does not grow with the server's memory or its libraries. It blocks the calling thread for that
 * time. May be called from any thread.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "server/base/attributes.h"

struct error;
struct process_options;

/* `null_fd` is /dev/null, for streams that are not given. */
bool spawn_child(const struct process_options *options, int null_fd, pid_t *ret_pid,
                 struct error *error) MUST_CHECK;

#endif
