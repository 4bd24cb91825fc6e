#ifndef PTY_KEYS_H
#define PTY_KEYS_H

/*
 * Named keys as the bytes a terminal sends for them. Names are tmux's (contract
 * v0-action-execution §4.7: Up, Enter, BSpace, PageUp, F1, C-x, M-x, C-M-x, S-Up …) and those of
 * web pages (ArrowUp, Backspace, Escape …), whatever their case. What a key sends depends on the
 * modes the program has switched on.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct screen_modes;

/* False: not the name of a key; nothing is appended. */
bool keys_encode(struct str name, const struct screen_modes *modes, struct buf *out) MUST_CHECK;
/* Text as a terminal pastes it: in brackets when the program has asked for them, \n as \r. The end
 * bracket is taken out of the text itself. */
void keys_paste(struct str text, const struct screen_modes *modes, struct buf *out);

#endif
