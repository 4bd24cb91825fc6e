#ifndef PLUGINS_JUPYTER_ZMQ_MODULE_H
#define PLUGINS_JUPYTER_ZMQ_MODULE_H

/*
 * The border between the program and its loadable part actiond_zmq.so, which alone links ZeroMQ
 * (and nettle for the signatures of messages) and is loaded when the first notebook kernel is
 * started. One table of functions, exported as `zmq_module`; nothing of ZeroMQ shows through. Only
 * plugins/jupyter/socket.c uses it.
 *
 * A socket is used by one thread. Nothing here waits, except context_close. Its descriptor says
 * when to ask again: it becomes readable at the edge, so after each send and receive has_message
 * must be asked until it says no.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

#define ZMQ_MODULE_VERSION   1u
#define ZMQ_MODULE_FILE      "actiond_zmq.so"
#define ZMQ_MODULE_SYMBOL    "zmq_module"
#define ZMQ_MODULE_PARTS_MAX 64 /* of one message; what is beyond is dropped */
#define ZMQ_MODULE_SIGN_LEN  64 /* hex digits */

enum zmq_kind {
    ZMQ_KIND_DEALER,    /* asks and is answered */
    ZMQ_KIND_SUBSCRIBER /* hears everything that is published */
};

typedef void (*zmq_message_fn)(void *owner, const struct str *parts, size_t count);

struct zmq_module {
    unsigned version;
    void *(*context_open)(void);          /* NULL when the system refuses */
    void (*context_close)(void *context); /* after its sockets; waits for their threads */
    /* Connects in the background; NULL when the address is no good. */
    void *(*socket_open)(void *context, enum zmq_kind kind, const char *address);
    void (*socket_close)(void *socket);
    int (*socket_fd)(void *socket);
    bool (*has_message)(void *socket);
    /* Hands one whole message over inside this call; false when there was none. */
    bool (*receive)(void *socket, zmq_message_fn on_message, void *owner);
    /* Copies; false when the message cannot be queued. */
    bool (*send)(void *socket, const struct str *parts, size_t count);
    /* HMAC-SHA256 over the parts, as hex digits. */
    void (*sign)(struct str key, const struct str *parts, size_t count,
                 char ret_hex[ZMQ_MODULE_SIGN_LEN]);
};

extern const struct zmq_module zmq_module;

#endif
