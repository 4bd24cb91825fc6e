#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

/*
 * The second look at a JSON text that the library refuses. Clients see the position and the words
 * of Python's decoder (contract v1-server §3), and Python accepts a few things the library does
 * not. So this walks the text by Python's rules and either names the first error or writes a text
 * that means the same and that the library accepts:
 *
 *   integers beyond 64 bit become doubles, doubles beyond the range the largest double;
 *   escaped lone surrogates become U+FFFD, and so does \u0000 in a name;
 *   NaN and Infinity stay errors, because no JSON answer could repeat them.
 *
 * Only json.c uses it, and only for texts that failed.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct buf;
struct doc_error;

/* `text` is valid UTF-8. False: *ret_error is set. */
bool doc_scan(struct str text, struct buf *out, struct doc_error *ret_error) MUST_CHECK;

#endif
