#ifndef API_V1_CONVERSATION_BODY_H
#define API_V1_CONVERSATION_BODY_H

/*
 * Bodies of conversation routes beyond what a schema says: those that may be absent, tags, and
 * objects that have shapes (agent/shape.h). Each function replies 422 itself when it gives false.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct buf;
struct cipher;
struct doc_value;
struct error;
struct http_request;
struct schema;
struct shape;
struct shape_problem;

/* As route_decode; `may_be_absent`: no body stands for an empty one. */
bool conversation_body_decode(struct http_request *request, const struct schema *schema,
                              bool may_be_absent, void *target) MUST_CHECK;
/* NULL is fine. */
bool conversation_body_check_tags(struct http_request *request,
                                  const struct doc_value *tags) MUST_CHECK;
/* Appends the member completed by its shape. */
bool conversation_body_complete(struct http_request *request, const char *member,
                                const struct shape *shape, const struct doc_value *value,
                                struct buf *out) MUST_CHECK;
/* Replies with what is wrong with a member of the body. */
void conversation_body_refuse(struct http_request *request, const char *member,
                              const struct shape_problem *problem, const struct error *error);

#endif
