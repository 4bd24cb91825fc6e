#ifndef PLUGINS_JUPYTER_SOCKET_H
#define PLUGINS_JUPYTER_SOCKET_H

/*
 * One connection to a channel of a kernel: signed messages of the Jupyter protocol over ZeroMQ, on
 * the loop. The library is the loadable part actiond_zmq.so (zmq_module.h), loaded with the first
 * context and kept.
 *
 *     jupyter_context (the library's threads) ──< jupyter_socket
 *
 * on_message is called for each message whose signature is right, in the order of arrival; others
 * are dropped and logged. The socket may be closed inside it. jupyter_socket_close frees by itself
 * and suppresses callbacks that have not run yet. Owned by a kernel.
 */

#include <stdbool.h>

#include "plugins/jupyter/zmq_module.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct jupyter_context;
struct jupyter_message;
struct jupyter_request;
struct jupyter_socket;
struct loop;

/* On any thread; reads the part from the disk. */
bool jupyter_context_open(struct jupyter_context **ret_context, struct error *error) MUST_CHECK;
/* On a worker, when the sockets are closed: waits for the library's threads. NULL is fine. */
void jupyter_context_close(struct jupyter_context *context);

typedef void (*jupyter_message_fn)(void *owner, const struct jupyter_message *message);

struct jupyter_socket_options {
    struct loop *loop;
    struct jupyter_context *context; /* borrowed for the socket's life */
    enum zmq_kind kind;
    const char *address;
    struct str key; /* of the signatures; borrowed for the socket's life */
    jupyter_message_fn on_message;
    void *owner;
};

bool jupyter_socket_open(const struct jupyter_socket_options *options,
                         struct jupyter_socket **ret_socket, struct error *error) MUST_CHECK;
/* A kernel that is not there receives it when it comes. */
void jupyter_socket_send(struct jupyter_socket *socket, const struct jupyter_request *request);
/* Hands over, inside this call, what has arrived up to now. */
void jupyter_socket_drain(struct jupyter_socket *socket);
void jupyter_socket_close(struct jupyter_socket *socket); /* NULL is fine */

#endif
