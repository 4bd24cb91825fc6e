#ifndef LOOP_DESCENDANTS_H
#define LOOP_DESCENDANTS_H

/*
 * The end of everything that descends from the server, for processes_close alone: TERM to all,
 * KILL when the grace is over, and giving up when even that does not help.
 *
 * It looks and signals; it does not reap. Its owner reaps, tells it about each SIGCHLD with
 * descendants_look_again, and closes it when no child is left. Children that are forked while it
 * looks are found at one of the next looks, because their parent's end is a SIGCHLD too.
 */

#include <stdint.h>

struct descendants;
struct loop;

struct descendants *descendants_end(struct loop *loop, uint64_t grace_ms,
                                    void (*on_given_up)(void *owner), void *owner);
void descendants_look_again(struct descendants *descendants);
void descendants_close(struct descendants *descendants); /* NULL is fine */

#endif
