#ifndef HTTP_LISTENER_H
#define HTTP_LISTENER_H

/*
 * A listening socket. Accepts by itself instead of through libuv, whose way of coping with a full
 * table of descriptors can spin: here a listener that cannot accept pauses, and goes on when a
 * connection has been closed (listener_resume) or after LISTENER_PAUSE_MS.
 *
 * Owned by the server; listener_close frees it by itself and calls on_closed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"

struct error;
struct listener;
struct loop;
struct sockaddr;

#define LISTENER_BACKLOG  1024
#define LISTENER_PAUSE_MS 1000

struct listener_events {
    /* Takes the descriptor. False: no more for now; listener_resume says when. */
    bool (*on_accept)(void *owner, int fd);
    void (*on_closed)(void *owner);
};

/* Accepts both address families on "::" when is_dual. *ret_port is the one listened on. */
bool listener_open(struct loop *loop, const struct sockaddr *address, bool is_dual,
                   const struct listener_events *events, void *owner,
                   struct listener **ret_listener, uint16_t *ret_port,
                   struct error *error) MUST_CHECK;
void listener_resume(struct listener *listener);
void listener_close(struct listener *listener);

#endif
