#ifndef BASE_ID_H
#define BASE_ID_H

/*
 * struct id is a 128-bit identifier (a version 4 UUID when made here). Clients see it as 32 hex
 * digits ("hex") or dashed ("uuid"); parsing accepts hex, dashed, braced and urn:uuid: forms.
 * A plain value; the zero value is the nil id.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"

struct buf;
struct str;

#define ID_HEX_LEN  32
#define ID_UUID_LEN 36

struct id {
    uint8_t bytes[16];
};

struct id id_new(void);
bool id_is_nil(struct id id);
bool id_equal(struct id a, struct id b);
bool id_parse(struct str text, struct id *ret_id) MUST_CHECK;
/* Only exactly 32 lower- or upper-case hex digits. */
bool id_parse_hex(struct str text, struct id *ret_id) MUST_CHECK;

/* NUL-terminated text as a value: printf("%s", id_hex(id).text). */
struct id_text {
    char text[ID_UUID_LEN + 1];
};
struct id_text id_hex(struct id id);
struct id_text id_uuid(struct id id);

/* Cryptographic randomness; aborts when the system has none. */
void id_random_bytes(void *bytes, unsigned long count);

#endif
