#ifndef PTY_SCREEN_REPLAY_H
#define PTY_SCREEN_REPLAY_H

/*
 * A page of a screen as the bytes that write it, for screen_replay (pty/screen.h): rows of the
 * scrollback, newest SCREEN_REPLAY_ROWS of them, then those of the screen, in the order in which a
 * terminal would have got them. Rows that were wrapped wrap again.
 */

struct buf;
struct screen_page;

#define SCREEN_REPLAY_ROWS 1000

/* Begins at the top of an empty terminal; leaves the cursor anywhere, with the default style. */
void screen_replay_page(const struct screen_page *page, int cols, struct buf *out);

#endif
