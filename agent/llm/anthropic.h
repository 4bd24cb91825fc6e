#ifndef AGENT_LLM_ANTHROPIC_H
#define AGENT_LLM_ANTHROPIC_H

/*
 * The messages protocol of Anthropic (contract v1-conversations §5.4): the system prompt apart,
 * calls and their results as blocks of messages that alternate between user and assistant. For
 * request.c alone.
 */

#include <stddef.h>

struct buf;
struct llm_config;
struct llm_fragment;
struct llm_message;
struct llm_request;
struct llm_tool;

void llm_anthropic_render(const struct llm_config *config, const struct llm_message *message,
                          struct llm_fragment *ret_fragment);
void llm_anthropic_render_tool(const struct llm_tool *tool, struct buf *out);
void llm_anthropic_body(const struct llm_request *request, struct buf *out);

#endif
