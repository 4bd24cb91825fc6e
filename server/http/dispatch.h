#ifndef HTTP_DISPATCH_H
#define HTTP_DISPATCH_H

/*
 * What happens to a request whose head has arrived, in the order of contract v1-server §2: CORS
 * preflight, routing, body (collected and parsed; streamed bodies are left to the handler), admit,
 * handler. Whatever goes wrong on the way is answered here.
 */

struct http_request;

void dispatch_request(struct http_request *request);

#endif
