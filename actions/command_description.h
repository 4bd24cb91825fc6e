#ifndef ACTIONS_COMMAND_DESCRIPTION_H
#define ACTIONS_COMMAND_DESCRIPTION_H

/*
 * What is known about a command: what was asked for, how it goes, how it ended and what it cost.
 * The same for one that runs and for one of a former run of the server.
 *
 * Plain values; strings are borrowed from whoever describes.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/base/id.h"
#include "server/base/str.h"

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

#endif
