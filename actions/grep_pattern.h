#ifndef ACTIONS_GREP_PATTERN_H
#define ACTIONS_GREP_PATTERN_H

/*
 * A regular expression for single lines (Perl syntax, PCRE2), or a literal text. Compiled to
 * machine code where the system allows that, interpreted otherwise.
 *
 * Lines need not be UTF-8: bytes that are not never match a character. A match may take
 * GREP_PATTERN_MAX_STEPS steps per line, so that no pattern can hold a thread; beyond, it is
 * GREP_PATTERN_TOO_COMPLEX. Owned by one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct grep_pattern;

#define GREP_PATTERN_MAX_BYTES 4096
#define GREP_PATTERN_MAX_STEPS 1000000

struct grep_pattern_options {
    struct str text;
    bool is_literal;
    bool ignores_case;
};

enum grep_pattern_outcome {
    GREP_PATTERN_NONE,
    GREP_PATTERN_FOUND,
    GREP_PATTERN_TOO_COMPLEX,
};

bool grep_pattern_compile(const struct grep_pattern_options *options,
                          struct grep_pattern **ret_pattern, struct error *error) MUST_CHECK;
void grep_pattern_free(struct grep_pattern *pattern); /* NULL is fine */

/* The first match in the line, as byte offsets. */
enum grep_pattern_outcome grep_pattern_find(struct grep_pattern *pattern, struct str line,
                                            size_t *ret_start, size_t *ret_end);

#endif
