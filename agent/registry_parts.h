#ifndef AGENT_REGISTRY_PARTS_H
#define AGENT_REGISTRY_PARTS_H

/*
 * The inside of the registry, for the files that make it up (registry*.c).
 *
 *     record: known ─ opening (job) ─ open ─ closing (holders, then a job) ─ known …
 *                                                              └ deleted: the record is gone
 *
 * Whatever is asked becomes a task that runs when the catalog has been read, at the next turn at
 * the earliest. `busy` counts tasks and jobs: the registry is not freed before they have ended.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/conversation_parts.h"
#include "agent/registry.h"
#include "server/base/id.h"
#include "server/base/list.h"
#include "server/base/map.h"

struct client_tools;
struct conversation_files;
struct conversation_place;
struct timer;

/* Embedded first in what is asked. */
struct registry_task {
    struct list link;
    struct registry *registry;
    void (*run)(struct registry_task *task);
};

/* Who waits for a conversation to be open. */
struct registry_waiter {
    struct list link;
    registry_fn on_done;
    void *owner;
};

/* Who waits until no conversation is open. */
struct registry_closing {
    struct list link;
    registry_done_fn on_done;
    void *owner;
};

struct record {
    struct list link;
    struct registry *registry;
    struct id id;
    struct id parent;
    int64_t created_us;
    int64_t updated_us;
    enum state_status status;          /* when it is not open */
    struct conversation *conversation; /* open or closing; NULL */
    struct list waiters;
    bool is_opening; /* or being made, or freed: a job is under way */
    bool is_new;     /* being made: not there yet for those who list */
    bool is_deleted;
    bool is_awaited; /* the end of its session is: on_sessions_ended */
    registry_done_fn on_deleted;
    void *deleted_owner;
};

struct registry {
    struct registry_options options;
    char *directory;  /* absolute */
    char *configured; /* as clients see it */
    struct id owner;  /* of leases */
    struct client_tools *client_tools;
    struct map by_id; /* records */
    struct list records;
    size_t record_count;
    size_t open_count;
    struct list tasks; /* until the catalog is read */
    struct timer *lease_timer;
    struct timer *idle_timer;
    struct list close_waiters; /* until no conversation is open */
    size_t awaited_count;      /* records */
    void (*on_sessions_ended)(void *owner);
    void *sessions_owner;
    size_t run_count;
    unsigned busy;
    bool is_loaded;
    bool is_closing;
    void (*on_closed)(void *owner);
    void *closed_owner;
};

void registry_begin(struct registry *registry, struct registry_task *task,
                    void (*run)(struct registry_task *task));
/* A task or job has ended. The registry may be gone afterwards. */
void registry_end(struct registry *registry);

struct record *registry_find_record(const struct registry *registry, struct id id);
struct record *registry_add_record(struct registry *registry, struct id id);
void registry_remove_record(struct record *record);
struct conversation_place registry_place(const struct registry *registry, struct id id);

/* on_done comes when it is open, which may be at once: only from tasks. */
void registry_wait_open(struct record *record, registry_fn on_done, void *owner);
/* Its files are there: takes them. Waiters are told by registry_tell. */
void registry_opened(struct record *record, struct conversation_files *files);
void registry_tell(struct record *record, const struct error *error);
/* It could not be made: waiters are told, the record goes. */
void registry_abandon(struct record *record, const struct error *error);
/* It was made: it counts, and is open. */
void registry_made(struct record *record, struct conversation_files *files);
/* Closes it; CLOSE_DELETED: the folder goes too. */
void registry_begin_record_close(struct record *record, enum conversation_close close);
void registry_close_open_ones(struct registry *registry, enum conversation_close close);
void registry_start_opening(struct record *record);

#endif
