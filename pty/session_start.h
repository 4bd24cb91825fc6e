#ifndef PTY_SESSION_START_H
#define PTY_SESSION_START_H

/*
 * A PTY with a program in it, and what happens when the program has ended: what was running is
 * reported, and where the session restarts, a new shell takes over in the last directory.
 *
 * A shell that dies or hangs before its first prompt is started again without its user's own rc
 * file, then without the caller's lines, then no more. Only session*.c use this.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct error;
struct session;

/* In the state DEAD. Starts nothing on failure. */
bool session_start(struct session *session, struct error *error) MUST_CHECK;
/* What the shell reads, written anew. */
bool session_start_files(struct session *session, struct error *error) MUST_CHECK;
/* There is no prompt and there will be none. */
void session_start_is_stuck(struct session *session);
/* Closes the terminal; what is left in it loses it. */
void session_start_close_pty(struct session *session);

#endif
