#ifndef PTY_SCREEN_CSI_H
#define PTY_SCREEN_CSI_H

/*
 * What a CSI sequence does to a screen: one table from sequence to function. What is not in it may
 * be a question (pty/screen_answers.h), or is left alone.
 *
 * Where terminals differ, it does as xterm and xterm.js do, because those show the same bytes to
 * people; docs/screen.md has the list.
 */

struct screen;
struct screen_sequence;

void screen_csi_apply(struct screen *screen, const struct screen_sequence *sequence);

#endif
