#ifndef BASE_SCHEMA_TEXT_H
#define BASE_SCHEMA_TEXT_H

/*
 * Texts that stand for something else: identifiers and bytes. Each function either converts or
 * gives the reason in the words that clients see in a 422 item.
 */

#include <stdbool.h>

#include "server/base/id.h"
#include "server/base/str.h"

struct arena;
struct buf;

/* 32 hex digits; or the dashed form, alone, in braces, or behind "urn:uuid:". */
bool text_to_uuid(struct str text, struct id *ret_id, struct buf *ret_reason) MUST_CHECK;

/* The standard alphabet with padding; line breaks and spaces are skipped. */
bool text_from_base64(struct str text, struct arena *arena, struct str *ret_bytes,
                      const char **ret_reason) MUST_CHECK;

#endif
