#ifndef AGENT_EVENT_FORM_H
#define AGENT_EVENT_FORM_H

/*
 * The other forms of a stored event (contract v1-conversations §2.7, §3.1).
 *
 * The full form, for single look-ups and webhooks, has every member of its kind, null where it has
 * no value. A wire level leaves out what older clients refuse: they drop an event, or stop
 * altogether, at a member or a kind that they do not know.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct doc_value;

/* What the clients of a conversation understand, known from the payload that created it. */
enum event_level {
    EVENT_LEVEL_1_10, /* 1.10 to 1.15 */
    EVENT_LEVEL_1_20, /* 1.20 to 1.30 */
    EVENT_LEVEL_1_32, /* 1.32 to 1.38 */
    EVENT_LEVEL_1_40  /* and later: everything */
};

void event_form_full(const struct doc_value *event, struct buf *out);
/* The full form of what an action event wants to be done. */
void event_form_full_action(const struct doc_value *action, struct buf *out);
/* Nothing is appended, and false given, when clients of that level must not see the event. */
bool event_form_level(const struct doc_value *event, enum event_level level,
                      struct buf *out) MUST_CHECK;

#endif
