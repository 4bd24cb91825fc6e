#ifndef HTTP_DEADLINE_H
#define HTTP_DEADLINE_H

/*
 * Time limits of many connections on one timer. Each kind has one fixed duration, so a list per
 * kind, with new deadlines at its end, is sorted by itself: setting and clearing cost a few
 * pointer writes, however many connections there are. The timer runs only while a deadline is set.
 *
 * A struct deadline lives inside its owner; zeroed with on_due and owner filled in it is valid.
 */

#include <stdint.h>

#include "server/base/list.h"

struct deadlines;
struct loop;

enum deadline_kind {
    DEADLINE_IDLE,   /* between two requests */
    DEADLINE_PAUSE,  /* the same for clients that come back after minutes */
    DEADLINE_HEAD,   /* first byte to end of head */
    DEADLINE_BODY,   /* silence inside a body */
    DEADLINE_WRITE,  /* nothing read by the client */
    DEADLINE_LINGER, /* after our last byte, until the client closes */
    DEADLINE_PING,   /* silence on a WebSocket */
    DEADLINE_KINDS,
};

struct deadline {
    struct list link;
    uint64_t due_ms;
    void (*on_due)(void *owner);
    void *owner;
};

struct deadlines *deadlines_open(struct loop *loop);
void deadlines_close(struct deadlines *deadlines);
/* For tests: another duration of one kind, from the next deadline_set on. */
void deadlines_configure(struct deadlines *deadlines, enum deadline_kind kind,
                         uint64_t duration_ms);

/* Sets it, or sets it anew. */
void deadline_set(struct deadlines *deadlines, struct deadline *deadline, enum deadline_kind kind);
void deadline_clear(struct deadline *deadline);

#endif
