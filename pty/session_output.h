#ifndef PTY_SESSION_OUTPUT_H
#define PTY_SESSION_OUTPUT_H

/*
 * What comes out of a session's PTY: marks are taken out and acted upon, the rest is printed, that
 * is, goes to the byte log and the screen.
 *
 * While a text is handed over, what the shell's editor shows of the fixed line is held back for a
 * moment, so that a viewer sees the text in its place. Only session*.c use this.
 */

#include "server/base/str.h"

struct buf;
struct session;

void session_output_feed(struct session *session, struct str chunk);
/* The PTY has ended: nothing is held back any more. */
void session_output_flush(struct session *session);
/* Prints what was held back since the run key. */
void session_output_release(struct session *session);
/* The same when the text has begun: it stands where the fixed line was. */
/* Appends the first part of the line that is typed where the run key has no meaning. */
void session_output_print_load(const struct session *session, struct buf *out);
void session_output_show_text(struct session *session);

#endif
