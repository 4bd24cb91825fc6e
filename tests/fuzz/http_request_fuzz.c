#include "server/base/buf.h"
#include "server/http/reply.h"
#include "tests/fuzz/wire.h"

/*
 * What a client may send: one byte that says where the rest is cut in two, then requests for routes
 * with bodies of every kind.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_get(struct http_request *request, void *context)
{
    (void)context;
    size_t count;
    (void)http_request_pairs(request, &count); /* reading them is the test */
    (void)http_request_cookie(request, "key"); /* the same */
    reply_text(request, 200, "text/plain", request->path);
}

static void on_echo(struct http_request *request, void *context)
{
    (void)context;
    reply_text(request, 200, "text/plain", request->body);
}

static void on_piece(void *owner, struct str piece)
{
    (void)piece;
    http_request_pause(owner);
    http_request_resume(owner);
}

static void on_end(void *owner)
{
    reply_empty(owner, 204);
}

static void on_upload(struct http_request *request, void *context)
{
    (void)context;
    static const struct http_body_events events = {
        .on_data = on_piece,
        .on_end = on_end,
        .on_abort = on_end,
    };
    http_request_receive(request, &events, request);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET, .pattern = "/get/{path:path}", .handler = on_get},
    {.method = HTTP_METHOD_POST, .pattern = "/none", .handler = on_get},
    {.method = HTTP_METHOD_POST, .pattern = "/json", .body = ROUTE_BODY_JSON, .handler = on_echo},
    {.method = HTTP_METHOD_POST, .pattern = "/raw", .body = ROUTE_BODY_RAW, .handler = on_echo},
    {.method = HTTP_METHOD_POST,
     .pattern = "/upload",
     .body = ROUTE_BODY_STREAM,
     .handler = on_upload},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wire wire;
    if (wire.loop == NULL)
        wire_open(&wire, routes, ARRAY_SIZE(routes));
    if (size == 0)
        return 0;
    const struct str bytes = str_span((const char *)data + 1, size - 1);
    wire_talk(&wire, str_slice(bytes, 0, data[0]), str_skip(bytes, data[0]));
    return 0;
}
