#ifndef API_V1_CONVERSATION_REQUEST_H
#define API_V1_CONVERSATION_REQUEST_H

/*
 * Requests about one conversation: its id stands in the path, it is found or opened, and what they
 * have in common is answered in one way (contract v1-conversations §0, §1.1).
 *
 *     route_decode(body) → conversation_request_find → fn(asked, conversation) → a reply
 *
 * `asked` lives as long as the request: until it has been replied to.
 */

#include "server/base/str.h"

struct api;
struct conversation;
struct error;
struct http_request;

struct conversation_request {
    struct http_request *request;
    struct api *api;
    void *body; /* of the handler: decoded, in the request's arena */
};

typedef void (*conversation_request_fn)(struct conversation_request *asked,
                                        struct conversation *conversation);

struct conversation_request_options {
    const char *missing; /* text of the 404; NULL: "Conversation not found: <id>" */
    void *body;
    conversation_request_fn fn;
};

/* Calls fn once, later, or has replied: 422 for what is no id, 404. */
void conversation_request_find(struct http_request *request, struct api *api,
                               const struct conversation_request_options *options);

/* {"success":true} */
void conversation_reply_success(struct http_request *request);
/* As reply_error, but what nobody expects is logged with an error_id. */
void conversation_reply_error(struct http_request *request, const struct error *error);
/* ConversationInfo, as the answers of create, fork and navigate have it. */
void conversation_reply_info(struct conversation_request *asked, int status,
                             struct conversation *conversation);
/* A runner_fn, whose owner is the request: success or the error. */
void conversation_reply_done(void *owner, const struct error *error);

#endif
