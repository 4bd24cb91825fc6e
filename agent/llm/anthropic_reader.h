#ifndef AGENT_LLM_ANTHROPIC_READER_H
#define AGENT_LLM_ANTHROPIC_READER_H

/*
 * Answers in the messages protocol: blocks of content, or the events that open, grow and close
 * them. Thinking blocks are kept whole, because they must go back as they came. For reader.c alone.
 */

#include "server/base/str.h"

struct doc_value;
struct llm_sink;

void llm_anthropic_read_body(const struct doc_value *body, struct llm_sink *sink);
/* One event of a stream; `name` is that of its field "event", or empty. */
void llm_anthropic_read_event(struct str name, const struct doc_value *data, struct llm_sink *sink);

#endif
