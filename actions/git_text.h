#ifndef ACTIONS_GIT_TEXT_H
#define ACTIONS_GIT_TEXT_H

/*
 * Texts around git: quoting for a shell and as git quotes names, and the masking of credentials.
 * Pure functions on bytes; no handles, any thread.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct buf;

/* One argument the way a POSIX shell reads it back; plain ones stay bare. */
void git_text_quote_argument(struct buf *out, struct str argument);

/* A name as git prints it: in double quotes with C escapes when it holds bytes beyond ASCII,
 * control characters, a quote or a backslash; else as it is. */
void git_text_quote_name(struct buf *out, struct str name);

/* Copies a text with the user part of each http or https URL replaced by "****". */
void git_text_mask(struct buf *out, struct str text);

/* Copies without the white space (as Unicode has it) at both ends. */
struct str git_text_trim(struct str text);

/* Copies the lines of a text joined by '\n', without the last line's end. Lines end as Unicode has
 * it: LF, CR, CRLF, VT, FF, FS, GS, RS, NEL, LS, PS. */
void git_text_join_lines(struct buf *out, struct str text);

#endif
