#ifndef AGENT_REGISTRY_FORK_H
#define AGENT_REGISTRY_FORK_H

/*
 * Forks: a new conversation with the events of another, all of them or one branch up to an event,
 * and with its agent, policies and workspace (contract v1-conversations §4.11). Events are copied
 * in a worker job; the source goes on meanwhile. Part of registry.h.
 */

#include <stdbool.h>

#include "agent/registry_create.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct registry;

struct registry_fork {
    struct id id;     /* nil: a new one */
    struct str title; /* not set: none */
    struct str tags;  /* JSON; not set: none */
    struct str from_event_id;
    bool keeps_metrics;
};
/* ERROR_NOT_FOUND: `Source conversation not found`, `Unknown from_event_id: X`; ERROR_CONFLICT. */
void registry_fork(struct registry *registry, struct id source, const struct registry_fork *fork,
                   registry_fn on_done, void *owner);

#endif
