#ifndef AGENT_LLM_CHAT_H
#define AGENT_LLM_CHAT_H

/*
 * The chat completions protocol of OpenAI and of everybody who imitates it (contract
 * v1-conversations §5.3, §5.4): rendering messages and tools, and the body of a request. For
 * request.c alone.
 */

#include <stddef.h>

struct buf;
struct llm_config;
struct llm_fragment;
struct llm_message;
struct llm_request;
struct llm_tool;

void llm_chat_render(const struct llm_config *config, const struct llm_message *message,
                     struct llm_fragment *ret_fragment);
void llm_chat_render_tool(const struct llm_tool *tool, struct buf *out);
void llm_chat_body(const struct llm_request *request, struct buf *out);

#endif
