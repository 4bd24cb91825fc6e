#ifndef HTTP_REPLY_HEAD_H
#define HTTP_REPLY_HEAD_H

/*
 * The head of a reply: status line, the headers every reply has (date, server, vary, CORS,
 * connection, framing), and those a handler added. Names are in lower case; line breaks in values
 * become spaces, so that no value can add a header. Also writes the access log, once per reply.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/str.h"

struct http_request;

struct reply_head {
    int status;
    struct str content_type; /* may be unset */
    int64_t content_length;  /* negative: none */
    bool is_chunked;
    bool hides_origin; /* neither vary nor CORS: unexpected failures, contract v1-server §1.10 */
};

/* Copies both into the request's arena. */
void reply_head_add(struct http_request *request, struct str name, struct str value);
/* Decides whether the connection is kept. The text is valid until the next head is built. */
struct str reply_head_build(struct http_request *request, const struct reply_head *head);
/* False where HTTP knows no body: HEAD, 1xx, 204, 304. */
bool reply_head_allows_body(const struct http_request *request, int status);

#endif
