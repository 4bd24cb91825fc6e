#ifndef BASE_SCHEMA_NUMBER_H
#define BASE_SCHEMA_NUMBER_H

/*
 * Numbers as the contract's server reads them out of text: surrounding space, a sign and single
 * underscores between digits are fine (in a float only one of space and underscores), and so is
 * ".0" behind an integer.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/str.h"

enum number_result {
    NUMBER_OK,
    NUMBER_BAD,
    NUMBER_TOO_SMALL, /* an integer below 64 bit */
    NUMBER_TOO_BIG,
    NUMBER_FRACTION, /* no integer */
};

enum number_result number_from_text(struct str text, int64_t *ret_value);
enum number_result number_from_double(double value, int64_t *ret_value);
/* Accepts "inf" and "nan" in their spellings as well. */
bool number_double_from_text(struct str text, double *ret_value) MUST_CHECK;

#endif
