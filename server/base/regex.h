#ifndef BASE_REGEX_H
#define BASE_REGEX_H

/*
 * Regular expressions in the syntax of Perl, of two kinds.
 *
 * One that a configuration holds must match a whole text. Perl's syntax is Python's for all that
 * people write in configurations. What takes too long does not match, so that a hostile text cannot
 * stall the loop.
 *
 * One for searching finds its first match in a line. It is compiled to machine code where the
 * system allows that. Lines need not be UTF-8: bytes that are not never match a character. A search
 * that takes more than REGEX_SEARCH_MAX_STEPS steps on one line says so. One thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct regex;

bool regex_new(struct str pattern, struct regex **ret_regex, struct error *error) MUST_CHECK;
void regex_free(struct regex *regex); /* NULL is fine */
/* True when the expression matches the whole text. */
bool regex_matches(const struct regex *regex, struct str text);

#define REGEX_SEARCH_MAX_BYTES 4096 /* of the pattern; an error beyond */
#define REGEX_SEARCH_MAX_STEPS 1000000

struct regex_search_options {
    struct str pattern; /* not empty */
    bool is_literal;    /* a text, not an expression */
    bool ignores_case;
};

enum regex_outcome {
    REGEX_NONE,
    REGEX_FOUND,
    REGEX_TOO_COMPLEX,
};

bool regex_new_search(const struct regex_search_options *options, struct regex **ret_regex,
                      struct error *error) MUST_CHECK;
/* The first match, as byte offsets. Only for expressions made by regex_new_search. */
enum regex_outcome regex_search(struct regex *regex, struct str line, size_t *ret_start,
                                size_t *ret_end);

#endif
