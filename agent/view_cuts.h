#ifndef AGENT_VIEW_CUTS_H
#define AGENT_VIEW_CUTS_H

/*
 * Where a view may be cut without tearing apart what belongs together (contract v1-conversations
 * §5.8): the actions of one answer, a call and its result, a chain of calls that began with
 * thinking. A place is a number from 0 to the count of items; a range between two of them can be
 * forgotten.
 *
 * A call that nothing has answered, and a result without its call, hinder nothing: neither is sent.
 */

#include <stdbool.h>
#include <stddef.h>

struct view_item;

/* `may_cut` has room for count + 1. */
void view_cuts(const struct view_item *items, size_t count, bool *may_cut);
/* The first place from `from` on; SIZE_MAX when there is none up to and with `count`. */
size_t view_cuts_next(const bool *may_cut, size_t count, size_t from);

#endif
