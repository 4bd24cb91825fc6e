#ifndef ACTIONS_DOCUMENT_ZIP_H
#define ACTIONS_DOCUMENT_ZIP_H

/*
 * The members of an office document, which is a ZIP file, read from memory into memory.
 *
 * Whatever the file says of itself is checked against its size. A member may have at most
 * DOCUMENT_MEMBER_MAX_BYTES, all that are read together DOCUMENT_ZIP_MAX_BYTES; beyond, reading
 * fails. A plain value that borrows the bytes.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/str.h"

#define DOCUMENT_MEMBER_MAX_BYTES ((size_t)64 << 20)
#define DOCUMENT_ZIP_MAX_BYTES    ((size_t)256 << 20)
#define DOCUMENT_MAX_LOOKUPS      1000

struct document_zip {
    struct str bytes;
    struct str list; /* the central headers */
    size_t budget;   /* what may still be unpacked */
};

/* False when the bytes are no ZIP file. */
bool document_zip_open(struct document_zip *zip, struct str bytes) MUST_CHECK;
/* Appends the member's content; false when there is none of that name or it cannot be read. */
bool document_zip_read(struct document_zip *zip, struct str name, struct buf *out) MUST_CHECK;

/* Where the ids in one member lead. At most DOCUMENT_MAX_LOOKUPS are looked up. */
struct document_relations {
    struct buf xml;
    char *folder; /* of the member, with a slash at the end */
    unsigned lookups;
};

/* Of the member "ppt/slides/slide1.xml": "ppt/slides/_rels/slide1.xml.rels". */
void document_relations_read(struct document_relations *relations, struct document_zip *zip,
                             struct str member);
void document_relations_fini(struct document_relations *relations);
/* Appends the target as it is written. */
bool document_relations_target(struct document_relations *relations, struct str id,
                               struct buf *out);
/* Appends the name of the member that the id leads to, or the first one of a type whose name ends
 * so when the id is not set. */
bool document_relations_member(struct document_relations *relations, struct str id,
                               struct str type_ending, struct buf *out);

#endif
