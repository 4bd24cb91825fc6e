#ifndef PLUGINS_MCP_MCP_ENTRY_H
#define PLUGINS_MCP_MCP_ENTRY_H

/*
 * One server of an agent's `mcp_config` (contract v1-conversations §9), made ready to be connected:
 *
 *     command, args, env, cwd          a child
 *     url, headers, auth, transport    a remote one
 *
 * Without "transport" an address makes it remote: the older transport when its path has a part
 * "sse", else streamable HTTP. References to variables are expanded in every text (mcp_expand.h).
 * Members that are not needed here are passed over: whoever took the configuration has checked it.
 */

#include <stdbool.h>

#include "plugins/mcp/mcp_transport.h"
#include "server/base/attributes.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct doc_value;
struct error;
struct mcp_expand;

/* All of it lives in the arena. */
struct mcp_entry {
    struct arena arena;
    struct str name;
    struct mcp_transport_options transport; /* but for loop, processes and http */
};

/* "enabled", true by default. */
bool mcp_entry_is_enabled(const struct doc_value *value);
/* The name is set in any case; the environment is built on the expansion's. */
bool mcp_entry_read(struct str name, const struct doc_value *value, const struct mcp_expand *expand,
                    struct mcp_entry *ret_entry, struct error *error) MUST_CHECK;
void mcp_entry_fini(struct mcp_entry *entry);

#endif
