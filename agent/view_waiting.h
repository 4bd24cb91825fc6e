#ifndef AGENT_VIEW_WAITING_H
#define AGENT_VIEW_WAITING_H

/*
 * The actions of a branch that nothing has answered yet, oldest first: those that wait for the
 * user's word, or that a restart has interrupted. There are as many as one answer of a model has
 * calls, so a plain list will do.
 *
 * A zeroed list is a valid empty one.
 */

#include <stddef.h>

#include "server/base/id.h"

struct view_forgotten;
struct view_item;
struct waiting_action;

struct view_waiting {
    struct waiting_action *actions;
    size_t *numbers; /* theirs in the log */
    size_t count;
};

void view_waiting_fini(struct view_waiting *waiting);
void view_waiting_add(struct view_waiting *waiting, const struct view_item *item);
/* An answer to an action, by the id of its event. */
void view_waiting_take_action(struct view_waiting *waiting, struct id action);
/* An answer that names the call only, by its key. */
void view_waiting_take_call(struct view_waiting *waiting, struct id call);
void view_waiting_forget(struct view_waiting *waiting, const struct view_forgotten *forgotten);

#endif
