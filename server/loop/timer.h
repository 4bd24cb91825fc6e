#ifndef LOOP_TIMER_H
#define LOOP_TIMER_H

/*
 * A one-shot or repeating timer on the loop. timer_close frees it by itself; its callback does not
 * run after that. Durations are milliseconds of the monotonic clock. A timer that is not started
 * costs no wake-up.
 */

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct timer;

typedef void (*timer_fn)(void *owner);

struct timer *timer_open(struct loop *loop, timer_fn on_due, void *owner);
/* Starting a running timer sets it anew. repeat_ms = 0: once. */
void timer_start(struct timer *timer, uint64_t delay_ms, uint64_t repeat_ms);
void timer_stop(struct timer *timer);
bool timer_is_running(const struct timer *timer);
void timer_close(struct timer *timer); /* NULL is fine */

#endif
