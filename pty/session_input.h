#ifndef PTY_SESSION_INPUT_H
#define PTY_SESSION_INPUT_H

/*
 * What goes into a session's PTY: keys of people and agents, answers of the screen, and our own
 * keys to the shell. Keys wait while a text is handed over, because they would come between the run
 * key and the text.
 *
 * Input that a command leaves unread would be run by the shell as a command of its own; so what was
 * typed while an agent's command ran and is not read when it ends is dropped.
 *
 * Only session*.c use this.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct session;

#define SESSION_INPUT_FULL_BYTES 65536
#define SESSION_INPUT_MAX_BYTES  ((size_t)16 << 20) /* what is beyond it is dropped */

void session_input_write(struct session *session, struct str bytes);
/* Our own keys: behind all that was written so far. */
void session_input_press(struct session *session, struct str keys);
/* The text has begun: what was held back reaches its program, a signal first. */
void session_input_resume(struct session *session);
/* The pipe has taken all it was given. */
void session_input_written(struct session *session);
/* An agent's command has ended. */
void session_input_drop_unread(struct session *session);
void session_input_clear(struct session *session);
bool session_input_is_full(const struct session *session);

#endif
