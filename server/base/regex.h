#ifndef BASE_REGEX_H
#define BASE_REGEX_H

/*
 * A regular expression that a configuration holds, in the syntax of Perl, which is Python's for all
 * that people write in configurations. Matching is bounded in time, so a hostile text cannot stall
 * the loop: what takes too long does not match.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct regex;

bool regex_new(struct str pattern, struct regex **ret_regex, struct error *error) MUST_CHECK;
void regex_free(struct regex *regex); /* NULL is fine */
/* True when the expression matches the whole text. */
bool regex_matches(const struct regex *regex, struct str text);

#endif
