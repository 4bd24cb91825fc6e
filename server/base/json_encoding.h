#ifndef BASE_JSON_ENCODING_H
#define BASE_JSON_ENCODING_H

/*
 * The bytes of a JSON text as UTF-8, by the rules of Python's json.loads for bytes: a byte order
 * mark is dropped; UTF-16 and UTF-32 are told by their mark or by where the zero bytes are; bytes
 * of UTF-8 that encode a lone surrogate are accepted, and become U+FFFD here.
 *
 * Only json.c uses it, and only for texts that the library refuses as they are.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct buf;

/* False when the bytes are no valid text in the encoding they seem to have. */
bool doc_decode_text(struct str bytes, struct buf *out) MUST_CHECK;

#endif
