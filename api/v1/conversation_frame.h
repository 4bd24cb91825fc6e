#ifndef API_V1_CONVERSATION_FRAME_H
#define API_V1_CONVERSATION_FRAME_H

/*
 * Events as the clients of a conversation get them (contract v1-conversations §2.2, §2.7, §3): what
 * is stored, in the form that they understand; pieces of a streamed answer as an event of their
 * own; and what went wrong with something that they have sent. Keeps nothing.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct conversation;
struct conversation_piece;

/* Appends a stored event. False: it is unreadable, or not for these clients. */
bool conversation_frame_write(const struct conversation *conversation, size_t number,
                              struct buf *out) MUST_CHECK;
/* Appends a StreamingDeltaEvent. False: the piece gives none, or the clients know none. */
bool conversation_frame_write_piece(const struct conversation *conversation,
                                    const struct conversation_piece *piece,
                                    struct buf *out) MUST_CHECK;
/* Appends a ServerErrorEvent. */
void conversation_frame_write_error(struct str code, struct str detail, struct buf *out);

#endif
