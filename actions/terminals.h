#ifndef ACTIONS_TERMINALS_H
#define ACTIONS_TERMINALS_H

/*
 * All terminals of the server: made by id, found again, listed, closed.
 *
 *     terminals ──< terminal ── session
 *
 * A conversation's or a V0 runtime's session is entered here too (terminals_adopt), so that a
 * person can watch it and take it over; its owner lets it go again with terminals_disown before it
 * closes the session.
 *
 * Owned by app. Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/list.h"
#include "server/base/str.h"

struct child_env;
struct error;
struct loop;
struct processes;
struct session;
struct session_options;
struct terminal;
struct terminals;

#define TERMINALS_MAX 4096 /* 429 beyond; adopted ones always find room */

struct terminals_options {
    struct loop *loop;
    struct processes *processes;
    struct child_env *child_env;
    struct str spill_directory; /* for output that no longer fits in memory; made when needed */
};

struct terminals *terminals_open(const struct terminals_options *options);
/* Closes all; on_closed(owner) when the last one is gone, also those of others. */
void terminals_close(struct terminals *terminals, void (*on_closed)(void *owner), void *owner);

struct terminal_request {
    struct id id; /* nil: a new one */
    struct str name;
    uint64_t sum;           /* of everything that was asked for: equal requests have equal sums */
    const char *const *env; /* added to the children's environment; may be NULL */
    bool spills;            /* output that does not fit in memory goes to the spill directory */
    /* loop, processes, env and spill_path are filled in. */
    struct session_options *session;
};
/* *ret_is_new is false when the id was known with the same request; an id that is known with
 * another request gives CONFLICT. */
bool terminals_create(struct terminals *terminals, const struct terminal_request *request,
                      struct terminal **ret_terminal, bool *ret_is_new,
                      struct error *error) MUST_CHECK;
/* Enters a session that somebody else owns and closes. */
struct terminal *terminals_adopt(struct terminals *terminals, struct str name,
                                 struct session *session, struct str driver);
void terminals_disown(struct terminal *terminal); /* NULL is fine */

struct terminal *terminals_find(const struct terminals *terminals, struct id id);
/* Oldest first; see terminal_from_link. */
struct list *terminals_all(struct terminals *terminals);

#endif
