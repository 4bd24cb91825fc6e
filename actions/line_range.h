#ifndef ACTIONS_LINE_RANGE_H
#define ACTIONS_LINE_RANGE_H

/*
 * Reading and writing a range of lines of a UTF-8 file, as the actions `read` and `write` of
 * contract v0-action-execution §5.2 and §5.3 mean it: lines count from 0, the end is not part of
 * the range, -1 stands for the end of the file, and both have rules of their own for what lies
 * outside the file. A line ends at LF, CR or CRLF. What is read has LF only; what is kept by a
 * write keeps its bytes.
 *
 * Errors: those of path.h, with sys_errno; UNPROCESSABLE for a file that is not UTF-8; TOO_LARGE.
 * Blocking: for worker jobs only.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct error;

#define LINE_RANGE_MAX_BYTES ((size_t)32 << 20) /* of a file */

/* All bytes of a regular file of at most `max_bytes`. */
bool line_range_load(const char *path, size_t max_bytes, struct buf *out,
                     struct error *error) MUST_CHECK;
bool line_range_read(const char *path, int64_t start, int64_t end, struct buf *out,
                     struct error *error) MUST_CHECK;

struct line_range_write {
    const char *path;
    int64_t start;
    int64_t end;
    struct str content; /* one line end is added to it */
    uid_t owner;        /* of a file that is new, and its group; -1: leave it */
    unsigned mode;      /* of a file that is new */
};

/* Parents are made. *ret_chown_errno is not 0 when all is written but the owner could not be set.
 */
bool line_range_write(const struct line_range_write *write, int *ret_chown_errno,
                      struct error *error) MUST_CHECK;

#endif
