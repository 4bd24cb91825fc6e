#ifndef AGENT_REGISTRY_CLOSE_H
#define AGENT_REGISTRY_CLOSE_H

/*
 * Conversations that go: to disk, or for good (contract v1-conversations §1.1). Whoever works with
 * one is told, and waited for. Part of registry.h.
 */

#include <stdbool.h>

#include "server/base/id.h"

struct error;
struct registry;

typedef void (*registry_done_fn)(void *owner, const struct error *error);
/* The status becomes `deleting`, listeners are told, the folder goes. ERROR_NOT_FOUND. */
void registry_delete(struct registry *registry, struct id id, registry_done_fn on_done,
                     void *owner);
/* Closes those open ones whose sessions have hooks for their end, because the server stops;
 * whatever starts processes still has to work. False: there are none, and on_done does not come.
 * Once. */
bool registry_end_sessions(struct registry *registry, void (*on_done)(void *owner), void *owner);
/* Every open conversation is closed to disk, and its session ends. */
void registry_close_all(struct registry *registry, registry_done_fn on_done, void *owner);

#endif
