#include "server/http/hub.h"

#include "server/base/clock.h"
#include "server/base/mem.h"
#include "server/http/deadline.h"
#include "server/http/tcp.h"
#include "server/loop/loop.h"

void hub_init(struct hub *hub, struct loop *loop, struct http_server *server,
              const struct http_server_options *options)
{
    *hub = (struct hub){.loop = loop, .server = server, .options = *options};
    hub->deadlines = deadlines_open(loop);
    list_init(&hub->connections);
    list_init(&hub->turns);
    hub->read_buffer = mem_alloc(TCP_READ_BYTES);
}

void hub_fini(struct hub *hub)
{
    assert(hub->connection_count == 0 && !hub->is_turn_due);
    deadlines_close(hub->deadlines);
    free(hub->read_buffer);
    buf_fini(&hub->head);
    buf_fini(&hub->date);
}

/* Turns scheduled by turns run the next time, so that no connection starves the others. */
static void run_turns(void *owner)
{
    struct hub *hub = owner;
    struct list due;
    struct list *link;
    hub->is_turn_due = false;
    list_init(&due);
    while ((link = list_first(&hub->turns)) != NULL) {
        list_remove(link);
        list_append(&due, link);
    }
    while ((link = list_first(&due)) != NULL) {
        struct turn *turn = container_of(link, struct turn, link);
        list_remove(link);
        turn->run(turn->owner);
    }
    hub->after_turn(hub->server);
}

void hub_wake(struct hub *hub)
{
    if (hub->is_turn_due)
        return;
    hub->is_turn_due = true;
    loop_defer(hub->loop, run_turns, hub);
}

void hub_schedule(struct hub *hub, struct turn *turn)
{
    if (!list_is_linked(&turn->link))
        list_append(&hub->turns, &turn->link);
    hub_wake(hub);
}

struct str hub_date(struct hub *hub)
{
    const int64_t now_us = clock_wall_us();
    const int64_t seconds = now_us / 1000000;
    if (seconds != hub->date_seconds || hub->date.len == 0) {
        buf_clear(&hub->date);
        clock_format_http(&hub->date, now_us);
        hub->date_seconds = seconds;
    }
    return buf_str(&hub->date);
}
