#ifndef API_V0_EDIT_H
#define API_V0_EDIT_H

/*
 * The action `edit` (contract v0-action-execution §5.4): a command of the runtime's editor. The
 * answer is an `edit` observation whatever comes of it, with a diff of the file when it changed.
 * Edits by a model are the backend's and never get here.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

/* A whole number as Python's int() reads it from a text: white space around it, a sign, "_" between
 * digits. */
bool v0_edit_parse_line(struct str text, int64_t *ret_line) MUST_CHECK;

#endif
