#ifndef API_V0_SHELL_TEXT_H
#define API_V0_SHELL_TEXT_H

/*
 * The texts around a command's output as V0 backends know them, and the rules that make the content
 * of an observation of what a terminal shows (contract v0-action-execution §4.4, §4.7, §4.8).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct buf;

#define V0_CONTENT_MAX_CHARACTERS 30000
#define V0_BELOW_PREFIX           "[Below is the output of the previous command.]\n"

/* Without white space at both ends, or at one, as Python knows it. */
struct str v0_text_strip(struct str text);
struct str v0_text_strip_start(struct str text);
struct str v0_text_strip_end(struct str text);

/* C-c and the like: exactly three bytes. */
bool v0_text_is_key(struct str command);

/* What follows the echo of `sent` at the start of `text`; the text itself when there is none. White
 * space of both may differ, and control characters are shown as the terminal does (^C). */
struct str v0_text_drop_echo(struct str text, struct str sent);

/* Appends the text, its middle left out when it is too long for a reply. */
void v0_text_append_limited(struct buf *out, struct str text);

/* Appends a suffix. */
void v0_text_completed(struct buf *out, int exit_code, struct str command);
void v0_text_no_change(struct buf *out, uint64_t seconds);
void v0_text_timed_out(struct buf *out, double seconds);
void v0_text_not_executed(struct buf *out, struct str command);
/* Appends a prefix: lines before those of `text` are gone. */
void v0_text_truncated(struct buf *out, struct str text);
/* Appends the error that names all units of a text. */
void v0_text_too_many(struct buf *out, const struct str *units, size_t count);

#endif
