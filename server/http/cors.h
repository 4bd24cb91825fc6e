#ifndef HTTP_CORS_H
#define HTTP_CORS_H

/*
 * Cross-origin rules of contract v1-server §1.10: which origins may read replies, and the answers
 * to preflights, which need neither a route nor a key. Paths are judged below the root path.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct buf;
struct cors_options;
struct http_request;

bool cors_allows(const struct cors_options *options, struct str path, struct str origin);
/* Adds the headers of an ordinary reply, if the request names an origin. */
void cors_append(const struct http_request *request, const struct cors_options *options,
                 struct buf *out);
/* True when the request was a preflight; it has been replied to. */
bool cors_answers(struct http_request *request, const struct cors_options *options);

#endif
