#ifndef ACTIONS_COMMAND_LOG_INDEX_H
#define ACTIONS_COMMAND_LOG_INDEX_H

/*
 * What the command log keeps in memory: for each event where its record lies, for each command its
 * events and the pieces of its output. About 90 bytes an event, tables included.
 *
 * Events stand in one array, ordered by sequence number, time and place alike, so all three are
 * found by bisection; only the oldest are ever dropped. A command is kept as long as one of its
 * events is, or while it is open (something still writes to it).
 *
 * Owned by command_log. Pointers are valid until the next change.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/command_log_table.h"
#include "server/base/id.h"

struct log_place {
    uint32_t segment;
    uint32_t position;
    uint32_t size;
};

struct log_event {
    uint64_t seq;
    int64_t wall_us;
    struct id id;
    struct log_place place;
    uint32_t command; /* number of its command */
    uint32_t next;    /* the command's next event; LOG_TABLE_NONE: none */
    int32_t order;    /* -1: the event that says the command was started */
};

struct log_chunk {
    uint64_t all_from;
    uint64_t out_from;
    struct log_place place;
};

struct log_command {
    struct id id;
    uint32_t first_event;
    uint32_t last_event;
    struct log_chunk *chunks;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
    uint32_t pinned; /* while open: the segment that stays for it */
    bool is_open;
    bool has_inline; /* no chunks; its last event carries all of the output */
};

struct log_index {
    struct log_event *events;
    size_t capacity;
    size_t start; /* events before it were dropped */
    size_t end;
    uint32_t start_number; /* the number of the event at `start` */
    struct log_table event_numbers;
    struct log_command *commands;
    size_t command_capacity;
    size_t command_count; /* in use or free; behind them nothing was ever touched */
    uint32_t first_free;
    struct log_table command_numbers;
};

void log_index_init(struct log_index *index);
void log_index_fini(struct log_index *index);

size_t log_index_count(const struct log_index *index);
/* By position, 0 is the oldest. */
const struct log_event *log_index_at(const struct log_index *index, size_t position);
/* The position of the first event at or behind a number or a time; the count when there is none. */
size_t log_index_from_seq(const struct log_index *index, uint64_t seq);
size_t log_index_from_time(const struct log_index *index, int64_t wall_us);
const struct log_event *log_index_find(const struct log_index *index, struct id id);

/* NULL when unknown. */
struct log_command *log_index_command(const struct log_index *index, struct id id);
struct log_command *log_index_command_of(const struct log_index *index,
                                         const struct log_event *event);
/* NULL at the end. */
const struct log_event *log_index_first(const struct log_index *index,
                                        const struct log_command *command);
const struct log_event *log_index_next(const struct log_index *index,
                                       const struct log_event *event);
const struct log_event *log_index_last(const struct log_index *index,
                                       const struct log_command *command);

/* False (nothing is added) when the id is known or number or time do not grow. */
bool log_index_add(struct log_index *index, struct id command_id, const struct log_event *event);
/* Pieces come in the order of their offsets; others are refused. */
bool log_index_add_chunk(struct log_index *index, struct id command_id,
                         const struct log_chunk *chunk);
void log_index_open(struct log_index *index, struct id command_id);
void log_index_close(struct log_index *index, struct id command_id);
void log_index_drop(struct log_index *index, size_t count);
/* Visits the open commands; *cursor starts at 0; NULL at the end. */
struct log_command *log_index_next_open(const struct log_index *index, size_t *cursor);

#endif
