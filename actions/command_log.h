#ifndef ACTIONS_COMMAND_LOG_H
#define ACTIONS_COMMAND_LOG_H

/*
 * The log of all commands: their events and their output, appended to segment files and found
 * through an index in memory that is read back from the files at start.
 *
 *     folder/segment-00000001.log, …      the newest is written to, the oldest are dropped first
 *
 * Every event has a sequence number that grows by one, over restarts too, and a time that grows by
 * a microsecond at least; so readers are cursors, and order by time is total.
 *
 * Limits: age (retention_seconds, by event) and total size (max_bytes, by whole segments; a segment
 * to which a running command has written stays until twice the limit is reached).
 *
 * A folder that cannot be written (full, read-only, in use by another server) is no failure: the
 * newest events are kept in memory (command_log_store.h). There is no fsync: a crash of the machine
 * may cost the newest records.
 *
 * Owned by commands. Loop thread only; reads and writes are small and meet the page cache.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/command_log_index.h"
#include "actions/command_log_record.h"
#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct command_log;

struct command_log_options {
    struct str directory;
    int64_t retention_seconds;     /* 0: no limit */
    int64_t max_bytes;             /* 0: no limit */
    void (*on_event)(void *owner); /* after each event; may be NULL */
    void *owner;
};

struct command_log *command_log_new(const struct command_log_options *options);
/* Gone when nobody holds it any more; nothing is added after this. */
void command_log_free(struct command_log *log);
/* For whoever reads it over several turns. */
void command_log_hold(struct command_log *log);
void command_log_release(struct command_log *log); /* NULL is fine */
/* Why the log is in memory only; STR_NULL when it is on disk. */
struct str command_log_trouble(const struct command_log *log);

/* Number and time are filled in. The command stays open until command_log_settle. */
void command_log_add_command(struct command_log *log, struct record *record);
void command_log_add_output(struct command_log *log, struct record *record);
void command_log_add_data(struct command_log *log, struct id command_id,
                          const struct command_chunk *chunk);
void command_log_settle(struct command_log *log, struct id command_id);

const struct log_index *command_log_index(const struct command_log *log);
/* The number of the next event, and of the oldest that is kept (or the next). */
uint64_t command_log_next_seq(const struct command_log *log);
uint64_t command_log_first_seq(const struct command_log *log);
/* Reads one record; its views point into `bytes`. False: dropped or damaged. */
bool command_log_read(const struct command_log *log, struct log_place place, struct buf *bytes,
                      struct record *ret_record) MUST_CHECK;
/* Appends output of a command from offset `from` of a stream on, at most `limit` bytes, and tells
 * where that begins: later than asked for when the part before is gone. False: nothing there. */
struct command_log_range {
    struct id command_id;
    enum command_stream stream;
    uint64_t from;
    size_t limit;
};
bool command_log_output(const struct command_log *log, const struct command_log_range *range,
                        struct buf *out, uint64_t *ret_from) MUST_CHECK;
/* How much a command has printed, as far as it is stored. */
void command_log_totals(const struct command_log *log, struct id command_id, uint64_t *ret_stdout,
                        uint64_t *ret_stderr);

/* Forgets all events and returns how many there were. Of open commands, the output at and behind
 * what `keep` says stays readable; it returns false when nothing has to. */
struct command_log_keep {
    bool (*keep)(void *owner, struct id command_id, uint64_t *ret_stdout_from,
                 uint64_t *ret_stderr_from);
    void *owner;
};
size_t command_log_clear(struct command_log *log, const struct command_log_keep *keep);
/* Drops what is too old. False when no event is left. */
bool command_log_expire(struct command_log *log);

#endif
