#ifndef AGENT_CONVERSATION_LISTENER_H
#define AGENT_CONVERSATION_LISTENER_H

/*
 * Who listens to a conversation, and what is told beside its log. A listener is a cursor: it is
 * told that the log has grown and reads it when it can write.
 *
 *     append, publish … ─ end of the turn, state on disk ─► on_grown, then what was published
 *
 * What is not stored comes with the number of events that stand before it, so that a reader who is
 * behind can keep the order. Included by conversation.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/id.h"
#include "server/base/list.h"
#include "server/base/str.h"

struct conversation;

enum conversation_piece_kind {
    PIECE_STARTED, /* item, attempt */
    PIECE_TEXT,    /* and order, content, chunk_id */
    PIECE_REASONING,
    PIECE_ABORTED /* item, attempt, content: the reason */
};
struct conversation_piece {
    enum conversation_piece_kind kind;
    struct id item; /* of the event it will become */
    unsigned attempt;
    unsigned order;
    struct str content;  /* masked */
    struct str raw;      /* as it came, for streaming events */
    struct str chunk_id; /* STR_NULL: none */
};

struct conversation_listener {
    struct list link; /* zeroed at first */
    void *owner;
    bool is_internal; /* does not keep the conversation from being closed when it is idle */
    /* Any may be NULL. The log has more events. */
    void (*on_grown)(void *owner);
    /* An event that is not stored; it comes behind the first `count` events of the log, of which
     * on_grown may not have told yet, and before all others. */
    void (*on_transient)(void *owner, struct str event, size_t count);
    void (*on_piece)(void *owner, const struct conversation_piece *piece, size_t count);
    /* Title or tags were changed. */
    void (*on_renamed)(void *owner);
    /* It closes (is_deleted: for good). The listener is out of the list already. */
    void (*on_closed)(void *owner, bool is_deleted);
};

/* Nothing is told inside this call. */
void conversation_listen(struct conversation *conversation, struct conversation_listener *listener);
void conversation_unlisten(struct conversation *conversation,
                           struct conversation_listener *listener);
size_t conversation_listener_count(const struct conversation *conversation);
/* Milliseconds of the loop's clock when somebody last came, went or changed something. */
uint64_t conversation_last_use(const struct conversation *conversation);

/* A whole event, as clients get it, that is told but not stored. Copied. */
void conversation_publish(struct conversation *conversation, struct str event);
void conversation_publish_piece(struct conversation *conversation,
                                const struct conversation_piece *piece);

#endif
