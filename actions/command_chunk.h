#ifndef ACTIONS_COMMAND_CHUNK_H
#define ACTIONS_COMMAND_CHUNK_H

/*
 * A piece of a command's output: bytes of both streams in the order in which they arrived, and the
 * runs that say which bytes belong to which stream.
 *
 *     runs    [out 5][err 3][out 4]
 *     bytes   hello oh! bye\n
 *
 * One piece can be read as stdout, as stderr, or as both together; each way has offsets of its own
 * that count from the command's first byte. struct command_chunk is a borrowed view; struct
 * command_tail is the piece that grows in memory before it goes to the log.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/str.h"

enum command_stream {
    COMMAND_STDOUT,
    COMMAND_STDERR,
    COMMAND_ALL
};

#define CHUNK_RUN_STDERR   0x80000000u
#define CHUNK_RUN_LENGTH   0x7fffffffu
#define CHUNK_FULL_BYTES   ((size_t)64 << 10) /* a tail this long goes to the log */
#define CHUNK_MAX_RUN_SIZE ((size_t)16 << 10) /* bytes of runs; the same */

struct command_chunk {
    uint64_t all_from; /* bytes of both streams before this piece */
    uint64_t out_from; /* bytes of stdout before this piece */
    struct str runs;   /* of uint32_t, not aligned */
    struct str bytes;
};

/* False when the runs do not add up to the bytes. */
bool chunk_is_sound(const struct command_chunk *chunk);
/* The offsets of the piece in one stream: its first byte and the one behind its last. */
uint64_t chunk_first(const struct command_chunk *chunk, enum command_stream stream);
uint64_t chunk_end(const struct command_chunk *chunk, enum command_stream stream);
/* Appends what the piece has of the stream at and behind `from`, at most `limit` bytes. The piece
 * must be sound. Returns how many bytes it appended. */
size_t chunk_read(const struct command_chunk *chunk, enum command_stream stream, uint64_t from,
                  size_t limit, struct buf *out);

struct command_tail {
    uint64_t all_from;
    uint64_t out_from;
    struct buf runs;
    struct buf bytes;
};

void tail_fini(struct command_tail *tail);
void tail_append(struct command_tail *tail, enum command_stream stream, struct str bytes);
bool tail_is_full(const struct command_tail *tail);
struct command_chunk tail_chunk(const struct command_tail *tail);
/* Empties the tail; the next byte follows where it ended. */
void tail_advance(struct command_tail *tail);

#endif
