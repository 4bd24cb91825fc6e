#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

/*
 * Replying to a request: whole, or as a stream.
 *
 * Whole: set extra headers with reply_header, then call exactly one of the reply_… functions; after
 * that the request must not be touched.
 *
 * Streams: stream.h.
 *
 * date, server, vary, CORS and connection headers are added by the server. Error bodies have the
 * contract's shape (v1-server §3).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"
#include "server/http/stream.h"

struct buf;
struct error;
struct http_request;

/* Copies both. To be called before the reply itself. */
void reply_header(struct http_request *request, const char *name, struct str value);

/* Moves the content of `body` out. */
void reply_json(struct http_request *request, int status, struct buf *body);
void reply_text(struct http_request *request, int status, const char *content_type,
                struct str body);
void reply_empty(struct http_request *request, int status);
void reply_redirect(struct http_request *request, int status, struct str location);

/* {"detail": text}; for 5xx {"detail":"Internal Server Error","exception":"<status>: <text>"}. */
void reply_detail(struct http_request *request, int status, struct str text);
/* The same from an error: status and text follow from it. */
void reply_error(struct http_request *request, const struct error *error);
/* 422 with {"detail":[items]}; `items` is a JSON array. */
void reply_issues(struct http_request *request, struct str items);
/* An unexpected failure: 500 with an error_id that is logged together with the text. */
void reply_unexpected(struct http_request *request, struct str text);

#endif
