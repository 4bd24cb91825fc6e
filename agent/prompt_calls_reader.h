#ifndef AGENT_PROMPT_CALLS_READER_H
#define AGENT_PROMPT_CALLS_READER_H

/*
 * Reads the call of a tool out of a model's text (prompt_calls.h), with patience: wrappers around
 * it are dropped, a missing end is supplied, names that the model has from elsewhere are
 * understood. There is one call in a text at most; what stands before it is the model's thought.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"

struct error;
struct llm_answer;
struct llm_tool;

/* Moves the call from the answer's text to its calls, with the id that `call_number` (from 1)
 * makes. An answer without a call stays as it is. ERROR_INVALID: the text is for the model, as a
 * message of the user's. */
bool prompt_calls_read(const struct llm_tool *tools, size_t count, size_t call_number,
                       struct llm_answer *answer, struct error *error) MUST_CHECK;

#endif
