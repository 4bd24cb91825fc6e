#ifndef ACTIONS_TEXT_DIFF_H
#define ACTIONS_TEXT_DIFF_H

/*
 * A unified diff without context lines of two texts, as observations of edits carry it (contract
 * v0-action-execution §5.7): the hunks that Python's difflib finds, white space at the ends of
 * lines left out, no line end after the last line. Equal texts give nothing.
 *
 * difflib takes quadratic time and more for texts that repeat themselves, so the search for its
 * hunks is bounded by TEXT_DIFF_MAX_STEPS; beyond, all that lies between the equal lines at the
 * start and those at the end is one hunk. A pure function, for any thread.
 */

#include <stddef.h>

#include "server/base/str.h"

struct buf;

#define TEXT_DIFF_MAX_STEPS ((size_t)20000000)

void text_diff(struct str path, struct str old_text, struct str new_text, struct buf *out);

#endif
