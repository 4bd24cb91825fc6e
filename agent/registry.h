#ifndef AGENT_REGISTRY_H
#define AGENT_REGISTRY_H

/*
 * All conversations of the server (contract v1-conversations §1.1, §7): those on disk by a small
 * record each, and the open ones. Listing and counting read no events, and no file for what the
 * records say; opening is done when somebody asks, by worker jobs.
 *
 *     registry ──< record (id, times, status, parent) ── conversation (when open)
 *
 * At start the folder is read in the background; requests wait for it. Conversations that were
 * running when the server stopped are opened and marked. Idle ones are closed after a while.
 * Owned by app; loop thread. Every callback comes once, later. What is asked of it is in four more
 * headers, which this one includes: registry_create.h, registry_fork.h,
 * registry_close.h and registry_answer.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/registry_answer.h"
#include "agent/registry_close.h"
#include "agent/registry_create.h"
#include "agent/registry_fork.h"
#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct cipher;
struct conversation;
struct error;
struct loop;
struct registry;
struct workspaces;

struct registry_options {
    struct loop *loop;
    struct workspaces *workspaces;
    const struct cipher *cipher; /* NULL: secrets are not kept on disk */
    struct str directory;        /* conversations_path */
    struct str worktree_root;    /* lives as long as the registry; unset: no worktrees are made */
    size_t max_runs;
    double lease_ttl_seconds; /* 0: no leases */
    double idle_ttl_seconds;  /* 0: none is closed for being idle */
    /* A conversation was opened: what runs it attaches itself. May be NULL. */
    void (*on_open)(void *owner, struct conversation *conversation);
    void *owner;
};

struct registry *registry_open(const struct registry_options *options);
/* Closes all conversations; the last of them may still be at work when this returns, on_closed
 * tells when nothing is left. */
void registry_close(struct registry *registry, void (*on_closed)(void *owner), void *owner);

/* Opens it when it is not. ERROR_NOT_FOUND, also for one that another server holds. */
void registry_find(struct registry *registry, struct id id, registry_fn on_done, void *owner);
/* Open ones only; NULL. */
struct conversation *registry_peek(const struct registry *registry, struct id id);

/* --- runs at once --- */

/* False: all are taken. */
bool registry_take_run(struct registry *registry) MUST_CHECK;
void registry_release_run(struct registry *registry);

#endif
