#ifndef LOOP_WORK_H
#define LOOP_WORK_H

/*
 * A job on a worker thread: blocking work (files, trees, archives, hashes) that must not run on the
 * loop thread. `run` gets plain input and writes plain results into the same owner-supplied struct
 * and touches no live object; `on_done` runs on the loop thread afterwards, exactly once, also when
 * the job was cancelled before it began (then is_cancelled is true and `run` never ran).
 *
 * The number of threads is WORK_THREADS; jobs wait in order for a free one. Long streams are
 * done as many short jobs, or as one work_thread of their own. A system that refuses even the first
 * thread cancels the job.
 */

#include <stdbool.h>

struct loop;
struct work;

#define WORK_THREADS 8

typedef void (*work_run_fn)(void *job);
typedef void (*work_done_fn)(void *job, bool is_cancelled);

/* The handle is valid until on_done begins. */
struct work *work_start(struct loop *loop, work_run_fn run, work_done_fn on_done, void *job);
/* A job that runs already goes on; its on_done is still called. */
void work_cancel(struct work *work);

/*
 * A thread of its own, for a producer that may block for long (an archive being written to a slow
 * client). It talks to the loop with work_thread_wake, which makes on_wake run on the loop thread
 * soon; wakes are joined. on_end runs on the loop thread after `run` returned, and no on_wake after
 * it; the handle is valid until on_end begins, and is set before `run` begins.
 */
struct work_thread;

struct work_thread_calls {
    work_run_fn run;
    void (*on_wake)(void *job);
    void (*on_end)(void *job);
};

/* `calls` is borrowed for the thread's life. False when the system refuses a thread; then nothing
 * is called. */
bool work_thread_start(struct loop *loop, const struct work_thread_calls *calls, void *job,
                       struct work_thread **ret_thread);
void work_thread_wake(struct work_thread *thread); /* from any thread */

#endif
