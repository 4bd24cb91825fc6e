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
 * Owned by app; loop thread. Every callback comes once, later.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/state.h"
#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct cipher;
struct conversation;
struct error;
struct loop;
struct registry;
struct start_request;
struct workspaces;

struct registry_options {
    struct loop *loop;
    struct workspaces *workspaces;
    const struct cipher *cipher; /* NULL: secrets are not kept on disk */
    struct str directory;        /* conversations_path */
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

typedef void (*registry_fn)(void *owner, struct conversation *conversation,
                            const struct error *error);

/* Takes the request. is_new is false when the id exists already. ERROR_UNPROCESSABLE for parents
 * that do not fit. */
typedef void (*registry_create_fn)(void *owner, struct conversation *conversation, bool is_new,
                                   const struct error *error);
void registry_create(struct registry *registry, struct start_request *request,
                     registry_create_fn on_done, void *owner);
/* Opens it when it is not. ERROR_NOT_FOUND, also for one that another server holds. */
void registry_find(struct registry *registry, struct id id, registry_fn on_done, void *owner);
/* Open ones only; NULL. */
struct conversation *registry_peek(const struct registry *registry, struct id id);

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

typedef void (*registry_done_fn)(void *owner, const struct error *error);
/* The status becomes `deleting`, listeners are told, the folder goes. ERROR_NOT_FOUND. */
void registry_delete(struct registry *registry, struct id id, registry_done_fn on_done,
                     void *owner);
/* Every open conversation is closed to disk. */
void registry_close_all(struct registry *registry, registry_done_fn on_done, void *owner);

/* --- answers: ConversationInfo --- */

struct registry_print {
    bool includes_skills;
    bool has_runtime; /* runtime_info is given, not null */
};
/* Of an open one; appends. */
void registry_print(const struct registry *registry, struct conversation *conversation,
                    const struct registry_print *options, struct buf *out);

enum registry_order {
    REGISTRY_CREATED,
    REGISTRY_UPDATED,
    REGISTRY_CREATED_NEWEST,
    REGISTRY_UPDATED_NEWEST
};
struct registry_query {
    struct id page; /* nil, or one that is not there: from the beginning */
    size_t limit;
    bool has_status;
    enum state_status status;
    enum registry_order order;
    struct registry_print print;
};
/* `items` are JSON texts; not set where there is no such conversation (batch only). */
struct registry_page {
    const struct str *items;
    size_t count;
    struct id next; /* nil: the end */
};
typedef void (*registry_page_fn)(void *owner, const struct registry_page *page);
void registry_search(struct registry *registry, const struct registry_query *query,
                     registry_page_fn on_page, void *owner);
/* In the order of the ids. */
void registry_batch(struct registry *registry, const struct id *ids, size_t count,
                    const struct registry_print *print, registry_page_fn on_page, void *owner);
/* The number of those with a status, or of all (NULL). */
typedef void (*registry_count_fn)(void *owner, size_t count);
void registry_count(struct registry *registry, const enum state_status *status,
                    registry_count_fn on_count, void *owner);

/* --- runs at once --- */

/* False: all are taken. */
bool registry_take_run(struct registry *registry) MUST_CHECK;
void registry_release_run(struct registry *registry);

#endif
