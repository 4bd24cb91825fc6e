#ifndef AGENT_TOOLS_CLIENT_TOOL_H
#define AGENT_TOOLS_CLIENT_TOOL_H

/*
 * A tool that a client has described and executes itself (contract v1-conversations §6.9): the
 * model sees the client's schema, the call becomes an ActionEvent, and nothing else happens here.
 * What comes of it is told by the client in a message.
 *
 * An agent's spec carries the description as the params of the tool: {"spec":{"name",…}}.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

/* The params describe a client's tool of this name. */
bool client_tool_is(struct str name, const struct doc_value *params);
/* For params that do. */
bool client_tool_make(struct tool_set *set, const struct doc_value *params,
                      struct error *error) MUST_CHECK;

#endif
