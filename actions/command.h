#ifndef ACTIONS_COMMAND_H
#define ACTIONS_COMMAND_H

/*
 * One running command: a process group, its pipes (or terminal), its deadline and its output.
 *
 *     RUNNING ── leader exits ──> DRAINING ── pipes empty ──> FINISHED ── pipes closed ──> freed
 *
 * The end is the leader's exit. What the pipes hold then is read at once; if somebody else still
 * holds them, COMMAND_GRACE_SILENCE_MS of silence (COMMAND_GRACE_MAX_MS at most) end the wait, and
 * their later output is kept under the same command (`has_detached_writers`).
 *
 * A timeout or stop sends TERM to the whole group, KILL after COMMAND_TERM_WAIT_MS, and gives up
 * waiting COMMAND_KILL_WAIT_MS later.
 *
 * Owned by commands. Waiters and readers are links of their owners; they are told once and by the
 * loop, never inside a call of theirs.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/list.h"
#include "server/base/str.h"

struct buf;
struct child_env;
struct command;
struct command_log;
struct error;
struct loop;
struct processes;
struct record;

#define COMMAND_GRACE_SILENCE_MS  20
#define COMMAND_GRACE_MAX_MS      100
#define COMMAND_TERM_WAIT_MS      1000
#define COMMAND_KILL_WAIT_MS      1000
#define COMMAND_MAX_TIMEOUT_S     (INT64_C(10) * 366 * 86400) /* longer ones are cut to it */
#define COMMAND_MAX_STDIN_BYTES   ((size_t)8 << 20)           /* waiting to be read; 429 beyond */
#define COMMAND_DEFAULT_TIMEOUT_S 300

enum command_stream {
    COMMAND_STDOUT,
    COMMAND_STDERR,
    COMMAND_ALL
};

/* Why a command ended; the texts are what clients of the native routes see. */
#define COMMAND_REASONS(X)                                                                         \
    X(RUNNING, "running")                                                                          \
    X(EXITED, "exited")                                                                            \
    X(SIGNALLED, "signal")                                                                         \
    X(TIMEOUT, "timeout")                                                                          \
    X(STOPPED, "stopped")                                                                          \
    X(SPAWN_FAILED, "spawn_failed")                                                                \
    X(LOST, "lost") /* the server ended first */

enum command_reason {
#define COMMAND_REASON_ENUM(name, text) COMMAND_##name,
    COMMAND_REASONS(COMMAND_REASON_ENUM)
#undef COMMAND_REASON_ENUM
};
const char *command_reason_name(enum command_reason reason);

struct command_request {
    struct id id;           /* nil: one is made */
    struct str command;     /* for /bin/sh -c; when argv is given, only what is shown of it */
    const struct str *argv; /* NULL: through the shell */
    size_t argc;
    struct str cwd; /* unset or empty: the server's */
    bool has_timeout;
    int64_t timeout_s; /* from the spawn on; zero and below: at once */
    bool has_open_stdin;
    bool has_terminal; /* stdin, stdout and stderr are one terminal */
    unsigned cols;
    unsigned rows;
    const struct str *env; /* "NAME=value", added to the child environment */
    size_t env_count;
};

struct command_end {
    enum command_reason reason;
    int exit_code; /* as contract v1-server §5.4 counts: -N for signal N, -1 for timeouts */
    int signal;    /* 0: none */
    int64_t finished_us;
    int64_t user_us;
    int64_t system_us;
    int64_t peak_rss_bytes;
    int64_t wall_us;
    bool has_detached_writers;
};

struct command_description {
    struct id id;
    struct str command;
    struct str cwd; /* unset: the server's */
    bool has_timeout;
    int64_t timeout_s;
    bool has_open_stdin;
    bool has_terminal;
    unsigned cols;
    unsigned rows;
    int64_t started_us;
    pid_t pid; /* 0: never spawned, or of a former run */
    struct command_end end;
    struct str message; /* of a failed spawn */
    uint64_t stdout_bytes;
    uint64_t stderr_bytes;
    uint64_t dropped_bytes; /* printed beyond COMMAND_OUTPUT_MAX_BYTES, or not storable */
};

struct id command_id(const struct command *command);
/* From a link of commands_live. */
struct command *command_from_link(const struct list *link);
bool command_is_finished(const struct command *command);
void command_describe(const struct command *command, struct command_description *ret_description);

/* Told when the command has finished and its last event is stored. Not for finished ones. */
struct command_waiter {
    struct list link;
    void (*on_finished)(struct command_waiter *waiter, struct command *command);
};
void command_wait(struct command *command, struct command_waiter *waiter);
void command_waiter_cancel(struct command_waiter *waiter);

/* Told at each new output and when the last writer is gone; then the reader is unlinked. */
struct command_reader {
    struct list link;
    void (*on_output)(struct command_reader *reader, bool is_end);
};
void command_follow(struct command *command, struct command_reader *reader);
void command_reader_cancel(struct command_reader *reader);

/* Ends the group. Told (once, when finished or when the time for it is up) like a waiter. */
void command_stop(struct command *command);
bool command_signal(struct command *command, int signal, bool is_for_group,
                    struct error *error) MUST_CHECK;
/* `from` is the offset of the first byte in all that is ever written: what is known already is
 * skipped, so a repeat is harmless. *ret_total is the offset reached. */
bool command_write(struct command *command, uint64_t from, struct str bytes, bool is_end,
                   uint64_t *ret_total, struct error *error) MUST_CHECK;
uint64_t command_written(const struct command *command);
bool command_resize(struct command *command, unsigned cols, unsigned rows,
                    struct error *error) MUST_CHECK;
/* Output of a live command; see output_read. */
bool command_read(const struct command *command, enum command_stream stream, uint64_t from,
                  size_t limit, struct buf *out, uint64_t *ret_from);
uint64_t command_bytes(const struct command *command, enum command_stream stream);
/* True when nobody can print any more. */
bool command_is_silent(const struct command *command);

/* For commands.c: what a command stands on. on_settled comes once, when it has finished and is
 * silent; it is then freed with command_free. */
struct command_host {
    struct loop *loop;
    struct processes *processes;
    struct child_env *child_env;
    struct command_log *log;
    void (*on_settled)(void *owner, struct command *command);
    void *owner;
};
/* `record` is the request as it is stored; it is added to the log here. */
struct command *command_start(const struct command_host *host,
                              const struct command_request *request, struct record *record);
struct list *command_link(struct command *command);
/* The sum of its request, to tell a repeat from a clash. */
uint64_t command_request_sum(const struct command *command);
/* From where on its output is not shown by an event yet. */
void command_unshown(const struct command *command, uint64_t *ret_stdout, uint64_t *ret_stderr);
/* When its leader has ended already: finishes it without further waiting; it may be freed then. */
void command_end_now(struct command *command);
/* Keeps in the log what it printed. A process that runs goes on, unobserved. */
void command_free(struct command *command);

#endif
