#ifndef AGENT_VIEW_KEY_H
#define AGENT_VIEW_KEY_H

/*
 * Short names for the texts by which events refer to each other: ids of events, of calls and of the
 * model's responses. Equal texts have equal keys; that others differ is as good as certain, and a
 * conversation of 100,000 events keeps no text to compare.
 */

#include "server/base/id.h"
#include "server/base/str.h"

struct id view_key(struct str text);
/* The id itself, or the key of what is no UUID. */
struct id view_event_id(struct str text);

#endif
