#include "server/http/ws.h"

#include "server/base/buf.h"
#include "tests/fuzz/wire.h"

/* What comes after a WebSocket handshake: a byte that says where the rest is cut, then frames. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ws *socket_open;

static void on_message(void *owner, struct str message, bool is_binary)
{
    (void)owner;
    if (str_equal(message, STR("close")))
        ws_close(socket_open, WS_CLOSE_NORMAL, STR("asked for"));
    else if (str_equal(message, STR("abort")))
        ws_abort(socket_open);
    else if (is_binary)
        ws_send_binary(socket_open, message);
    else
        ws_send_text(socket_open, message);
}

static void on_closed(void *owner)
{
    (void)owner;
    socket_open = NULL;
}

static void on_open(struct http_request *request, void *context)
{
    (void)context;
    static const struct ws_events events = {.on_message = on_message, .on_closed = on_closed};
    socket_open = ws_accept(request, &events, NULL);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/socket",
     .auth = ROUTE_AUTH_SOCKET,
     .handler = on_open},
};

static const char handshake[] = "GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                                "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wire wire;
    if (wire.loop == NULL)
        wire_open(&wire, routes, ARRAY_SIZE(routes));
    if (size == 0)
        return 0;
    scoped_buf struct buf first = {0};
    const struct str frames = str_span((const char *)data + 1, size - 1);
    buf_append(&first, str_from(handshake));
    buf_append(&first, str_slice(frames, 0, data[0]));
    wire_talk(&wire, buf_str(&first), str_skip(frames, data[0]));
    assert(socket_open == NULL);
    return 0;
}
