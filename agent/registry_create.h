#ifndef AGENT_REGISTRY_CREATE_H
#define AGENT_REGISTRY_CREATE_H

/*
 * New conversations from a request (contract v1-conversations §1.1, §1.3): the parent is looked at,
 * the workspace prepared, the folder made; the conversation is open when the caller is told.
 * Requests for the same id are joined. Part of registry.h.
 */

#include <stdbool.h>

#include "server/base/id.h"
#include "server/base/str.h"

struct conversation;
struct error;
struct registry;
struct start_request;

typedef void (*registry_fn)(void *owner, struct conversation *conversation,
                            const struct error *error);

/* Takes the request. is_new is false when the id exists already. ERROR_UNPROCESSABLE for parents
 * that do not fit. */
typedef void (*registry_create_fn)(void *owner, struct conversation *conversation, bool is_new,
                                   const struct error *error);
void registry_create(struct registry *registry, struct start_request *request,
                     registry_create_fn on_done, void *owner);

#endif
