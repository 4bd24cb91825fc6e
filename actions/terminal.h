#ifndef ACTIONS_TERMINAL_H
#define ACTIONS_TERMINAL_H

/*
 * A terminal that people and agents share: a session (pty/session.h) with a name, a driver, those
 * who watch and the last commands that were handed over.
 *
 *     terminal ── session
 *        ├──< terminal_command      the last TERMINAL_KEPT_COMMANDS
 *        ├──< terminal_watcher      who is there
 *        └──< terminal_listener     who is told
 *
 * One driver types; everybody may watch. When nobody drives, the first who types becomes the
 * driver. Who is not the driver and types is refused; anybody may take over, and give back to the
 * one it was taken from. A driver who was there and has left gives back after
 * TERMINAL_DRIVER_GRACE_MS, so that nobody has to wait for somebody who closed his page.
 *
 * Owned by terminals. Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/list.h"
#include "server/base/str.h"

struct error;
struct loop;
struct session;
struct terminal;
struct terminal_command;

#define TERMINAL_NAME_BYTES      128 /* longer names are cut */
#define TERMINAL_WHO_BYTES       64  /* longer names of clients too */
#define TERMINAL_DRIVER_GRACE_MS 10000
#define TERMINAL_MAX_WATCHERS    1000

struct id terminal_id(const struct terminal *terminal);
struct str terminal_name(const struct terminal *terminal);
struct session *terminal_session(const struct terminal *terminal);
int64_t terminal_created_us(const struct terminal *terminal);
/* The session is somebody else's, who closes it. */
bool terminal_is_adopted(const struct terminal *terminal);
bool terminal_is_closing(const struct terminal *terminal);
struct loop *terminal_loop(const struct terminal *terminal);

/* Unset when nobody drives. */
struct str terminal_driver(const struct terminal *terminal);
/* False with CONFLICT when somebody else drives; the text names him. Who may type is the driver
 * from here on. */
bool terminal_may_type(struct terminal *terminal, struct str who, struct error *error) MUST_CHECK;
void terminal_take_over(struct terminal *terminal, struct str who);
/* To the one it was taken from, or to nobody. CONFLICT when `who` does not drive. */
bool terminal_give_back(struct terminal *terminal, struct str who, struct error *error) MUST_CHECK;
/* The driver decides the size; while nobody drives, everybody may. */
bool terminal_resize(struct terminal *terminal, struct str who, int cols, int rows,
                     struct error *error) MUST_CHECK;

/* Who looks at the terminal right now, for as long as it is entered. */
struct terminal_watcher {
    struct list link;
    struct terminal *terminal;
    char who[TERMINAL_WHO_BYTES];
};
/* Without a name it gets one: "viewer-1", "viewer-2", … LIMIT beyond TERMINAL_MAX_WATCHERS. */
bool terminal_enter(struct terminal *terminal, struct terminal_watcher *watcher, struct str who,
                    struct error *error) MUST_CHECK;
void terminal_leave(struct terminal_watcher *watcher); /* safe to call twice */
const struct list *terminal_watchers(const struct terminal *terminal);

/* Hands a text over to the shell, as `who`, who must be allowed to type; the rules of session_run.
 * The command stays readable until TERMINAL_KEPT_COMMANDS others have been started. */
bool terminal_run(struct terminal *terminal, struct str who, struct str text, uint64_t *ret_number,
                  struct error *error) MUST_CHECK;
/* NULL: never started, or no longer kept. Numbers begin with 1. */
const struct terminal_command *terminal_find_command(const struct terminal *terminal,
                                                     uint64_t number);
const struct list *terminal_commands(const struct terminal *terminal); /* oldest first */

/* Told in the turn of the change, until it is cancelled; members may be NULL. May cancel itself and
 * others from inside. */
struct terminal_listener {
    struct list link;
    void (*on_driver)(struct terminal_listener *listener, struct str previous);
    void (*on_resize)(struct terminal_listener *listener);
    /* It has started or ended. */
    void (*on_command)(struct terminal_listener *listener, const struct terminal_command *command);
    /* The terminal is gone when all have been told. */
    void (*on_closed)(struct terminal_listener *listener);
};
void terminal_listen(struct terminal *terminal, struct terminal_listener *listener);
void terminal_listener_cancel(struct terminal_listener *listener);

/* For terminals.c: on_gone is the last call, the terminal is freed by terminal_free in it. */
struct terminal_options {
    struct loop *loop;
    struct id id;
    struct str name;
    struct str driver; /* unset: nobody */
    struct session *session;
    uint64_t request_sum;
    bool is_adopted;
    void (*on_gone)(void *owner, struct terminal *terminal);
    void *owner;
};
struct terminal *terminal_new(const struct terminal_options *options);
void terminal_free(struct terminal *terminal);
/* Ends the session (of an adopted one: lets it go), tells those who listen, then on_gone. */
void terminal_close(struct terminal *terminal);
uint64_t terminal_request_sum(const struct terminal *terminal);
struct list *terminal_link(struct terminal *terminal);
struct terminal *terminal_from_link(struct list *link);

#endif
