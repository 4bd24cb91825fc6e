#ifndef ACTIONS_COMMAND_OUTPUT_H
#define ACTIONS_COMMAND_OUTPUT_H

/*
 * What one running command prints: the newest bytes in memory, all before them in the log.
 *
 *     |———— records in the log ————|—— tail in memory ——| next byte
 *
 * Readers address bytes by offset in stdout, in stderr or in both together, and see every byte as
 * soon as it has arrived. Beside that the output makes the events of contract v1-server §5.4: each
 * time a stream passes OUTPUT_EVENT_CHARACTERS one event that shows exactly so many, and a last one
 * with what is left. Events are cut between characters, counted after repair.
 *
 * Limit: of each command the first COMMAND_OUTPUT_MAX_BYTES are kept; what comes later is read from
 * the pipe, counted in dropped_bytes and thrown away, so that the command is never held up.
 *
 * Owned by its command.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/command_chunk.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct command_log;
struct record;

#define COMMAND_OUTPUT_MAX_BYTES ((uint64_t)1 << 30)
#define OUTPUT_EVENT_CHARACTERS  ((size_t)1048576)

/* One stream's way to its next event. */
struct output_stream {
    uint64_t bytes;      /* arrived and kept */
    uint64_t event_from; /* shown by no event yet from here on */
    size_t characters;   /* complete ones since event_from */
    char pending[4];     /* the beginning of a character that is not complete */
    size_t pending_len;
};

struct command_output {
    struct command_log *log;
    struct id command_id;
    struct command_tail tail;
    struct output_stream streams[2]; /* by enum command_stream */
    uint64_t dropped_bytes;
    int32_t next_order;
    bool is_finished; /* the last event was made */
};

void output_init(struct command_output *output, struct command_log *log, struct id command_id);
void output_fini(struct command_output *output);
void output_append(struct command_output *output, enum command_stream stream, struct str bytes);
/* Makes the last event. Its end, message and flags are in `record` already. */
void output_finish(struct command_output *output, struct record *record);
/* Hands the tail over to the log. */
void output_flush(struct command_output *output);

/* Appends at most `limit` bytes at and behind `from`, says where they begin. False: none there. */
bool output_read(const struct command_output *output, enum command_stream stream, uint64_t from,
                 size_t limit, struct buf *out, uint64_t *ret_from);
uint64_t output_bytes(const struct command_output *output, enum command_stream stream);

#endif
