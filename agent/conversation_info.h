#ifndef AGENT_CONVERSATION_INFO_H
#define AGENT_CONVERSATION_INFO_H

/*
 * The ConversationInfo of answers (contract v1-conversations §1.4), made of a state and meta data,
 * of an open conversation or as read from disk. Nulls are there, secrets are null. Keeps nothing;
 * any thread may call it with values of its own.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/id.h"

struct buf;
struct meta;
struct state;

struct conversation_info {
    bool includes_skills;
    bool has_runtime;          /* runtime_info is given, not null */
    const struct id *children; /* sub_conversation_ids */
    size_t child_count;
};

/* Appends the object. */
void conversation_info_print(const struct state *state, const struct meta *meta,
                             const struct conversation_info *info, struct buf *out);

#endif
