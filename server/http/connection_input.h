#ifndef HTTP_CONNECTION_INPUT_H
#define HTTP_CONNECTION_INPUT_H

/*
 * What arrives on a connection: heads become requests and are dispatched, bodies go to whoever
 * receives them, the rest waits its turn. The state machine is drawn in connection.h.
 *
 * Input is driven by steps until none of them changes anything. Replies may come in the middle of a
 * step (from a handler called there) or at any other time; they only change the state, and a later
 * call goes on with what is left of the input.
 */

#include "server/base/str.h"
#include "server/http/connection_state.h"

/* Bytes from the socket. */
void input_feed(struct http_connection *connection, struct str bytes);
/* Goes on with what had arrived before. */
void input_resume(struct http_connection *connection);
/* Starts or stops reading as the state wants it; ends a connection that waits for nothing. */
void input_settle(struct http_connection *connection);
/* The body of the open request will not become complete. */
void input_fail_body(struct http_connection *connection, enum body_failure failure);

/* Answers to what is no request: 400, and 408 for a head or body that takes too long. */
void input_refuse_malformed(struct http_connection *connection);
void input_refuse_slow(struct http_connection *connection);

#endif
