#ifndef PTY_SESSION_INPUT_H
#define PTY_SESSION_INPUT_H

/*
 * What goes into a session's PTY: keys of people and agents, answers of the screen, and our own
 * keys to the shell. Keys that come behind a command wait until its text runs, if need be through
 * the end of one shell and the start of the next: a shell would take them for a line. When the text
 * never runs they are dropped.
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
/* Of the screen, to a program that has asked. */
void session_input_answer(struct session *session, struct str bytes);
/* A command waits for the shell, or its text is being handed over. */
bool session_input_is_held(const struct session *session);
/* All that was written so far and is not held goes to the terminal at once. */
void session_input_flush(struct session *session);
/* Our own keys: behind what was written, in front of what is held. */
void session_input_press(struct session *session, struct str keys);
/* The text has begun: what was held back reaches its program. */
void session_input_resume(struct session *session);
/* A signal waits a moment longer: it would hit the shell, before there is a program. */
void session_input_signal(struct session *session);
/* The pipe has taken all it was given. */
void session_input_written(struct session *session);
/* An agent's command has ended. */
void session_input_drop_unread(struct session *session);
void session_input_clear(struct session *session);
bool session_input_is_full(const struct session *session);

#endif
