#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

/*
 * The event loop: one thread that owns all state of the server. Wraps a uv_loop_t; only
 * server/loop and server/http include uv.h.
 *
 * Rules every module keeps: nothing on this thread blocks; a callback never runs inside the call
 * that registered it; an object with handles is closed with `close`, which defers its freeing until
 * the last close callback. loop_close fails (and says so) when a handle is left open, so each test
 * that ends with it finds leaks.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"

struct error;
struct uv_loop_s;
struct work_pool;

struct loop;

bool loop_open(struct loop **ret_loop, struct error *error) MUST_CHECK;
/* Runs what is due until no handle is active or loop_stop is called. */
void loop_run(struct loop *loop);
/* Waits for one event at most, handles it; false when nothing is left to wait for. */
bool loop_step(struct loop *loop);
void loop_stop(struct loop *loop);
/* Lets pending close callbacks run; false when handles are left. Frees the loop either way. A job
 * that still runs on a worker is such a leak too, and is waited for. */
bool loop_close(struct loop *loop) MUST_CHECK;

bool loop_is_owner(const struct loop *loop);
void loop_assert_owner(const struct loop *loop);
/* Milliseconds of the loop's clock, taken once per turn. */
uint64_t loop_now_ms(const struct loop *loop);

/* Calls fn(owner) in the next turn, once. Not cancellable: for owners that outlive it. */
void loop_defer(struct loop *loop, void (*fn)(void *owner), void *owner);
/* The same from any thread. It does not keep the loop running; whoever posts later holds it. */
void loop_post(struct loop *loop, void (*fn)(void *owner), void *owner);
/* Between the two the loop has something to wait for: an event from another thread. */
void loop_hold(struct loop *loop);
void loop_release(struct loop *loop);
bool loop_is_held(const struct loop *loop);

/* Calls fn(owner) once when loop_close has taken everything else down, to free memory that other
 * threads may have looked at until then. */
void loop_on_close(struct loop *loop, void (*fn)(void *owner), void *owner);

struct uv_loop_s *loop_uv(struct loop *loop);
/* Where work.c keeps its threads; NULL until the first job. */
struct work_pool **loop_work_pool(struct loop *loop);

#endif
