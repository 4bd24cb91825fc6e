#ifndef API_NATIVE_TERMINAL_SOCKET_H
#define API_NATIVE_TERMINAL_SOCKET_H

/*
 * /sockets/native/terminals/{id}: a terminal for a live view such as xterm.js. The key comes as
 * for all sockets (api/v1/socket_auth.h).
 *
 * From the server: binary messages are output; what else happens comes as text between them, JSON
 * objects with "type" and "offset" (of the output that follows):
 *
 *   terminal   first: {"who", "terminal": the description}
 *   screen     {"cols", "rows", "bytes"}: empty your terminal; one binary message of that many
 *              bytes, which are no output, follows and draws the screen
 *   gap        {"from", "to"}: dropped before it could be shown
 *   resize, driver, state, command    what has happened
 *   end        {"reason"}; the socket closes
 *   error      {"code", "detail"}: what the client sent was refused
 *
 * From the client: binary messages are input; text is JSON:
 *
 *   {"type": "input", "data"}   {"type": "paste", "data"}   {"type": "keys", "keys": […]}
 *   {"type": "resize", "cols", "rows"}     {"type": "signal", "signal"}
 *   {"type": "take_over"}                  {"type": "give_back"}
 *   {"type": "ack", "bytes"}: so many bytes of binary messages were drawn; with ?window=n at most n
 *                             undrawn bytes are sent
 */

struct http_request;

void terminal_socket_get(struct http_request *request, void *context);

#endif
