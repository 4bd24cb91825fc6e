#ifndef PTY_SCREEN_ANSWERS_H
#define PTY_SCREEN_ANSWERS_H

/*
 * What a program asks of its terminal, answered at once: state and cursor (DSR), what the terminal
 * is (DA1 to DA3, XTVERSION), modes (DECRQM), sizes (CSI t), colours (OSC 4, 10, 11, 12), settings
 * (DECRQSS) and capabilities (XTGETTCAP: none). An answer never repeats text of the program's, so
 * that printing a file cannot type commands.
 *
 * The kitty keyboard protocol is not spoken, and so CSI ? u is left unanswered: its rule for
 * programs is to ask for DA1 next, which is answered.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct screen;
struct screen_sequence;

/* False: the sequence asks for nothing. */
bool screen_answers_csi(struct screen *screen, const struct screen_sequence *sequence);
/* OSC "4;1;?" or "11;?": answered with the same terminator. */
bool screen_answers_osc(struct screen *screen, struct str text, bool is_ended_by_bell);
void screen_answers_dcs(struct screen *screen, struct str text);

#endif
