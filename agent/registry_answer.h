#ifndef AGENT_REGISTRY_ANSWER_H
#define AGENT_REGISTRY_ANSWER_H

/*
 * What clients are told about conversations (contract v1-conversations §1.1, §1.4): one, pages of
 * them, and how many there are. Those that are not open are read in a worker job, and only those
 * that a page shows. Part of registry.h.
 */

#include <stdbool.h>
#include <stddef.h>

#include "agent/state.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct conversation;
struct registry;

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

#endif
