#ifndef PLUGINS_MCP_MCP_URL_H
#define PLUGINS_MCP_MCP_URL_H

/*
 * Where an MCP server sends its client: a redirect, or the address for messages that its stream
 * begins with. It may be written whole, without scheme, as a path or relative to the address it was
 * asked under, and must stay with the same scheme, host and port, because the headers of the
 * configuration go there too.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct error;

bool mcp_url_resolve(struct str base, struct str reference, struct buf *out,
                     struct error *error) MUST_CHECK;

#endif
