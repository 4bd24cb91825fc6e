#ifndef HTTP_PARSER_H
#define HTTP_PARSER_H

/*
 * Bytes of HTTP/1.1 requests in, heads and bodies out. The only user of libhttp-parser, and
 * stricter than it: what two parsers could understand differently is refused (a length beside
 * chunks, two lengths or hosts, folded lines, spaces in names, codings other than "chunked").
 *
 * A struct parser reads one message after the other: first a whole head, which the caller has
 * gathered up to parser_head_length, then the body piece by piece. Any method and any target of
 * visible ASCII is understood; both stay as sent. It holds no memory; zeroed it is valid.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"
#include "server/http/chunks.h"
#include "server/http/header.h"

struct arena;

struct parser {
    struct chunks chunks;
    uint64_t left; /* of a body of known length */
    bool is_chunked;
    bool is_stopped;
};

#define PARSER_MAX_METHOD_BYTES 32

struct parser_head {
    struct str method;
    struct str target;
    struct http_header *headers; /* in the arena; texts point into the head */
    size_t header_count;
    uint64_t content_length;
    bool has_content_length;
    bool is_chunked;
    bool is_http_1_0;
    bool keeps_alive;
    bool expects_continue;
    bool wants_websocket; /* connection: upgrade, upgrade: websocket */
};

/* The length of the head at the front of `bytes`, or 0 while it is incomplete. Nothing before
 * `from` ends a head. */
size_t parser_head_length(struct str bytes, size_t from);
/* False as soon as the bytes cannot be the beginning of a request. */
bool parser_may_be_head(struct str bytes);
/* False when the head is malformed. */
bool parser_read_head(struct parser *parser, struct str head, struct arena *arena,
                      size_t max_headers, struct parser_head *ret_head) MUST_CHECK;

enum parser_outcome {
    PARSER_MORE,
    PARSER_DONE,
    PARSER_MALFORMED
};
typedef void (*parser_body_fn)(void *owner, struct str piece);
/* *ret_taken is less than all when the message is done, or parser_stop was called. */
enum parser_outcome parser_read_body(struct parser *parser, struct str bytes,
                                     parser_body_fn on_body, void *owner, size_t *ret_taken);
/* To be called by on_body: parser_read_body returns after this piece. */
void parser_stop(struct parser *parser);
/* "Not Found" */
const char *parser_status_text(int status);

#endif
