#ifndef API_V1_CONVERSATION_SCOPES_H
#define API_V1_CONVERSATION_SCOPES_H

/*
 * The commands of conversations (contract v1-conversations §1.5): each has a history of its own, in
 * its folder, opened when somebody asks for it.
 *
 *     scopes ──< scope (of an open conversation) ── commands (actions/commands.h)
 *
 * While a command runs, the conversation stays open; when it closes, its commands are ended first.
 * Owned by the conversation service; closed when the last conversation is.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct api;
struct commands;
struct conversation;
struct conversation_scopes;
struct error;

struct conversation_scopes *conversation_scopes_open(const struct api *api);
void conversation_scopes_close(struct conversation_scopes *scopes);
/* Of a conversation that is not closing; they go when it closes. */
bool conversation_scopes_find(struct conversation_scopes *scopes, struct conversation *conversation,
                              struct commands **ret_commands, struct error *error) MUST_CHECK;

#endif
