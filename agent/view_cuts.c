#include "agent/view_cuts.h"

#include <stdint.h>

#include "agent/view.h"
#include "server/base/map.h"
#include "server/base/mem.h"

static bool is_result(const struct view_item *item)
{
    return item->kind == EVENT_OBSERVATION || item->kind == EVENT_USER_REJECT ||
           item->kind == EVENT_AGENT_ERROR;
}

static void keep_answers_whole(const struct view_item *items, size_t count, bool *may_cut)
{
    for (size_t i = 1; i < count; i++)
        if (items[i - 1].kind == EVENT_ACTION && items[i].kind == EVENT_ACTION &&
            id_equal(items[i - 1].response, items[i].response))
            may_cut[i] = false;
}

/* Backwards, so that each action knows whether a result follows: between the two is no cut. The
 * map tells which calls have their results further on. */
static void keep_results_with_calls(const struct view_item *items, size_t count, bool *may_cut)
{
    struct map answered = {0};
    for (size_t i = count; i > 0; i--) {
        const struct view_item *item = &items[i - 1];
        if (is_result(item))
            map_set(&answered, item->call, (void *)(uintptr_t)item);
        if (item->kind != EVENT_ACTION || map_find(&answered, item->call) == NULL)
            continue;
        const struct view_item *result = map_find(&answered, item->call);
        for (size_t at = i; at <= (size_t)(result - items); at++)
            may_cut[at] = false;
        map_remove(&answered, item->call);
    }
    map_fini(&answered);
}

/* Its thinking is signed together with all that follows. */
static void keep_chains_of_thinking(const struct view_item *items, size_t count, bool *may_cut)
{
    bool is_chain = false;
    for (size_t i = 0; i < count; i++) {
        const bool is_call = items[i].kind == EVENT_ACTION;
        if (is_call && items[i].has_thinking)
            is_chain = true;
        else if (is_call || is_result(&items[i]))
            may_cut[i] = may_cut[i] && !is_chain;
        else
            is_chain = false;
    }
}

void view_cuts(const struct view_item *items, size_t count, bool *may_cut)
{
    for (size_t i = 0; i <= count; i++)
        may_cut[i] = true;
    keep_answers_whole(items, count, may_cut);
    keep_results_with_calls(items, count, may_cut);
    keep_chains_of_thinking(items, count, may_cut);
}

size_t view_cuts_next(const bool *may_cut, size_t count, size_t from)
{
    for (size_t i = from; i <= count; i++)
        if (may_cut[i])
            return i;
    return SIZE_MAX;
}
