#ifndef AGENT_VIEW_FORGOTTEN_H
#define AGENT_VIEW_FORGOTTEN_H

/*
 * What condensations forget: ids of events, and of summaries that earlier condensations have left,
 * which are called after these ("<id>-summary").
 *
 * A zeroed set is a valid empty one.
 */

#include <stdbool.h>

#include "server/base/map.h"

struct doc_value;
struct view_item;

#define VIEW_SUMMARY_SUFFIX "-summary"

struct view_forgotten {
    struct map events;
    struct map summaries; /* by the ids of their condensations */
};

void view_forgotten_fini(struct view_forgotten *forgotten);
/* Adds what a Condensation names. */
void view_forgotten_read(struct view_forgotten *forgotten, const struct doc_value *condensation);
bool view_forgotten_has(const struct view_forgotten *forgotten, const struct view_item *item);

#endif
