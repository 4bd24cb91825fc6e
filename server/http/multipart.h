#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

/*
 * A streaming multipart/form-data parser: bytes in, parts out, nothing kept but a part's headers
 * (MULTIPART_MAX_HEADER_BYTES) and a possible boundary. No handles; unit tested and fuzzed alone.
 * Limits and texts: contract v1-server §3 ("Malformed/oversized multipart").
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct multipart;

#define MULTIPART_MAX_HEADER_BYTES 65536
#define MULTIPART_MAX_FIELD_BYTES  ((size_t)1 << 20) /* plain form text */
#define MULTIPART_MAX_FILES        1000
#define MULTIPART_MAX_FIELDS       1000

struct multipart_part {
    struct str name;
    struct str filename; /* set for files */
    struct str content_type;
    bool is_file;
};

struct multipart_events {
    void (*on_part)(void *owner, const struct multipart_part *part);
    void (*on_data)(void *owner, struct str chunk);
    void (*on_part_end)(void *owner);
};

/* From the request's content-type; the error is the contract's 400. */
bool multipart_new(struct str content_type, const struct multipart_events *events, void *owner,
                   struct multipart **ret_multipart, struct error *error) MUST_CHECK;
bool multipart_feed(struct multipart *multipart, struct str bytes, struct error *error) MUST_CHECK;
/* True when the closing boundary was seen. */
bool multipart_is_complete(const struct multipart *multipart);
void multipart_free(struct multipart *multipart);

#endif
