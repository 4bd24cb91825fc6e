#ifndef AGENT_RUN_EVENT_H
#define AGENT_RUN_EVENT_H

/*
 * The members of the events that come of a run (contract v1-conversations §3.2): what the model
 * has said and called, what stands in for an observation, what went wrong. Each function appends
 * members without braces, for a struct event_draft.
 *
 * Pure text. Text of the agent for people is masked; what goes back to the model as it was is not.
 */

#include <stdbool.h>

#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct llm_answer;
struct llm_answer_call;
struct secret_mask;
struct tool_proposal;
struct tool_result;

/* One call of an answer. */
struct run_action {
    const struct llm_answer *answer;
    const struct llm_answer_call *call;
    const struct tool_proposal *proposal;
    bool is_first; /* of the answer: has what was thought */
};
void run_event_action(const struct run_action *action, struct buf *out);

/* An ActionEvent that waits for what comes of it. */
struct run_subject {
    struct id action;
    struct str tool_name;
    struct str call_id;
};
/* `observation` is JSON; `context` a text for extended_content, empty: none. */
void run_event_observation(const struct run_subject *subject, struct str observation,
                           struct str context, struct buf *out);
void run_event_agent_error(const struct run_subject *subject, struct str error, bool is_internal,
                           struct buf *out);
void run_event_rejection(const struct run_subject *subject, struct str reason, bool is_by_hook,
                         struct buf *out);

/* The agent's text; an empty one for an answer without. */
void run_event_answer(const struct llm_answer *answer, const struct secret_mask *mask,
                      struct buf *out);
/* A message to the model: `content` is a JSON array; `skills` a JSON array of names and `context`
 * texts for extended_content, one each. */
struct run_message {
    struct str content;
    struct str skills;
    const struct str *context;
    size_t context_count;
};
void run_event_message(const struct run_message *message, struct buf *out);
/* The same of a text. */
void run_event_notice(struct str text, struct buf *out);

void run_event_error(struct str code, struct str detail, struct buf *out);

#endif
