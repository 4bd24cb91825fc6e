#ifndef SUPPORT_TEXT_H
#define SUPPORT_TEXT_H

/*
 * Comparing borrowed texts in tests: a struct str against a C string.
 */

#include "server/base/str.h"
#include "tests/support/test.h"

static inline void assert_text(struct str actual, const char *expected)
{
    assert_int_equal(actual.len, strlen(expected));
    assert_memory_equal(str_is_set(actual) ? actual.data : "", expected, actual.len);
}

#endif
