#ifndef API_V0_MCP_FORWARD_H
#define API_V0_MCP_FORWARD_H

/*
 * How the MCP proxy changes what it passes on: parameters on their way to a server, results on
 * their way back. Functions on JSON, without state.
 *
 * A client's progress token ("_meta": {"progressToken": …}) is replaced by a number of the proxy's,
 * because clients of one server may have chosen the same.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct doc_value;

/* The parameters with `member` set to `value`, and with the number as progress token where there
 * was one. */
struct mcp_forward_change {
    const char *member;
    struct str value;
    uint64_t progress_number;
};
void mcp_forward_print_params(struct buf *out, const struct doc_value *params,
                              const struct mcp_forward_change *change);
/* The client's token as JSON; nothing when it wants no reports. */
void mcp_forward_print_token(struct buf *out, const struct doc_value *params);
/* A server's report in the terms of its client; false: it is of another number. */
bool mcp_forward_print_report(struct buf *out, struct str params, uint64_t progress_number,
                              struct str token) MUST_CHECK;

/* The result of a tool that failed. */
void mcp_forward_print_failure(struct buf *out, struct str text);
/* The result of resources/read with the server in its URIs. */
void mcp_forward_print_contents(struct buf *out, struct str server, struct str result);

#endif
