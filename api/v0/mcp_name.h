#ifndef API_V0_MCP_NAME_H
#define API_V0_MCP_NAME_H

/*
 * Names in the MCP proxy (contract v0-action-execution §2.11). With one server they stay as they
 * are; with two or more a tool or prompt is ⟨server⟩_⟨name⟩, and a resource has the server's name
 * as the first part of its path: test://greeting becomes test://⟨server⟩/greeting.
 *
 * Plain functions on texts; which servers there are is the caller's knowledge.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct doc_value;

void mcp_name_add(struct buf *out, struct str server, struct str name);
/* False: the name is not of this server. */
bool mcp_name_strip(struct str server, struct str name, struct str *ret_name) MUST_CHECK;

/* False: what has no "://" cannot carry a server. */
bool mcp_name_add_uri(struct buf *out, struct str server, struct str uri) MUST_CHECK;
/* False: the URI is not of this server. */
bool mcp_name_strip_uri(struct buf *out, struct str server, struct str uri) MUST_CHECK;

/* Prints an entry of a list (tool, prompt, resource, template) or of a resource's contents with its
 * "name", "uri" and "uriTemplate" as clients of several servers see them. False: nothing was
 * printed, because a name or URI is missing or cannot carry the server. */
bool mcp_name_print_entry(struct buf *out, struct str server,
                          const struct doc_value *entry) MUST_CHECK;

#endif
