#ifndef SUPPORT_MCP_WEB_H
#define SUPPORT_MCP_WEB_H

/*
 * What tests of remote MCP servers share, beside mcp.h: the scripted server mcp_http_server.py, and
 * the HTTP client that it is reached with.
 */

#include "plugins/http_client/http_client.h"
#include "tests/support/mcp.h"
#include "tests/support/peer.h"

static struct peer mcp_peer;
static struct http_client *mcp_http_client;
static struct buf mcp_address;

static inline int mcp_open_web(void **state)
{
    static const char *const env[] = {NULL};
    (void)mcp_open_loop(state);
    const struct http_client_options options = {.loop = mcp_loop, .env = env};
    mcp_http_client = http_client_open(&options);
    peer_start(&mcp_peer, "mcp_http_server.py", NULL);
    return 0;
}

static inline int mcp_close_web(void **state)
{
    http_client_close(mcp_http_client);
    const int result = mcp_close_loop(state);
    peer_stop(&mcp_peer);
    buf_fini(&mcp_address);
    return result;
}

static inline const char *mcp_url(const char *path)
{
    buf_clear(&mcp_address);
    buf_printf(&mcp_address, "http://127.0.0.1:%u%s", mcp_peer.port, path);
    return mcp_address.data;
}

static inline struct mcp_client *mcp_open_remote(enum mcp_transport_kind kind, const char *path)
{
    static const struct http_field field = {.name = STR_INIT("X-Key"), .value = STR_INIT("secret")};
    const struct mcp_client_options options = {
        .name = STR("test"),
        .transport = {.loop = mcp_loop,
                      .kind = kind,
                      .http = mcp_http_client,
                      .url = mcp_url(path),
                      .fields = &field,
                      .field_count = 1},
    };
    return mcp_client_open(&options);
}

#endif
