#ifndef AGENT_SIDE_CALL_H
#define AGENT_SIDE_CALL_H

/*
 * What the model is asked in passing, beside the run: a title for the conversation, a question of
 * somebody's, a condensation by hand (contract v1-conversations §4.10, §4.11; the last two by
 * runner.h).
 */

#include "server/base/str.h"

struct runner;

/* `content` is that of a message of the user's; only the first one counts. */
void runner_title(struct runner *runner, struct str content);
void runner_drop_side_calls(struct runner *runner);

#endif
