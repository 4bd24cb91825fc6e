#ifndef LOOP_PROCESS_H
#define LOOP_PROCESS_H

/*
 * Child processes: the only place that creates, signals and reaps them.
 *
 * A child is spawned (posix_spawn) as leader of a new session, hence of its own process group, with
 * default signal dispositions and an empty signal mask, no descriptor but 0, 1 and 2, and exactly
 * the environment given. Its end comes from wait4 alone, with its resource usage.
 *
 * The server is a subreaper (and may be PID 1): every child that nobody knows is reaped and
 * counted. processes_close ends everything that still descends from the server, double-forked or
 * not.
 *
 *     processes ──< process (freed by itself after on_exit, or by process_forget)
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/base/attributes.h"

struct error;
struct loop;
struct process;
struct processes;

struct process_exit {
    int code;   /* exit status, or -N when signal N ended it */
    int signal; /* 0 when it exited by itself */
    bool has_dumped_core;
    int64_t user_us;
    int64_t system_us;
    int64_t peak_rss_bytes;
    int64_t wall_us;
};

typedef void (*process_exit_fn)(void *owner, const struct process_exit *exit);

struct process_options {
    /* argv[0] is looked up in the absolute folders of PATH in `env` when it has no slash. */
    const char *const *argv;
    const char *const *env; /* NULL-terminated "NAME=value" */
    const char *cwd;        /* NULL: the server's */
    int stdin_fd;           /* borrowed; -1: /dev/null */
    int stdout_fd;          /* borrowed; -1: /dev/null */
    int stderr_fd;          /* borrowed; -1: /dev/null */
    /* The slave path of a PTY becomes 0, 1, 2 and the controlling terminal; NULL: none. */
    const char *terminal_path;
    process_exit_fn on_exit;      /* may be NULL */
    void (*on_stop)(void *owner); /* by a signal like SIGSTOP; may be NULL; never of a worker's */
    void *owner;
};

/* Owns SIGCHLD: blocks it on this thread and takes it from a descriptor. One per loop, opened
 * before any library of the process starts threads. */
bool processes_open(struct loop *loop, struct processes **ret_processes,
                    struct error *error) MUST_CHECK;

/* The error's text is "[Errno N] <strerror>: '<program or cwd>'", as clients of the V1 contract
 * know it (§5.4). */
bool process_spawn(struct processes *processes, const struct process_options *options,
                   struct process **ret_process, struct error *error) MUST_CHECK;
/* The same from a worker thread. The pid is not reused before on_exit, which must not be NULL and
 * runs on the loop thread, maybe before this returns. */
bool process_spawn_from_worker(struct processes *processes, const struct process_options *options,
                               pid_t *ret_pid, struct error *error) MUST_CHECK;
pid_t process_pid(const struct process *process);
/* To the whole process group; false when nobody is left in it. */
bool process_signal_group(struct process *process, int signal);
bool process_signal(struct process *process, int signal);
/* The owner is going away: on_exit will not be called; the process itself goes on and is reaped. */
void process_forget(struct process *process);

size_t processes_running(const struct processes *processes);
uint64_t processes_orphans_reaped(const struct processes *processes);
/* For what a leader left behind in its group, after its on_exit. */
bool process_group_signal(pid_t group, int signal);
/* True when some process other than zombies is left in the group. */
bool process_group_is_alive(pid_t group);

/*
 * TERM to every descendant, `grace_ms` later KILL to what is left, until none is left; then
 * on_closed(owner). Ends at the latest PROCESS_KILL_WAIT_MS after the KILL, even when something
 * cannot be killed; every process has had its on_exit by then. Nothing is spawned from here on.
 * The memory stays until loop_close, so that a worker that comes late is refused, not lost.
 */
#define PROCESS_KILL_WAIT_MS 2000
void processes_close(struct processes *processes, uint64_t grace_ms, void (*on_closed)(void *owner),
                     void *owner);

#endif
