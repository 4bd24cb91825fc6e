#ifndef ACTIONS_GREP_H
#define ACTIONS_GREP_H

/*
 * Searches the lines of text files below a root, or of one file, for an expression (regex.h), in
 * the order of the paths. A file of which the first GREP_BINARY_BYTES hold a NUL byte is binary and
 * skipped. Links are not followed. Hidden files are skipped unless asked for or named by the glob;
 * a glob without a slash is matched against the name in any directory.
 *
 * Files are read through a window of GREP_WINDOW_BYTES, so memory does not grow with them; of a
 * line longer than the window only the part in it is searched. Shown texts are cut to
 * GREP_MAX_TEXT_BYTES around the match. The search ends at the limit of matches, at
 * GREP_MAX_RESULT_BYTES of text, at the deadline, or when cancelled, and says which.
 *
 * Blocking: as long as the tree is large, so it belongs on a thread of its own.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/file_search.h"
#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/str.h"

struct error;

#define GREP_BINARY_BYTES     ((size_t)8000)
#define GREP_WINDOW_BYTES     ((size_t)1 << 20)
#define GREP_MAX_TEXT_BYTES   ((size_t)2000)
#define GREP_MAX_RESULT_BYTES ((size_t)16 << 20)
#define GREP_MAX_MATCHES      ((size_t)10000)
#define GREP_MAX_CONTEXT      ((size_t)20)

struct grep_options {
    const char *root; /* a checked path */
    struct str pattern;
    struct str glob; /* unset: all files */
    size_t limit;    /* 1 to GREP_MAX_MATCHES */
    size_t context;  /* lines before and after, up to GREP_MAX_CONTEXT */
    bool ignores_case;
    bool is_literal;
    bool includes_hidden;
    bool is_first_only; /* one match of each file */
    uint64_t timeout_ms;
    const atomic_bool *is_cancelled; /* may be NULL */
};

/* A text in grep.bytes. */
struct grep_text {
    size_t offset;
    size_t len;
    bool is_cut;
};

struct grep_match {
    struct grep_text path; /* relative to the root; the name for a single file */
    struct grep_text text; /* of the line, without its end */
    uint64_t line;         /* from 1 */
    uint64_t column;       /* of the match, in characters from 1 */
    size_t context;        /* index of its first context line */
    size_t before;         /* context lines before, then after */
    size_t after;
};

struct grep {
    struct grep_match *matches;
    size_t count;
    size_t capacity;
    struct grep_text *context;
    size_t context_count;
    size_t context_capacity;
    struct buf bytes;
    enum file_search_stop stop;
    uint64_t files;   /* that were searched */
    uint64_t skipped; /* binary or unreadable */
};

bool grep(const struct grep_options *options, struct grep *ret_grep,
          struct error *error) MUST_CHECK;
struct str grep_text(const struct grep *grep, struct grep_text text);
void grep_fini(struct grep *grep);

#endif
