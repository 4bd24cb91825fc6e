#ifndef ACTIONS_GIT_QUEUE_H
#define ACTIONS_GIT_QUEUE_H

/*
 * Git operations waiting for a worker. A task's `run` executes on a worker thread and may call git
 * as often as it needs; `on_done` follows on the loop thread, exactly once and never inside the
 * starting call.
 *
 * At most GIT_QUEUE_RUNNING tasks run at once, so that git waiting for a network or a slow disk
 * never takes all workers away from files and archives. Further tasks wait in order, up to
 * GIT_QUEUE_WAITING; beyond that they fail with ERROR_UNAVAILABLE.
 *
 * Owned by app; lives on the loop thread.
 */

#include <stdbool.h>

struct child_env;
struct error;
struct git;
struct git_queue;
struct git_task;
struct loop;
struct processes;

#define GIT_QUEUE_RUNNING 4
#define GIT_QUEUE_WAITING 256

struct git_queue *git_queue_open(struct loop *loop, struct processes *processes,
                                 struct child_env *child_env);
/* Cancels what waits and runs; frees itself after the last on_done. NULL is fine. */
void git_queue_close(struct git_queue *queue);

/* Blocking; false with the error set when it failed. `job` is the owner's. */
typedef bool (*git_task_run_fn)(struct git *git, void *job, struct error *error);
/* NULL on success. A cancelled task reports ERROR_CANCELLED. */
typedef void (*git_task_done_fn)(void *job, const struct error *error);

/* The handle is valid until on_done begins. */
struct git_task *git_queue_start(struct git_queue *queue, git_task_run_fn run,
                                 git_task_done_fn on_done, void *job);
/* The git command under way ends by itself; no further one is started. */
void git_task_cancel(struct git_task *task);

#endif
