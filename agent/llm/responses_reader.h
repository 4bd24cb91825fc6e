#ifndef AGENT_LLM_RESPONSES_READER_H
#define AGENT_LLM_RESPONSES_READER_H

/*
 * Answers in the responses protocol: items of an output, or the events that announce them. Items
 * are taken when they are done; only texts are read as they grow. For reader.c alone.
 */

#include "server/base/str.h"

struct doc_value;
struct llm_sink;

void llm_responses_read_body(const struct doc_value *body, struct llm_sink *sink);
/* One event of a stream; `name` is that of its field "event", or empty. */
void llm_responses_read_event(struct str name, const struct doc_value *data, struct llm_sink *sink);

#endif
