#ifndef HTTP_TCP_H
#define HTTP_TCP_H

/*
 * One accepted TCP connection. Owns its socket.
 *
 * Writing tries the socket at once, so a small reply costs one system call and no memory; only what
 * the socket does not take is copied (or moved) to a queue. There is no limit here: callers look at
 * tcp_pending_bytes. Reading goes through one buffer shared by all connections of a server, so an
 * idle connection holds none; on_data must use up or copy what it gets.
 *
 * Callbacks come from the loop, never from inside a call. on_broken comes once, when a reset or a
 * failed write shows that the peer is gone; afterwards only tcp_close makes sense. After tcp_close
 * only on_closed comes, and the object is gone.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct buf;
struct loop;
struct tcp;

#define TCP_READ_BYTES 65536

struct tcp_events {
    void (*on_data)(void *owner, struct str bytes);
    void (*on_end)(void *owner); /* the peer sends no more; it may still read */
    void (*on_broken)(void *owner);
    void (*on_drained)(void *owner); /* what had been queued has left */
    void (*on_closed)(void *owner);
};

/* Takes `fd`. `read_buffer` has TCP_READ_BYTES. NULL when the descriptor is of no use. */
struct tcp *tcp_open(struct loop *loop, int fd, char *read_buffer, const struct tcp_events *events,
                     void *owner);
void tcp_read_start(struct tcp *tcp);
void tcp_read_stop(struct tcp *tcp);
/* After on_end: makes on_broken come when the peer turns out to be gone, not just silent. */
void tcp_watch(struct tcp *tcp);

/* False when the peer is known to be gone. */
bool tcp_write(struct tcp *tcp, const struct str *parts, size_t count);
/* Writes head, content and tail; moves the content out of `body`. */
bool tcp_write_buf(struct tcp *tcp, struct str head, struct buf *body, struct str tail);
size_t tcp_pending_bytes(const struct tcp *tcp);
/* How many bytes the kernel has taken so far: a sign of progress. */
uint64_t tcp_sent_bytes(const struct tcp *tcp);

/* Tells the peer that no more comes; nothing may be pending. */
void tcp_end(struct tcp *tcp);
void tcp_close(struct tcp *tcp);
/* Closes with a reset, so that the peer sees that something is missing. */
void tcp_reset(struct tcp *tcp);

/* The peer's address without, the own one with port. Append nothing on failure. */
void tcp_peer(const struct tcp *tcp, struct buf *out);
void tcp_local(const struct tcp *tcp, struct buf *out);

#endif
