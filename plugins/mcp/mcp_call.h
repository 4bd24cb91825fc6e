#ifndef PLUGINS_MCP_MCP_CALL_H
#define PLUGINS_MCP_MCP_CALL_H

/*
 * One call of a tool of an MCP server, from its arguments to what the model is told (contract
 * v1-conversations §9). When the server is not connected any more, it is connected again first; a
 * call that the server refused because it had forgotten the session is made once more.
 *
 * Ends by itself after its result, or with mcp_call_cancel. The result comes once, never inside a
 * call.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plugins/mcp/mcp_content.h"
#include "server/base/str.h"

struct loop;
struct mcp_call;
struct mcp_client;

#define MCP_CALL_TIMEOUT_MS 300000

/* Borrowed for the callback. */
struct mcp_call_result {
    /* There is no answer: `content` is one text that says why, as the contract words it. */
    bool has_failed;
    bool is_error; /* the tool says so, or has_failed */
    struct mcp_content content;
};
typedef void (*mcp_call_fn)(void *owner, const struct mcp_call_result *result);

struct mcp_call_options {
    struct loop *loop;
    struct mcp_client *client; /* NULL: there is no such tool */
    struct str name;           /* of the tool, for the model */
    struct str own_name;       /* as its server knows it */
    struct str arguments;      /* JSON, an object; STR_NULL: {} */
    uint64_t timeout_ms;       /* 0: MCP_CALL_TIMEOUT_MS */
};

/* Everything but the client is copied. */
struct mcp_call *mcp_call_start(const struct mcp_call_options *options, mcp_call_fn on_result,
                                void *owner);
/* The server is told; no result comes any more. */
void mcp_call_cancel(struct mcp_call *call);

#endif
