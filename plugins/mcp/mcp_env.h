#ifndef PLUGINS_MCP_MCP_ENV_H
#define PLUGINS_MCP_MCP_ENV_H

/*
 * The environment of an MCP server that is a child: the variables that MCP clients hand on by
 * default (HOME, LOGNAME, PATH, SHELL, TERM, USER) and those given for it, which count more. All
 * vectors are NULL-terminated "NAME=value"; strings are borrowed from both, the vector lives in the
 * arena.
 */

struct arena;

const char *const *mcp_env_build(struct arena *arena, const char *const *ours,
                                 const char *const *given);

#endif
