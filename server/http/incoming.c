#include "server/http/incoming.h"

#include "server/http/connection.h"
#include "server/http/hub.h"
#include "server/http/parser.h"
#include "server/http/request.h"

/* Path and query of the target, with the path after the server's root path. */
static void fill_target(struct http_request *request, struct str root_path)
{
    const size_t mark = str_find_byte(request->target, '?');
    request->path = str_slice(request->target, 0, mark);
    request->query = mark == SIZE_MAX ? STR("") : str_skip(request->target, mark + 1);
    const struct str below = str_skip(request->path, root_path.len);
    if (root_path.len > 0 && str_starts_with(request->path, root_path) &&
        (below.len == 0 || below.data[0] == '/'))
        request->path = below;
}

static enum http_method find_method(struct str text)
{
    for (int method = 0; method < HTTP_METHOD_OTHER; method++) {
        if (str_equal(text, str_from(http_method_name((enum http_method)method))))
            return (enum http_method)method;
    }
    return HTTP_METHOD_OTHER;
}

void incoming_fill(struct http_request *request, struct http_connection *connection,
                   const struct parser_head *head)
{
    struct hub *hub = connection_hub(connection);
    request->connection = connection;
    request->server = hub->server;
    request->number = ++hub->request_count;
    request->method_text = head->method;
    request->method = find_method(head->method);
    request->target = head->target;
    request->headers = head->headers;
    request->header_count = head->header_count;
    request->content_length = head->content_length;
    request->has_content_length = head->has_content_length;
    request->is_chunked = head->is_chunked;
    request->has_body = head->is_chunked || head->content_length > 0;
    request->wants_upgrade = head->wants_websocket;
    fill_target(request, hub->options.root_path);
}
