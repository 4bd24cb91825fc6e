#ifndef BASE_REPR_H
#define BASE_REPR_H

/*
 * A text in quotes, the way Python's repr shows it: single quotes unless only double ones avoid a
 * backslash; control bytes are escaped, everything else stays. Clients know paths in system errors
 * in this form ("[Errno 2] No such file or directory: '/x'").
 */

#include "server/base/str.h"

struct buf;

void repr_append(struct buf *out, struct str text);

#endif
