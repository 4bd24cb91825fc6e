#ifndef LOOP_POLL_H
#define LOOP_POLL_H

/*
 * Tells when a descriptor that a library owns has something to read. The library reads it; here it
 * is only watched, and must stay open until poll_close. What the loop owns itself is a pipe.
 *
 * on_readable comes in each turn in which the descriptor is readable. poll_close frees the object
 * by itself and suppresses callbacks that have not run yet; the descriptor may be closed right
 * after it.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct error;
struct loop;
struct poll;

bool poll_open(struct loop *loop, int fd, void (*on_readable)(void *owner), void *owner,
               struct poll **ret_poll, struct error *error) MUST_CHECK;
void poll_close(struct poll *poll); /* NULL is fine */

#endif
