#ifndef ACTIONS_TEXT_REPLACE_H
#define ACTIONS_TEXT_REPLACE_H

/*
 * Replacing every occurrence of a text in the bytes of a UTF-8 file. Who reads such a file sees
 * U+FFFD for what is not UTF-8, and LF for every line end; what is to be replaced is given in terms
 * of that text, but no byte outside the replaced places changes.
 *
 *     bytes    61 FF 0D 0A 62 …        as on the disk
 *     text     "a\uFFFD\nb…"           what text_replace_read gives
 *
 * A replacement gets the line end that most lines of the file have. Pure functions, for any thread.
 */

#include <stddef.h>

#include "server/base/str.h"

struct buf;

void text_replace_read(struct str bytes, struct buf *out);
/* How often `part`, which is not empty, stands in the text; occurrences do not overlap. */
size_t text_replace_count(struct str text, struct str part);

struct text_replacement {
    struct str bytes; /* of the file */
    struct str text;  /* the same as text_replace_read gives it */
    struct str part;  /* not empty, with LF as line ends */
    struct str replacement;
};
/* The whole file's bytes afterwards, and its text. */
void text_replace_all(const struct text_replacement *replacement, struct buf *out_bytes,
                      struct buf *out_text);

#endif
