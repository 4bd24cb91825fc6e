#ifndef ACTIONS_ZIP_CONTENT_H
#define ACTIONS_ZIP_CONTENT_H

/*
 * The content of a ZIP's members: unpacked when it is deflated, and its checksum. The one module
 * that sees zlib.
 *
 *     new ── (feed ── take until it wants more)* ── free
 *
 * Memory is constant, whatever the content says of itself; how much of it is too much is the
 * caller's affair. Any one thread.
 */

#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct zip_content;

enum zip_content_state {
    ZIP_CONTENT_HUNGRY, /* all that was fed is taken */
    ZIP_CONTENT_FULL,   /* the room is full; there may be more */
    ZIP_CONTENT_ENDED,
    ZIP_CONTENT_DAMAGED
};

/* NULL when there is no memory for it. */
struct zip_content *zip_content_new(void) MUST_CHECK;
/* The next deflated bytes, borrowed until they are taken; at most UINT32_MAX. */
void zip_content_feed(struct zip_content *content, struct str packed);
/* Unpacks into `room`, of at most UINT32_MAX bytes; *ret_len is set in any case. */
enum zip_content_state zip_content_take(struct zip_content *content, char *room, size_t size,
                                        size_t *ret_len);
void zip_content_free(struct zip_content *content); /* NULL is fine */

/* CRC-32 of what has `crc` (0: nothing) and these bytes behind it. */
uint32_t zip_content_checksum(uint32_t crc, struct str bytes);

#endif
