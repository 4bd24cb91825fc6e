#ifndef PTY_SESSION_END_H
#define PTY_SESSION_END_H

/*
 * The end of a session: HUP to what runs in it, as when a terminal is closed, TERM a moment later,
 * then KILL, until no process of it is left. When it is over (or cannot be brought about, after a
 * bounded time) everything is freed and the owner told. A program that has made a session of its
 * own and let go of the terminal is left alone.
 *
 * Only session*.c use this.
 */

struct session;

void session_end_begin(struct session *session);
void session_end_due(struct session *session);
/* Its program has ended. */
void session_end_exited(struct session *session);
/* Nobody has the terminal open any more. */
void session_end_pty_ended(struct session *session);

#endif
