#ifndef HTTP_WS_KEY_H
#define HTTP_WS_KEY_H

/*
 * The two values of a WebSocket handshake (RFC 6455 §4): is the client's key one, and what does the
 * server answer. SHA-1 is written out here because it serves no other purpose, and a cryptographic
 * library would cost every start of the program more than this file.
 */

#include <stdbool.h>

#include "server/base/str.h"

#define WS_ACCEPT_LEN 28

struct ws_accept_text {
    char text[WS_ACCEPT_LEN + 1];
};

/* Sixteen bytes in base64. */
bool ws_key_is_valid(struct str key);
/* The value of sec-websocket-accept; the key is valid. */
struct ws_accept_text ws_key_accept(struct str key);

#endif
