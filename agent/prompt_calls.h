#ifndef AGENT_PROMPT_CALLS_H
#define AGENT_PROMPT_CALLS_H

/*
 * Calls of tools for models that know none (contract v1-conversations §5.7): the tools are told of
 * in the system prompt, a call is a piece of the model's text, a result is a message of the user's.
 *
 *     <function=NAME>
 *     <parameter=P>value</parameter>
 *     </function>
 *
 * Everything here is text in, text out; the view renders with it, the agent reads answers with it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct error;
struct llm_answer;
struct llm_tool;

/* What follows the system prompt. */
void prompt_calls_describe(const struct llm_tool *tools, size_t count, struct buf *out);
/* An example of a dialogue, around the first message of the user; nothing for models that go
 * astray by it. */
void prompt_calls_example(struct str model, const struct llm_tool *tools, size_t count,
                          struct buf *prefix, struct buf *suffix);

/* A call as the model would have written it; `arguments` is a JSON object. */
void prompt_calls_write(struct str name, struct str arguments, struct buf *out);
/* The line in front of a result. */
void prompt_calls_write_result(struct str tool_name, struct buf *out);

/* Takes the call out of the answer's text and puts it among its calls, with an id that no call has
 * had: `call_number` counts them from 1. An answer without a call stays as it is. ERROR_INVALID:
 * the text is for the model, as a message of the user's. */
bool prompt_calls_read(const struct llm_tool *tools, size_t count, size_t call_number,
                       struct llm_answer *answer, struct error *error) MUST_CHECK;

#endif
