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
 * Here it is written, for the view; prompt_calls_reader.h reads what a model makes of it. Text in,
 * text out; everything is appended.
 */

#include <stddef.h>

#include "server/base/str.h"

struct buf;
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

#endif
