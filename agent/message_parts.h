#ifndef AGENT_MESSAGE_PARTS_H
#define AGENT_MESSAGE_PARTS_H

/*
 * A growing list of the parts of one message, for whoever turns an event into a message: texts and
 * images, in the order in which the model sees them. Borrowed strings stay the caller's; those that
 * had to be made live in the list's arena and die with it.
 *
 * A zeroed list is a valid empty one.
 */

#include <stddef.h>

#include "agent/llm/message.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct doc_value;

struct message_parts {
    struct llm_part *items;
    size_t count;
    size_t capacity;
    struct arena arena;
};

void message_parts_fini(struct message_parts *parts);

/* Borrowed: must live as long as the list is looked at. */
void message_parts_add_text(struct message_parts *parts, struct str text);
void message_parts_add_image(struct message_parts *parts, struct str url);
/* A list of TextContent and ImageContent; what is neither is passed over, NULL is fine. */
void message_parts_add_content(struct message_parts *parts, const struct doc_value *content);

#endif
