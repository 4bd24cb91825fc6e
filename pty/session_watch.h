#ifndef PTY_SESSION_WATCH_H
#define PTY_SESSION_WATCH_H

/*
 * The one timer of a session: what is done when something does not come that should have come. It
 * is set anew at each step of a command, and in the common course never due. A machine may be slow:
 * before a conclusion is drawn the kernel is asked whether the shell has had its chance.
 *
 * Only session*.c use this.
 */

#include "pty/session_state.h"

void session_watch(struct session *session, enum session_watch watch);
/* Something swallows keys (an unfinished escape or C-v, an open paste or quote): C-c ends it, and
 * the prompt behind it gets the run key. */
void session_watch_cancel_line(struct session *session);
/* A prompt came in place of the text: was the key lost, or is it still on its way? */
void session_watch_handover_refused(struct session *session);
/* The shell does not take the text. */
void session_watch_give_up(struct session *session);
/* Due, for the timer of session.c. */
void session_watch_due(void *owner);

#endif
