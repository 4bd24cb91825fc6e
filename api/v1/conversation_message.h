#ifndef API_V1_CONVERSATION_MESSAGE_H
#define API_V1_CONVERSATION_MESSAGE_H

/*
 * Messages of clients to an agent (contract v1-conversations §1.2, §2.2): what a request's body or
 * a frame on a socket has as content, checked and written as events have it. Keeps nothing.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct doc_value;
struct issues;

#define CONVERSATION_NOT_FROM_USER "Only user messages are allowed to be sent to the agent."

/* Appends the list; NULL and null are an empty one. Items that do not fit become issues of the
 * body's member "content", and false is given. */
bool conversation_message_content(const struct doc_value *content, struct issues *issues,
                                  struct buf *out) MUST_CHECK;

struct conversation_message_error {
    const char *code;   /* the name of the reference's exception */
    struct buf *detail; /* appended to */
};
/* Appends the content of a message that came as a frame. */
bool conversation_message_read(struct str frame, bool is_binary, struct buf *content,
                               struct conversation_message_error *error) MUST_CHECK;

#endif
