#ifndef ACTIONS_GIT_TEXT_H
#define ACTIONS_GIT_TEXT_H

/*
 * Texts around git: quoting for a shell and as git quotes names, masking of credentials, and what
 * clients of contract v1-server §7 expect of file contents. "White space" and "line ends" are meant
 * as Unicode has them, because the contract's server uses them that way: a line ends at LF, CR,
 * CRLF, VT, FF, FS, GS, RS, NEL, LS and PS.
 *
 * Pure functions on bytes, for any thread. Texts that are looked at as characters must be UTF-8
 * (utf8_repair first).
 */

#include "server/base/str.h"

struct buf;

/* One argument the way a POSIX shell reads it back; plain ones stay bare. */
void git_text_quote_argument(struct buf *out, struct str argument);

/* A name as git prints it: in double quotes with C escapes when it holds bytes beyond ASCII,
 * control characters, a quote or a backslash; else as it is. */
void git_text_quote_name(struct buf *out, struct str name);

/* Copies a text with the user part of each http or https URL replaced by "****". */
void git_text_mask(struct buf *out, struct str text);

/* Copies with CR and CRLF turned into LF. */
void git_text_unify_lines(struct buf *out, struct str text);
/* Copies the lines joined by LF, without the end of the last line. */
void git_text_join_lines(struct buf *out, struct str text);

#endif
