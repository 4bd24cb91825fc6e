#ifndef BASE_UTF8_H
#define BASE_UTF8_H

/*
 * UTF-8 as it arrives from programs: often cut in the middle of a character, sometimes not UTF-8.
 *
 * utf8_repair copies bytes and replaces each maximal invalid part by U+FFFD, the way the Unicode
 * standard recommends and Python's "replace" does it. utf8_incomplete_tail tells how many bytes at
 * the end (0 to 3) may still become a valid character, so that a stream is cut between characters
 * and repaired once.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

struct buf;

bool utf8_is_valid(struct str text);
size_t utf8_incomplete_tail(struct str text);
void utf8_repair(struct buf *out, struct str text);
/* Characters in the text after repair. */
size_t utf8_count(struct str text);
/* Bytes that the first `characters` characters (after repair) take in `text`. */
size_t utf8_prefix_bytes(struct str text, size_t characters);

/* One step of the decoder. Returns the bytes taken (≥ 1 for a non-empty text); *ret_code_point is
 * U+FFFD for an invalid part and *ret_is_valid says so. */
size_t utf8_step(struct str text, unsigned *ret_code_point, bool *ret_is_valid);
void utf8_append(struct buf *out, unsigned code_point);

/* Without the white space at both ends, or at one: what Python's strip takes away. Borrowed. */
struct str utf8_trim(struct str text);
struct str utf8_trim_start(struct str text);
struct str utf8_trim_end(struct str text);

#endif
