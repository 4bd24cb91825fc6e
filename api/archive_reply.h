#ifndef API_ARCHIVE_REPLY_H
#define API_ARCHIVE_REPLY_H

/*
 * Replies with bytes that a thread of its own produces (actions/archive_flow.h): an archive, a
 * patch.
 *
 * The head is sent with the first bytes, so that everything that goes wrong before them is an
 * ordinary error reply; what goes wrong later cuts the connection, and the client sees that the
 * body is not complete. The thread waits while the client is slow and stops when it leaves.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"

struct api;
struct archive_flow;
struct error;
struct http_request;

struct archive_reply_options {
    /* On the thread. */
    bool (*produce)(void *input, struct archive_flow *flow, struct error *error);
    /* Before the head: sets headers and returns the content type. What `produce` left in the input
     * before its first write, or before it returned, may be read. */
    const char *(*on_head)(void *input, struct http_request *request);
    /* Read with the head: how long the body is; a member of the input. NULL: nobody knows. */
    const int64_t *content_length;
    /* Instead of reply_error; may be NULL. */
    void (*reply_failure)(struct http_request *request, const struct error *error);
    void (*on_gone)(void *input); /* the client has left: stop early; may be NULL */
    void (*on_free)(void *input); /* the last use */
    void *input;
};

/* The request is replied to a little later. Takes the input. */
void archive_reply(struct api *api, struct http_request *request,
                   const struct archive_reply_options *options);

#endif
