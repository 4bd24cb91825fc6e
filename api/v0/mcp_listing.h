#ifndef API_V0_MCP_LISTING_H
#define API_V0_MCP_LISTING_H

/*
 * A list (of tools, resources, templates or prompts) of all servers behind the MCP proxy in one:
 * every server is asked at once, page by page, and the entries are put together in the order of the
 * servers.
 *
 * A server that does not know the method has no entries. Of several servers, those that fail or are
 * not in time are left out; a single one's failure is the failure of the list.
 */

#include <stdbool.h>
#include <stddef.h>

#include "plugins/mcp/mcp_client.h"
#include "server/base/str.h"

struct mcp_listing;
struct mcp_server;

/* Clients of the proxy wait half a minute: the others' entries shall reach them. */
#define MCP_LISTING_TIMEOUT_MS 25000
#define MCP_LISTING_MAX_PAGES  100

struct mcp_listing_options {
    struct loop *loop;
    struct mcp_server *const *servers; /* one at least; copied */
    size_t count;
    const char *method;
    const char *member; /* of the result */
};

/* on_result as of one request: {"<member>":[…]}, or what the single server failed with. Never
 * inside this call. */
struct mcp_listing *mcp_listing_start(const struct mcp_listing_options *options,
                                      mcp_result_fn on_result, void *owner);
void mcp_listing_cancel(struct mcp_listing *listing);

#endif
