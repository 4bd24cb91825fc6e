#ifndef AGENT_UNANSWERED_H
#define AGENT_UNANSWERED_H

/*
 * Which calls of tools have no answer in a log: no observation, no rejection, no error (contract
 * v1-conversations §4.5), and whether a goal was pursued to the end. Looks at the whole log,
 * because HEAD may lag behind what a crash has left.
 *
 * Reads the events that matter, so a long log blocks: for worker jobs. Nothing is kept.
 */

#include <stdint.h>

struct event_log;

/* Number of the first one; EVENT_NO_PARENT: all are answered. */
uint32_t unanswered_find(const struct event_log *log);
/* Number of the event that tells of a goal which is still pursued; EVENT_NO_PARENT: none is. */
uint32_t unanswered_goal(const struct event_log *log);

#endif
