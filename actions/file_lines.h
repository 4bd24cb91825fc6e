#ifndef ACTIONS_FILE_LINES_H
#define ACTIONS_FILE_LINES_H

/*
 * A range of lines of a text file, counted from 1. Lines end with LF; the text keeps its line ends.
 *
 * The answer stops after `limit` lines or before FILE_LINES_MAX_BYTES, whichever comes first; a
 * single line longer than that is cut (is_cut). `next` is the line to ask for to go on, 0 at the
 * end of the file. Reading starts at the top, in constant memory. Blocking: for worker jobs only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "actions/file_stat.h"
#include "server/base/attributes.h"
#include "server/base/buf.h"

struct error;

#define FILE_LINES_MAX_BYTES ((size_t)1 << 20)

struct file_lines_options {
    const char *path; /* a checked path */
    uint64_t from;    /* at least 1 */
    uint64_t limit;   /* at least 1 */
};

struct file_lines {
    struct buf text;
    uint64_t count;
    uint64_t next;
    bool is_cut;
    struct file_status status;
};

bool file_lines(const struct file_lines_options *options, struct file_lines *ret_lines,
                struct error *error) MUST_CHECK;
void file_lines_fini(struct file_lines *lines);

#endif
