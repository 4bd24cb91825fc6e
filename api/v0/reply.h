#ifndef API_V0_REPLY_H
#define API_V0_REPLY_H

/*
 * Error replies of the V0 routes (contract v0-action-execution §2.2). They differ from those of V1:
 * the text of a 500 stands in "detail" as it is, and what does not validate is one text that lists
 * the items the way Python prints them.
 */

#include "server/base/str.h"

struct buf;
struct error;
struct http_request;

/* {"detail": text}, whatever the status. */
void v0_reply_detail(struct http_request *request, int status, struct str text);
/* What the routes for files say of anything that went wrong: 500 with the error's text. */
void v0_reply_error(struct http_request *request, const struct error *error);
/* 422; `items` is a JSON array as issues (schema.h) collects it. */
void v0_reply_issues(struct http_request *request, struct str items);
/* 500 with the text for everybody; the reason is logged. */
void v0_reply_unexpected(struct http_request *request, struct str reason);

/* Appends a JSON text the way Python prints the value, with the arrays named "loc" as tuples. */
void v0_print_python(struct str json, struct buf *out);

#endif
