#ifndef AGENT_AGENT_MCP_H
#define AGENT_AGENT_MCP_H

/*
 * The tools of an agent's MCP servers among its other tools (contract v1-conversations §9): the
 * servers start with the agent, each of their tools becomes a struct tool, and when a server says
 * that it has others now, they are exchanged between two steps.
 *
 * A server that does not start is skipped, and the log says why. Owned by a runner, which closes it
 * after the tools.
 */

#include "server/base/str.h"

struct agent_mcp;
struct buf;
struct doc_value;
struct runner;

/* on_started(owner) comes once, later: the tools are in the set. */
struct agent_mcp *agent_mcp_open(struct runner *runner, const struct doc_value *config,
                                 void (*on_started)(void *owner), void *owner);
/* on_started does not come any more; on_closed(owner) when all servers have ended. */
void agent_mcp_close(struct agent_mcp *mcp, void (*on_closed)(void *owner), void *owner);

#endif
