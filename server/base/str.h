#ifndef BASE_STR_H
#define BASE_STR_H

/*
 * struct str is a borrowed view of bytes: a pointer and a length, owned by somebody else and valid
 * for the duration of the call unless the receiver says otherwise. It is passed by value, may hold
 * any bytes (NUL included) and is not NUL-terminated. The zero value is the empty, absent string:
 * `data == NULL` means "not given", which str_is_set tests.
 *
 * Numbers are read with range checks; there is no other way to parse a number in this tree.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/banned.h"

struct str {
    const char *data;
    size_t len;
};

#define STR(literal) ((struct str){.data = "" literal, .len = sizeof(literal) - 1})
/* For static initialisers, where a compound literal is not constant. */
#define STR_INIT(literal)                                                                          \
    {                                                                                              \
        .data = "" literal, .len = sizeof(literal) - 1                                             \
    }
#define STR_NULL ((struct str){0})
/* For printf: "%.*s", STR_ARG(s) */
#define STR_ARG(s) (int)(s).len, (s).data == NULL ? "" : (s).data

struct str str_from(const char *text); /* NULL gives STR_NULL */
struct str str_span(const char *data, size_t len);

bool str_is_set(struct str s);
bool str_is_empty(struct str s);
bool str_equal(struct str a, struct str b);
bool str_equal_nocase(struct str a, struct str b);
/* Takes the same time for any two inputs of the same lengths. */
bool str_equal_constant_time(struct str a, struct str b);
int str_compare(struct str a, struct str b);
bool str_starts_with(struct str s, struct str prefix);
bool str_ends_with(struct str s, struct str suffix);
bool str_contains(struct str s, struct str part);
bool str_contains_nocase(struct str s, struct str part);
bool str_has_byte(struct str s, char byte);

/* Positions; SIZE_MAX when absent. */
size_t str_find_byte(struct str s, char byte);
size_t str_find_last_byte(struct str s, char byte);
size_t str_find(struct str s, struct str part);

/* Out-of-range bounds are clamped. */
struct str str_slice(struct str s, size_t from, size_t to);
struct str str_skip(struct str s, size_t count);
struct str str_trim(struct str s);
/* Cuts the next piece up to `separator` off *rest; false at the end. "a,,b" gives "a","","b". */
bool str_next(struct str *rest, char separator, struct str *ret_piece);

/* Decimal, whole string, no sign for u64, optional '+'/'-' for i64. */
bool str_to_u64(struct str s, uint64_t min, uint64_t max, uint64_t *ret_value) MUST_CHECK;
bool str_to_i64(struct str s, int64_t min, int64_t max, int64_t *ret_value) MUST_CHECK;
bool str_to_double(struct str s, double *ret_value) MUST_CHECK;
/* The two hex digits at the front; false when they are not. */
bool str_hex_byte(const char *digits, unsigned char *ret_byte) MUST_CHECK;

#endif
