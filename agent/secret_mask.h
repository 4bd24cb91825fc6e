#ifndef AGENT_SECRET_MASK_H
#define AGENT_SECRET_MASK_H

/*
 * Replaces the values of secrets by SECRET_HIDDEN wherever they occur in a text (contract
 * v1-conversations §3.1), also when the text comes in pieces and a value is cut by their edges: the
 * longest end of a piece that may be the beginning of a value is held back until more comes.
 *
 * The longest value that matches at a place wins. Values shorter than SECRET_MIN_BYTES are not
 * masked: they would blank out half of every text. Owned by a conversation; a stream of text has a
 * mask_stream of its own.
 */

#include <stddef.h>

#include "server/base/buf.h"
#include "server/base/str.h"

struct secret_mask;

#define SECRET_HIDDEN    "<secret-hidden>"
#define SECRET_MIN_BYTES 3

struct secret_mask *secret_mask_new(void);
void secret_mask_free(struct secret_mask *mask);
/* Copies; known and blank values are passed over. */
void secret_mask_add(struct secret_mask *mask, struct str value);

/* Appends the text with all values hidden. */
void secret_mask_apply(const struct secret_mask *mask, struct str text, struct buf *out);

struct mask_stream {
    struct buf held; /* may be the beginning of a value */
};
/* Appends what can be shown now. */
void mask_stream_feed(struct mask_stream *stream, const struct secret_mask *mask, struct str piece,
                      struct buf *out);
/* Nothing follows: appends what was held back. */
void mask_stream_end(struct mask_stream *stream, const struct secret_mask *mask, struct buf *out);
void mask_stream_fini(struct mask_stream *stream);

#endif
