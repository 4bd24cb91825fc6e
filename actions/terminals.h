#ifndef ACTIONS_TERMINALS_H
#define ACTIONS_TERMINALS_H

/*
 * The terminals people and agents share: made by id, found again, listed, closed. Each is a session
 * (pty/session.h) with a name, a driver and a place in this table.
 *
 *     terminals ──< terminal ── session
 *
 * One driver types; everybody may watch. Who is not the driver and types is refused; taking over
 * and giving back is an event that both sides get. A conversation's or a V0 runtime's terminal is
 * entered here too (terminals_adopt), so that a person can watch it and take it over.
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

#define TERMINALS_MAX 4096 /* 429 beyond */

struct terminals_options {
    struct loop *loop;
    struct processes *processes;
    struct child_env *child_env;
    struct str default_cwd;
};

/* Who types. Clients name themselves; a conversation's terminal is driven by "agent" at first. */
struct terminal_driver {
    char name[64]; /* "" when nobody does: the first who types becomes it */
};

struct terminals *terminals_open(const struct terminals_options *options);
/* Closes all; then on_closed(owner). */
void terminals_close(struct terminals *terminals, void (*on_closed)(void *owner), void *owner);

/* The id may be the client's; one that exists gives CONFLICT. */
bool terminals_create(struct terminals *terminals, struct id id, struct str name,
                      const struct session_options *options, struct terminal **ret_terminal,
                      struct error *error) MUST_CHECK;
/* Enters a session that somebody else owns and closes; it leaves with terminal_disown. */
struct terminal *terminals_adopt(struct terminals *terminals, struct id id, struct str name,
                                 struct session *session, struct str driver);
void terminal_disown(struct terminal *terminal);
struct terminal *terminals_find(const struct terminals *terminals, struct id id);
struct list *terminals_all(struct terminals *terminals); /* oldest first */
struct terminal *terminal_from_link(struct list *link);

struct id terminal_id(const struct terminal *terminal);
struct str terminal_name(const struct terminal *terminal);
struct session *terminal_session(const struct terminal *terminal);
struct str terminal_driver_name(const struct terminal *terminal);
uint64_t terminal_created_us(const struct terminal *terminal);
/* False with CONFLICT when somebody else drives; the text names him. */
bool terminal_may_type(struct terminal *terminal, struct str who, struct error *error) MUST_CHECK;
void terminal_take_over(struct terminal *terminal, struct str who);
/* To the one it was taken from; to nobody when there is none. */
void terminal_give_back(struct terminal *terminal, struct str who);
/* Frees it when it is closed; ended sessions stay readable until then. */
void terminal_close(struct terminal *terminal);

/* Told in the turn of the change. `text` says what happened, for people. */
struct terminal_listener {
    struct list link;
    void (*on_driver)(struct terminal_listener *listener, struct str previous, struct str driver);
    void (*on_closed)(struct terminal_listener *listener);
};
void terminal_listen(struct terminal *terminal, struct terminal_listener *listener);
void terminal_listener_cancel(struct terminal_listener *listener);

#endif
