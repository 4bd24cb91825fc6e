#ifndef AGENT_LLM_CHAT_READER_H
#define AGENT_LLM_CHAT_READER_H

/*
 * Answers in the chat completions protocol: a choice's message, or its deltas. Calls are counted by
 * the provider and come in pieces. For reader.c alone.
 */

#include "server/base/str.h"

struct doc_value;
struct llm_sink;

void llm_chat_read_body(const struct doc_value *body, struct llm_sink *sink);
/* One event of a stream; `name` is that of its field "event", or empty. */
void llm_chat_read_event(struct str name, const struct doc_value *data, struct llm_sink *sink);

#endif
