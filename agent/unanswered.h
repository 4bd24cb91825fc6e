#ifndef AGENT_UNANSWERED_H
#define AGENT_UNANSWERED_H

/*
 * Which calls of tools have no answer in a log: no observation, no rejection, no error (contract
 * v1-conversations §4.5). Looks at the whole log, because HEAD may lag behind what a crash has left.
 *
 * Reads the events that matter, so a long log blocks: for worker jobs. Nothing is kept.
 */

#include <stdint.h>

struct event_log;

/* Number of the first one; EVENT_NO_PARENT: all are answered. */
uint32_t unanswered_find(const struct event_log *log);

#endif
