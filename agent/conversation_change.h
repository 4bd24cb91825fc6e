#ifndef AGENT_CONVERSATION_CHANGE_H
#define AGENT_CONVERSATION_CHANGE_H

/*
 * Changes of a conversation's state: each is made in memory, told by an event of its own in the log
 * (contract v1-conversations §3.2), and written to base_state.json at the end of the turn. Title
 * and tags are written to meta.json at once. Included by conversation.h.
 */

#include <stdbool.h>

#include "agent/state.h"
#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct conversation;
struct error;

enum state_status conversation_status(const struct conversation *conversation);
bool conversation_set_status(struct conversation *conversation, enum state_status status,
                             struct error *error) MUST_CHECK;
bool conversation_set_field(struct conversation *conversation, enum state_field field,
                            struct str json, struct error *error) MUST_CHECK;
bool conversation_set_last_user_message(struct conversation *conversation, struct id event_id,
                                        struct error *error) MUST_CHECK;
/* The sums have changed: stored, and told by a snapshot. */
bool conversation_stats_changed(struct conversation *conversation, struct error *error) MUST_CHECK;
/* Stored only; no event. */
void conversation_stats_kept(struct conversation *conversation);
void conversation_secrets_changed(struct conversation *conversation);
/* Title (not set: stays) and tags (JSON; not set: stay). A refused write changes nothing. */
bool conversation_rename(struct conversation *conversation, struct str title, struct str tags,
                         struct error *error) MUST_CHECK;
/* A title found by the server: "updated_at" stays. */
bool conversation_set_title(struct conversation *conversation, struct str title,
                            struct error *error) MUST_CHECK;

#endif
