#ifndef ACTIONS_COMMAND_LOG_SEGMENT_H
#define ACTIONS_COMMAND_LOG_SEGMENT_H

/*
 * One segment of the command log: a file that only grows, or, where the disk cannot be written, an
 * image of such a file in memory that is written out as soon as it can be.
 *
 *     | start: magic, number, sequence | record | record | …
 *
 * Owned by command_log. Positions are offsets in the file. Appending is one write without fsync; a
 * write that fails half-way is taken back.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/command_log_record.h"
#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/str.h"

struct error;

#define SEGMENT_IMAGE_MAX_BYTES ((size_t)8 << 20) /* in memory; a segment is full then */

struct segment {
    char *path;
    int fd; /* -1: in memory */
    struct buf image;
    uint32_t number;
    uint64_t size;
    uint64_t first_seq; /* the sequence number its first event has or would have */
    int64_t first_us;   /* the time of its first event; 0: no event */
    int64_t last_us;    /* no event before this segment's end is later */
    unsigned open_commands;
};

/* In memory, until segment_persist. */
struct segment *segment_new(struct str folder, uint32_t number, uint64_t first_seq,
                            int64_t last_us);
/* Opens what a former run wrote. */
bool segment_open(struct str folder, uint32_t number, struct segment **ret_segment,
                  struct error *error) MUST_CHECK;
void segment_free(struct segment *segment);
/* Deletes the file as well. */
void segment_delete(struct segment *segment);

/* False when the disk refuses: nothing was appended. An image takes everything. */
bool segment_append(struct segment *segment, struct str bytes, uint64_t *ret_position,
                    struct error *error) MUST_CHECK;
/* Makes the file and its folders and writes the image to it. On failure all stays as it was. */
bool segment_persist(struct segment *segment, struct error *error) MUST_CHECK;
bool segment_is_in_memory(const struct segment *segment);
/* Replaces the content of `out` by at most `len` bytes from `position` on. */
bool segment_read(const struct segment *segment, uint64_t position, size_t len,
                  struct buf *out) MUST_CHECK;

/* Visits every sound record; damaged parts are skipped with a warning. What is torn at the end is
 * cut off when `is_last`. */
typedef void (*segment_visit_fn)(void *owner, uint64_t position, const struct record *record);
void segment_scan(struct segment *segment, bool is_last, segment_visit_fn visit, void *owner);

/* Makes the folders above a file. What goes wrong shows when the file is opened. */
void segment_make_folders(const char *file);
/* The numbers of the segments in a folder, ascending; free() the array. */
uint32_t *segment_numbers(struct str folder, size_t *ret_count);

#endif
