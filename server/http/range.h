#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

/*
 * The Range header of a request for a file (contract v1-server §6.1). Pure: header text and file
 * size in, a short sorted list of disjoint ranges out. Ranges that overlap or touch are merged;
 * parts that are not ranges are skipped, as clients are used to.
 *
 * Limit: a header with more than RANGE_MAX_COUNT parts is ignored, so that a small request cannot
 * ask for a large multipart answer.
 */

#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

#define RANGE_MAX_COUNT 100

struct range {
    uint64_t start;
    uint64_t end; /* exclusive */
};

enum range_outcome {
    RANGE_PARTIAL,       /* 206: list has at least one */
    RANGE_IGNORED,       /* 200 */
    RANGE_UNSATISFIABLE, /* 416 */
    RANGE_MALFORMED,     /* 400 with problem as text/plain */
};

struct range_list {
    struct range items[RANGE_MAX_COUNT];
    size_t count;
    const char *problem;
};

/* `header` is the header's value ("bytes=0-3,7-"). */
enum range_outcome range_parse(struct str header, uint64_t size, struct range_list *list);

#endif
