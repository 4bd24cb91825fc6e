#ifndef AGENT_LLM_RESPONSES_H
#define AGENT_LLM_RESPONSES_H

/*
 * The responses protocol of OpenAI (contract v1-conversations §5.4): the system prompt goes as
 * instructions, everything else as input items; reasoning comes and goes encrypted, so that nothing
 * is stored at the provider. For request.c alone.
 */

#include <stddef.h>

struct buf;
struct llm_config;
struct llm_fragment;
struct llm_message;
struct llm_request;
struct llm_tool;

void llm_responses_render(const struct llm_config *config, const struct llm_message *message,
                          struct llm_fragment *ret_fragment);
void llm_responses_render_tool(const struct llm_tool *tool, struct buf *out);
void llm_responses_body(const struct llm_request *request, struct buf *out);

#endif
