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

#include "actions/command_chunk.h"
#include "actions/command_description.h"
#include "actions/command_request.h"
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

#define COMMAND_GRACE_SILENCE_MS 20
#define COMMAND_GRACE_MAX_MS     100
#define COMMAND_TERM_WAIT_MS     1000
#define COMMAND_KILL_WAIT_MS     1000

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
