#include "plugins/mcp/mcp_transport.h"

#include "plugins/mcp/mcp_http.h"
#include "plugins/mcp/mcp_sse.h"
#include "plugins/mcp/mcp_stdio.h"

bool mcp_transport_open(const struct mcp_transport_options *options,
                        const struct mcp_transport_events *events, void *owner,
                        struct mcp_transport **ret_transport, struct error *error)
{
    switch (options->kind) {
    case MCP_TRANSPORT_HTTP:
        *ret_transport = mcp_http_open(options, events, owner);
        return true;
    case MCP_TRANSPORT_SSE:
        *ret_transport = mcp_sse_open(options, events, owner);
        return true;
    case MCP_TRANSPORT_STDIO:
        break;
    }
    return mcp_stdio_open(options, events, owner, ret_transport, error);
}

bool mcp_transport_send(struct mcp_transport *transport, uint64_t request, struct str text,
                        struct error *error)
{
    return transport->class->send(transport, request, text, error);
}

struct str mcp_transport_log(struct mcp_transport *transport)
{
    return transport->class->log(transport);
}

void mcp_transport_set_version(struct mcp_transport *transport, struct str version)
{
    if (transport->class->set_version != NULL)
        transport->class->set_version(transport, version);
}

void mcp_transport_release(struct mcp_transport *transport, uint64_t request, bool is_answered)
{
    if (transport->class->release != NULL)
        transport->class->release(transport, request, is_answered);
}

void mcp_transport_close(struct mcp_transport *transport, void (*on_closed)(void *owner),
                         void *owner)
{
    transport->class->close(transport, on_closed, owner);
}
