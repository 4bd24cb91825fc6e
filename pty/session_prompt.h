#ifndef PTY_SESSION_PROMPT_H
#define PTY_SESSION_PROMPT_H

/*
 * What each mark of the shell changes in its session (the states are drawn in session.h). Only the
 * end mark with the number of the text ends an agent's command; the prompt behind it makes it
 * known, because the shell prints notices about jobs in between.
 *
 * Only session*.c use this.
 */

#include "server/base/str.h"

struct session;

void session_prompt_mark(struct session *session, struct str payload);
/* The shell reads a line, whatever told so: what has ended is reported, what waits handed over. */
void session_prompt_reached(struct session *session);
/* The same for the agent's command only: its end is known, the prompt does not come at once. */
void session_prompt_is_late(struct session *session);

#endif
