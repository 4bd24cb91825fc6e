#ifndef LOOP_SIGNALS_H
#define LOOP_SIGNALS_H

/*
 * Signals to this process as events of the loop: on_signal(owner, number) for each one that
 * arrives. As long as they are open the signals do not have their default effect, and they keep the
 * loop running. SIGCHLD belongs to process.h.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"

struct error;
struct loop;
struct signals;

typedef void (*signal_fn)(void *owner, int number);

bool signals_open(struct loop *loop, const int *numbers, size_t count, signal_fn on_signal,
                  void *owner, struct signals **ret_signals, struct error *error) MUST_CHECK;
/* The signals have their default effect again; frees itself. NULL is fine. */
void signals_close(struct signals *signals);

#endif
