#ifndef LOOP_CHILD_SIGNAL_H
#define LOOP_CHILD_SIGNAL_H

/*
 * SIGCHLD as an event of the loop, for process.c alone. The signal is blocked and read from a
 * descriptor (signalfd): no handler interrupts a system call, and there is no second pipe to go
 * through. It says that some child has ended, not which and not how many.
 *
 * The signal is blocked on the calling thread and on all that are started from it later. Only
 * while it is awaited does it keep the loop running.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct child_signal;
struct error;
struct loop;

bool child_signal_open(struct loop *loop, void (*on_signal)(void *owner), void *owner,
                       struct child_signal **ret_signal, struct error *error) MUST_CHECK;
void child_signal_set_awaited(struct child_signal *signal, bool is_awaited);
/* on_closed(owner) comes last, when the signal is as it was. */
void child_signal_close(struct child_signal *signal, void (*on_closed)(void *owner));

#endif
