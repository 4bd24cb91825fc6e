#ifndef API_V0_SHELL_TEXT_H
#define API_V0_SHELL_TEXT_H

/*
 * How much of a text a V0 backend is told (contract v0-action-execution §4.7), and the name that
 * its models have for the shell; the rest is in actions/shell_text.h.
 */

#include "server/base/str.h"

struct buf;

#define V0_CONTENT_MAX_CHARACTERS 30000
#define V0_SHELL_TOOL             "execute_bash"

/* Appends the text, its middle left out when it is too long for a reply. */
void v0_text_append_limited(struct buf *out, struct str text);

#endif
