#ifndef API_V1_CONVERSATION_TIME_H
#define API_V1_CONVERSATION_TIME_H

/*
 * Times that clients compare events with (contract v1-conversations §1.2). Events have local times
 * without a zone; a time with a zone is made one, a time without is one already.
 */

#include <stdint.h>

#include "server/base/str.h"

/* `text` as it was given, `wall_us` as the schema has read it: as UTC where it says no zone. Gives
 * what event_index.h calls naive. */
int64_t conversation_time_naive(struct str text, int64_t wall_us);

#endif
