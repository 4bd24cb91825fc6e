#include "agent/view_waiting.h"

#include <stdlib.h>

#include "agent/view.h"
#include "agent/view_forgotten.h"
#include "server/base/mem.h"

struct waiting_action {
    struct id id;
    struct id call;
};

void view_waiting_fini(struct view_waiting *waiting)
{
    free(waiting->actions);
    free(waiting->numbers);
    *waiting = (struct view_waiting){0};
}

void view_waiting_add(struct view_waiting *waiting, const struct view_item *item)
{
    const size_t count = waiting->count + 1;
    waiting->actions = mem_resize(waiting->actions, count * sizeof(*waiting->actions));
    waiting->numbers = mem_resize(waiting->numbers, count * sizeof(*waiting->numbers));
    waiting->actions[waiting->count] = (struct waiting_action){.id = item->id, .call = item->call};
    waiting->numbers[waiting->count++] = item->number;
}

static void drop(struct view_waiting *waiting, size_t at)
{
    const size_t behind = waiting->count - at - 1;
    memmove(&waiting->actions[at], &waiting->actions[at + 1], behind * sizeof(*waiting->actions));
    memmove(&waiting->numbers[at], &waiting->numbers[at + 1], behind * sizeof(*waiting->numbers));
    waiting->count--;
}

void view_waiting_take_action(struct view_waiting *waiting, struct id action)
{
    for (size_t i = waiting->count; i > 0; i--)
        if (id_equal(waiting->actions[i - 1].id, action))
            drop(waiting, i - 1);
}

void view_waiting_take_call(struct view_waiting *waiting, struct id call)
{
    for (size_t i = waiting->count; i > 0; i--)
        if (id_equal(waiting->actions[i - 1].call, call))
            drop(waiting, i - 1);
}

void view_waiting_forget(struct view_waiting *waiting, const struct view_forgotten *forgotten)
{
    for (size_t i = waiting->count; i > 0; i--) {
        const struct view_item item = {.id = waiting->actions[i - 1].id, .kind = EVENT_ACTION};
        if (view_forgotten_has(forgotten, &item))
            drop(waiting, i - 1);
    }
}
