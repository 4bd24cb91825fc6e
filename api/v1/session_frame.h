#ifndef API_V1_SESSION_FRAME_H
#define API_V1_SESSION_FRAME_H

/*
 * The frames of the session socket as JSON, tagged by "type" (contract v1-conversations §3.5);
 * streams of server-sent events use them too. Each function appends one frame; nothing is kept.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct buf;
struct conversation_piece;

/* Where a client wants to begin: behind this event, which may be negative; not set: with what
 * happens from now on. */
struct session_place {
    bool is_set;
    int64_t after_seq;
};
/* The number of the first event to be sent, of `count`. */
size_t session_place_first(const struct session_place *place, size_t count);

/* `count` events are stored. */
void session_frame_sync(const struct session_place *place, size_t count, struct buf *out);
void session_frame_durable(size_t number, struct str event, struct buf *out);
void session_frame_transient(struct str event, struct buf *out);
/* `count` events stood before it. */
void session_frame_piece(const struct conversation_piece *piece, size_t count, struct buf *out);
void session_frame_error(struct str code, struct str detail, struct buf *out);
/* The "type" of a piece's frame. */
struct str session_frame_piece_type(const struct conversation_piece *piece);

#endif
