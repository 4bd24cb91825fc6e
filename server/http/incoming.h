#ifndef HTTP_INCOMING_H
#define HTTP_INCOMING_H

/*
 * From a parsed head to the request that handlers see: method, path below the server's root path,
 * query, framing of the body. The texts stay where they are, in the connection's head buffer.
 */

struct http_connection;
struct http_request;
struct parser_head;

/* The request is zeroed except for its arena. */
void incoming_fill(struct http_request *request, struct http_connection *connection,
                   const struct parser_head *head);

#endif
