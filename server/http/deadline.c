#include "server/http/deadline.h"

#include "server/base/attributes.h"
#include "server/base/mem.h"
#include "server/http/request.h"
#include "server/http/ws.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

#define NEVER          UINT64_MAX
#define LINGER_TIME_MS 5000

struct deadlines {
    struct loop *loop;
    struct timer *timer;
    uint64_t armed_ms; /* when the timer fires; NEVER while it is stopped */
    struct list lists[DEADLINE_KINDS];
    uint64_t durations_ms[DEADLINE_KINDS];
};

static const uint64_t default_durations_ms[DEADLINE_KINDS] = {
    [DEADLINE_IDLE] = HTTP_IDLE_TIMEOUT_MS,
    [DEADLINE_PAUSE] = HTTP_PAUSE_TIMEOUT_MS,
    [DEADLINE_HEAD] = HTTP_HEAD_TIMEOUT_MS,
    [DEADLINE_BODY] = HTTP_BODY_TIMEOUT_MS,
    [DEADLINE_WRITE] = HTTP_WRITE_TIMEOUT_MS,
    [DEADLINE_LINGER] = LINGER_TIME_MS,
    [DEADLINE_PING] = WS_PING_MS,
};

static void arm(struct deadlines *deadlines, uint64_t due_ms)
{
    const uint64_t now_ms = loop_now_ms(deadlines->loop);
    deadlines->armed_ms = due_ms;
    timer_start(deadlines->timer, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

/* The first deadline of a list is its earliest. */
static uint64_t earliest(const struct deadlines *deadlines)
{
    uint64_t due_ms = NEVER;
    for (int kind = 0; kind < DEADLINE_KINDS; kind++) {
        struct list *link = list_first(&deadlines->lists[kind]);
        if (link == NULL)
            continue;
        const struct deadline *first = container_of(link, struct deadline, link);
        if (first->due_ms < due_ms)
            due_ms = first->due_ms;
    }
    return due_ms;
}

static void run_due(struct list *list, uint64_t now_ms)
{
    for (struct list *link = list_first(list); link != NULL; link = list_first(list)) {
        struct deadline *deadline = container_of(link, struct deadline, link);
        if (deadline->due_ms > now_ms)
            return;
        list_remove(&deadline->link);
        deadline->on_due(deadline->owner);
    }
}

static void on_timer(void *owner)
{
    struct deadlines *deadlines = owner;
    const uint64_t now_ms = loop_now_ms(deadlines->loop);
    deadlines->armed_ms = NEVER;
    for (int kind = 0; kind < DEADLINE_KINDS; kind++)
        run_due(&deadlines->lists[kind], now_ms);
    const uint64_t due_ms = earliest(deadlines);
    if (due_ms != NEVER)
        arm(deadlines, due_ms);
}

struct deadlines *deadlines_open(struct loop *loop)
{
    struct deadlines *deadlines = mem_zero(1, sizeof(*deadlines));
    deadlines->loop = loop;
    deadlines->armed_ms = NEVER;
    deadlines->timer = timer_open(loop, on_timer, deadlines);
    for (int kind = 0; kind < DEADLINE_KINDS; kind++) {
        list_init(&deadlines->lists[kind]);
        deadlines->durations_ms[kind] = default_durations_ms[kind];
    }
    return deadlines;
}

void deadlines_close(struct deadlines *deadlines)
{
    timer_close(deadlines->timer);
    free(deadlines);
}

void deadlines_configure(struct deadlines *deadlines, enum deadline_kind kind, uint64_t duration_ms)
{
    deadlines->durations_ms[kind] = duration_ms;
}

void deadline_set(struct deadlines *deadlines, struct deadline *deadline, enum deadline_kind kind)
{
    list_remove(&deadline->link);
    deadline->due_ms = loop_now_ms(deadlines->loop) + deadlines->durations_ms[kind];
    list_append(&deadlines->lists[kind], &deadline->link);
    if (deadline->due_ms < deadlines->armed_ms)
        arm(deadlines, deadline->due_ms);
}

void deadline_clear(struct deadline *deadline)
{
    list_remove(&deadline->link);
}
