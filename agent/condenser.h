#ifndef AGENT_CONDENSER_H
#define AGENT_CONDENSER_H

/*
 * Keeps what the model sees within bounds (contract v1-conversations §5.8): decides when old events
 * are forgotten and which, asks a model for a summary of them, and words the Condensation event.
 *
 *     condenser_plan(view) ─> the range of items to forget
 *     condenser_write_event for each of them ─> condenser_request ─> the model's answer
 *     condenser_write_members ─> the Condensation, which the view then takes like any event
 *
 * Boundaries never part an answer's actions, a call and its result, or a chain of thinking. The
 * system prompt is never forgotten. A condenser has one stage for each condenser of a pipeline that
 * summarizes, at most CONDENSER_MAX_STAGES; the first one that has something to forget does it.
 * Owned by a conversation.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct condenser;
struct doc_value;
struct error;
struct llm_config;
struct llm_fragment;
struct view;

#define CONDENSER_MAX_STAGES 16

/* agent.condenser; NULL, null and NoOpCondenser give one without stages, which never condenses. */
bool condenser_decode(const struct doc_value *config, struct condenser **ret_condenser,
                      struct error *error) MUST_CHECK;
void condenser_free(struct condenser *condenser); /* NULL is fine */
/* The model that writes a stage's summaries, owned by the condenser; NULL: there is no such stage.
 */
const struct llm_config *condenser_llm(const struct condenser *condenser, size_t stage);
/* A CondensationRequest is of use. */
bool condenser_handles_requests(const struct condenser *condenser);

enum condenser_verdict {
    CONDENSER_CARRY_ON,  /* the view goes to the model as it is */
    CONDENSER_SUMMARIZE, /* the plan says what */
    CONDENSER_FAIL       /* it was asked for and there is nothing to forget */
};

struct condenser_plan {
    size_t stage; /* that summarizes */
    size_t from;  /* items [from, to) of the view are forgotten; a summary goes where they were */
    size_t to;
    bool is_required; /* by a request or the model's limit: an error when it cannot be done */
    bool is_reset;    /* everything behind the system prompt */
};

/* `prompt_tokens`: of the newest request, as the provider counted; 0: not known. `input_limit`: of
 * the agent's model; 0: not known. */
enum condenser_verdict condenser_plan(const struct condenser *condenser, const struct view *view,
                                      int64_t prompt_tokens, int64_t input_limit,
                                      struct condenser_plan *ret_plan);
/* A reset may be tried again with less of each event's text. False: no more tries. `attempt`
 * counts from 0; ret_max_chars is the limit for condenser_write_event. */
bool condenser_retry(const struct condenser *condenser, const struct condenser_plan *plan,
                     unsigned attempt, size_t *ret_max_chars) MUST_CHECK;

/* Appends one event to what the summary is made of. */
#define CONDENSER_MAX_EVENT_CHARS 4000
void condenser_write_event(const struct doc_value *event, size_t max_chars, struct buf *out);
/* For the stage's model. Two fragments, to be given to llm_fragment_fini: instructions, and the
 * events with the closing line. `events`: what condenser_write_event has made. */
void condenser_request(const struct llm_config *llm, struct str events,
                       struct llm_fragment *ret_instructions, struct llm_fragment *ret_events);
/* Members of the Condensation. */
void condenser_write_members(const struct view *view, const struct condenser_plan *plan,
                             struct str summary, struct str response_id, struct buf *out);

#endif
