#ifndef ACTIONS_SHELL_UNITS_H
#define ACTIONS_SHELL_UNITS_H

/*
 * Splits a bash text into its units: complete commands that stand one below the other, as if they
 * had been typed one after the other (contract v0-action-execution §4.5). What is joined by &&, ||,
 * | or a backslash, and what spans lines inside quotes, here documents, substitutions, groups and
 * compound commands, is one unit.
 *
 * The text is cut only when that is certain. It is one unit as well when it cannot be read (open
 * quotes, a stray `fi`) and when it holds what the contract's own parser does not know: [[ ]],
 * arrays, arithmetic, case, select, coproc, time, quoted delimiters of here documents.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

struct shell_units {
    struct str *items; /* views of the text, from the unit's first byte; right-trimmed */
    size_t count;
};

/* At least one unit; comments and blank lines belong to the unit before them. */
void shell_units_split(struct str text, struct shell_units *ret_units);
void shell_units_fini(struct shell_units *units);

/* Whether bash would wait for more lines behind this text: its last command is certainly not
 * complete. An error, or what cannot be read, is not open. */
bool shell_units_is_open(struct str text);

#endif
