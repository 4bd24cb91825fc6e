#ifndef BASE_SCHEMA_DATETIME_H
#define BASE_SCHEMA_DATETIME_H

/*
 * Times as clients may give them: ISO 8601, or seconds since 1970, which are milliseconds above
 * 2e10. Years 1 to 9999. What does not read gets a reason in the words that clients see in a 422
 * item: the text is then explained as a date, because that is the last form that was tried.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/str.h"

#define DATETIME_YEAR_ZERO "year 0 is out of range"

bool datetime_from_text(struct str text, int64_t *ret_wall_us, const char **ret_reason) MUST_CHECK;
bool datetime_from_number(double number, int64_t *ret_wall_us, const char **ret_reason) MUST_CHECK;

#endif
