#ifndef API_V1_BASH_RENDER_H
#define API_V1_BASH_RENDER_H

/*
 * Writes bash events as JSON (contract v1-server §5.1), a list of them piece by piece: output is
 * read from the log as it is needed, so a page of a hundred megabytes takes no more memory than one
 * piece, and no call takes longer than one piece.
 *
 *     prefix item,item,… suffix
 *
 * UTF-8 is repaired once: a piece ends between characters. Events that have gone meanwhile are left
 * out, or null where a list keeps places; bytes that have gone are left out.
 *
 * Owned by its user; plain memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/command_log_record.h"
#include "server/base/buf.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct command_log;
struct http_request;

#define BASH_RENDER_PIECE_BYTES ((size_t)64 << 10)

struct bash_render {
    struct command_log *log;
    struct buf prefix;
    struct buf suffix;
    struct buf items;     /* of uint64_t: sequence numbers, 0 stands for null */
    bool writes_null;     /* for events that have gone */
    bool is_whole_output; /* the only item is a last event and shows the output of all events */
    size_t next_item;
    size_t written_items;
    unsigned phase;
    struct buf bytes;     /* of the record */
    struct record record; /* the item being written */
    uint64_t offset;      /* in the stream being written */
    bool is_string_open;  /* else the stream is null */
    char carry[4];        /* the beginning of a character that the next piece completes */
    size_t carry_len;
};

void bash_render_init(struct bash_render *render, struct command_log *log);
void bash_render_fini(struct bash_render *render);
void bash_render_add(struct bash_render *render, uint64_t seq);
/* Appends about `budget` bytes at most. True when everything is written. */
bool bash_render_more(struct bash_render *render, struct buf *out, size_t budget);

/* Replies with all of it, whole or as a stream; empties `render`. */
void bash_render_reply(struct http_request *request, struct bash_render *render);

#endif
