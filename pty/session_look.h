#ifndef PTY_SESSION_LOOK_H
#define PTY_SESSION_LOOK_H

/*
 * What the kernel knows of a session's shell, asked when a mark that should have come did not:
 * which program it is by now, whether it is stopped, and whether its line editor is active. If it
 * is, the query key makes the shell say where it stands.
 *
 * Looks follow events (output that has become quiet, a prompt without an end, a shell that was
 * stopped); nothing is asked again and again. Only session*.c use this.
 */

#include <stdbool.h>

#include "pty/session_state.h"
#include "server/base/attributes.h"

struct error;
struct shell_mark;

/* Of a running command or a person's line: is it over, or the shell another program? */
void session_look(struct session *session);
/* Presses the query key. The watch is WATCH_QUERY until the answer comes. */
void session_look_query(struct session *session);
void session_look_answered(struct session *session, const struct shell_mark *mark);
void session_look_unanswered(struct session *session);
/* The shell or su has been stopped: nobody else would continue it. */
void session_look_continue(struct session *session);

/* Which program the shell is, to notice when it becomes another. */
void session_look_remember(struct session *session);
/* The shell itself is in the foreground. */
bool session_look_is_shell(const struct session *session);
/* A person's program is in the foreground, which this shell has said nothing of. */
bool session_look_is_used(const struct session *session);
/* It runs, or waits for a disk: an answer may still come. */
bool session_look_is_busy(const struct session *session);
/* The program is not the shell that was started, or has become another. */
bool session_look_is_replaced(const struct session *session);
/* What happens then: no text can be handed over any more. */
void session_look_replaced(struct session *session);
/* Of a session in the state FOREIGN: a bash at its prompt reads our files again; everything else
 * is refused. */
bool session_look_take_back(struct session *session, struct error *error) MUST_CHECK;
/* group 0: there is none. */
struct session_foreground session_look_foreground(const struct session *session);

#endif
