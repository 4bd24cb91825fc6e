#ifndef AGENT_STEP_CALLS_H
#define AGENT_STEP_CALLS_H

/*
 * Turns the calls of an answer into ActionEvents, one after the other (contract v1-conversations
 * §4.4, §4.6, §4.7, §5.5): a hook may forbid one, a bad one is answered with an error at once. Then
 * the security analyzer looks at all of them, and the policy says whether people are asked first.
 *
 * Owned by a step. on_done comes once, perhaps within the start.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/id.h"

struct error;
struct llm_answer;
struct runner;
struct step_calls;

enum step_calls_end {
    STEP_CALLS_EXECUTE,
    STEP_CALLS_WAIT /* the status says so: waiting_for_confirmation */
};
typedef void (*step_calls_fn)(void *owner, enum step_calls_end end, const struct error *error);

/* For models that write their calls into the text: makes calls of it. ERROR_INVALID: the text is
 * for the model. */
bool step_calls_read_text(struct runner *runner, struct llm_answer *answer,
                          struct error *error) MUST_CHECK;

/* Takes the answer. `first` is the id of the first event. Sets *ret_calls before anything else. */
void step_calls_start(struct runner *runner, struct llm_answer *answer, struct id first,
                      step_calls_fn on_done, void *owner, struct step_calls **ret_calls);
/* on_done does not come. */
void step_calls_cancel(struct step_calls *calls);

#endif
