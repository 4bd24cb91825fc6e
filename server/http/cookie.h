#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

/*
 * Cookies as browsers and Python's http.cookies write them: values with special characters stand in
 * double quotes, with \" \\ and three-digit octal escapes inside. Pure functions.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;

/* Appends the (unquoted) value of one cookie of a Cookie header; false when it is not there. */
bool cookie_find(struct str header, struct str name, struct buf *ret_value) MUST_CHECK;
/* Appends a value the way it stands in a Set-Cookie header. */
void cookie_quote(struct buf *out, struct str value);

#endif
