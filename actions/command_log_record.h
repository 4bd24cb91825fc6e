#ifndef ACTIONS_COMMAND_LOG_RECORD_H
#define ACTIONS_COMMAND_LOG_RECORD_H

/*
 * The records of a segment file: how they are written and read back. Pure functions; everything
 * read is checked, because anybody in the sandbox can write to the files.
 *
 *     | prefix: magic, kind, sizes, two sums | meta: fixed size by kind | body: texts, output |
 *
 * The first sum covers the prefix and the meta, so a start of the server reads only these; the
 * second covers the body and is checked when the body is read. Numbers are little-endian.
 *
 *   COMMAND   an event: a command was started. Body: command, cwd, argv (each ended by NUL)
 *   DATA      output of a command. Body: runs, bytes
 *   OUTPUT    an event: which ranges of the output it shows; the last one also says how the command
 *             ended and may carry the last output itself. Body: message, runs, bytes
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/command_chunk.h"
#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct buf;

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are written as they lie");

enum record_kind {
    RECORD_COMMAND = 1,
    RECORD_DATA = 2,
    RECORD_OUTPUT = 3
};

enum record_flags {
    RECORD_HAS_CWD = 1,
    RECORD_HAS_TIMEOUT = 2,
    RECORD_HAS_STDIN = 4,
    RECORD_HAS_TERMINAL = 8,
    RECORD_IS_LAST = 16, /* of OUTPUT: it has the exit code */
    RECORD_HAS_MESSAGE = 32,
    RECORD_HAS_DETACHED = 64,
};

/* Both events begin with these three, in this order. */
struct record_command {
    uint64_t seq;
    int64_t wall_us;
    struct id id;
    int64_t timeout_s;
    uint64_t env_sum;
    uint32_t command_bytes;
    uint32_t cwd_bytes;
    uint32_t argv_bytes;
    uint16_t flags;
    uint16_t cols;
    uint16_t rows;
    uint16_t reserved[3];
};

struct record_data {
    struct id command_id;
    uint64_t all_from;
    uint64_t out_from;
    uint32_t runs_bytes;
    uint32_t reserved;
};

struct record_output {
    uint64_t seq;
    int64_t wall_us;
    struct id id;
    struct id command_id;
    uint64_t stdout_from;
    uint64_t stdout_to;
    uint64_t stderr_from;
    uint64_t stderr_to;
    uint64_t all_from;
    uint64_t out_from;
    int64_t started_us;
    int64_t user_us;
    int64_t system_us;
    int64_t peak_rss_bytes;
    int64_t spent_us;
    uint64_t dropped_bytes;
    uint32_t message_bytes;
    uint32_t runs_bytes;
    int32_t order;
    int32_t exit_code;
    int32_t signal;
    int32_t pid;
    uint16_t flags;
    uint16_t reason;
    uint32_t reserved;
};

struct record {
    enum record_kind kind;
    uint64_t body_bytes;
    union {
        struct record_command command;
        struct record_data data;
        struct record_output output;
    };
    /* Views of the body, set by record_read and read by record_write. */
    struct str command_text;
    struct str cwd;
    struct str argv;
    struct str message;
    struct command_chunk chunk;
};

#define RECORD_PREFIX_BYTES   32
#define RECORD_MAX_HEAD_BYTES 256 /* prefix and meta of any kind */
#define RECORD_MAX_BODY_BYTES ((uint64_t)1 << 30)

/* Appends the record; what its meta says about the body is filled in from the views. */
void record_write(struct record *record, struct buf *out);
/* Prefix and meta from the front of `bytes`; false when there is no sound record. `bytes` needs
 * RECORD_MAX_HEAD_BYTES, or what is left of the file. The views stay unset. */
bool record_read_head(struct str bytes, struct record *ret_record) MUST_CHECK;
/* A whole record, its body checked too; the views point into `bytes`. */
bool record_read(struct str bytes, struct record *ret_record) MUST_CHECK;
uint64_t record_bytes(const struct record *record);
/* Where the next thing that looks like a record begins, at or behind `from`; SIZE_MAX: nowhere. */
size_t record_find(struct str bytes, size_t from);

/* A 64-bit sum against accidents, not against intent. */
uint64_t record_sum(uint64_t seed, struct str bytes);

#endif
