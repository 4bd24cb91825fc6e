#ifndef AGENT_AGENT_SHAPES_H
#define AGENT_AGENT_SHAPES_H

/*
 * The tables of an agent's members and of what stands in it: language models, condensers, MCP
 * servers, context (contract v1-conversations §1.3), and of the other objects of a request that
 * have defaults of their own. Used with shape.h.
 */

#include "agent/shape.h"

extern const struct shape agent_shape; /* one of the kinds of agents */
extern const struct shape llm_shape;
extern const struct shape agent_definition_shape;
extern const struct shape client_tool_shape;
extern const struct shape confirmation_policy_shape;
extern const struct shape launch_additions_shape;
extern const struct shape message_request_shape;
extern const struct shape plugin_shape;
extern const struct shape security_analyzer_shape;
extern const struct shape worktree_options_shape;

#endif
