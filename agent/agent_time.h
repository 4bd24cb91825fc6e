#ifndef AGENT_AGENT_TIME_H
#define AGENT_AGENT_TIME_H

/*
 * The time that an agent is told, `agent_context.current_datetime` (contract v1-conversations §1.3,
 * §5.2). A client gives an ISO time, of which only the zone counts, or a text of its own, which is
 * passed on as it is.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct buf;

/* False: it is a text of its own. */
bool agent_time_is_iso(struct str text);
/* Appends now in ISO form, in the zone of an ISO time; the local one when that names none. */
void agent_time_now(struct str time, struct buf *out);
/* Appends an ISO time as a prompt shows it, "YYYY-MM-DDTHH:MM+hh:mm"; other texts as they are. */
void agent_time_brief(struct str text, struct buf *out);

#endif
