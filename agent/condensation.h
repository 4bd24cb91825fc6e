#ifndef AGENT_CONDENSATION_H
#define AGENT_CONDENSATION_H

/*
 * One condensation under way (contract v1-conversations §5.8): the events that are to be forgotten
 * are gathered, the condenser's model sums them up, and a Condensation is appended.
 *
 * Owned by a step, or by who asked for it by hand. on_done comes once, later.
 */

#include "agent/condenser.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct condensation;
struct error;
struct runner;

/* `failure` is NULL when the Condensation is stored; else `code` names it for an error event. */
typedef void (*condensation_fn)(void *owner, struct str code, const struct error *failure);

struct condensation *condensation_start(struct runner *runner, const struct condenser_plan *plan,
                                        condensation_fn on_done, void *owner);
/* on_done does not come. */
void condensation_cancel(struct condensation *condensation);

#endif
