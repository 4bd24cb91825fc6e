#ifndef HTTP_HEADER_H
#define HTTP_HEADER_H

/*
 * One header field of a request, and looking things up in a list of them. Names are compared
 * without case; the first of several equal names counts. Everything is borrowed from the request's
 * head.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

struct http_header {
    struct str name;
    struct str value;
};

/* STR_NULL when absent. */
struct str header_find(const struct http_header *headers, size_t count, struct str name);
size_t header_count(const struct http_header *headers, size_t count, struct str name);
/* True when one of the fields of this name has `token` in its comma-separated list. */
bool header_has_token(const struct http_header *headers, size_t count, struct str name,
                      struct str token);
/* The characters allowed in methods and header names. */
bool header_is_token(struct str text);

#endif
