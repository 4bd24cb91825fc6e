#ifndef HTTP_HUB_H
#define HTTP_HUB_H

/*
 * What the connections of one server share: its options, the buffer they read into, the clock of
 * their time limits, the list they stand in, and turns.
 *
 * A turn is how a connection does later what must not happen inside a caller's call: telling its
 * user something, going on with input, freeing itself. Connections are freed in turns only, so no
 * function has to fear that its connection vanishes under it. Owned and embedded by the server.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/list.h"
#include "server/http/server.h"

struct deadlines;
struct loop;

struct turn {
    struct list link;
    void (*run)(void *owner);
    void *owner;
};

struct hub {
    struct loop *loop;
    struct http_server *server;
    struct http_server_options options;
    struct deadlines *deadlines;
    struct list connections;
    size_t connection_count;
    struct list turns;
    bool is_turn_due;
    bool is_draining;
    /* The last thing in every turn; may free the hub. */
    void (*after_turn)(struct http_server *server);
    char *read_buffer;
    struct buf head; /* heads of replies are built here */
    struct buf date;
    int64_t date_seconds;
    uint64_t request_count;
};

void hub_init(struct hub *hub, struct loop *loop, struct http_server *server,
              const struct http_server_options *options);
void hub_fini(struct hub *hub);

/* Runs it soon, once. */
void hub_schedule(struct hub *hub, struct turn *turn);
/* Makes after_turn run soon. */
void hub_wake(struct hub *hub);
/* The value of the date header. */
struct str hub_date(struct hub *hub);

/* Of a server, for modules that only have a request. */
struct hub *hub_of(struct http_server *server);

#endif
