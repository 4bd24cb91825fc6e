#include "server/http/parser.h"

#include <http_parser.h>

#include "server/base/mem.h"

/*
 * The request line is read here, and the library is fed a fixed one in its place, so that any
 * method and target is let through and judged by the router. The library reads header lines and
 * the framing of bodies; its callbacks get views of the head, never copies.
 */

static const char stand_in[] = "GET / HTTP/1.1\r\n";

struct parser {
    http_parser library;
    struct http_header *headers;
    size_t header_count;
    size_t max_headers;
    bool is_in_head;
    bool has_length;
    uint64_t length;
    bool is_done;
    parser_body_fn on_body;
    void *owner;
};

static int on_field(http_parser *library, const char *at, size_t len)
{
    struct parser *parser = library->data;
    const struct str name = str_span(at, len);
    if (!parser->is_in_head)
        return 0; /* trailers mean nothing */
    if (parser->header_count == parser->max_headers || !header_is_token(name))
        return -1;
    parser->headers[parser->header_count++] = (struct http_header){.name = name, .value = STR("")};
    return 0;
}

static int on_value(http_parser *library, const char *at, size_t len)
{
    struct parser *parser = library->data;
    if (parser->is_in_head && parser->header_count > 0)
        parser->headers[parser->header_count - 1].value = str_trim(str_span(at, len));
    return 0;
}

static int on_head(http_parser *library)
{
    struct parser *parser = library->data;
    parser->is_in_head = false;
    parser->has_length = (library->flags & F_CONTENTLENGTH) != 0;
    parser->length = parser->has_length ? library->content_length : 0;
    library->upgrade = 0; /* who upgrades is decided by the handler */
    return 0;
}

static int on_piece(http_parser *library, const char *at, size_t len)
{
    struct parser *parser = library->data;
    parser->on_body(parser->owner, str_span(at, len));
    return 0;
}

static int on_done(http_parser *library)
{
    struct parser *parser = library->data;
    parser->is_done = true;
    http_parser_pause(library, 1); /* what follows belongs to the next message */
    return 0;
}

static const http_parser_settings settings = {
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_head,
    .on_body = on_piece,
    .on_message_complete = on_done,
};

struct parser *parser_new(void)
{
    return mem_zero(1, sizeof(struct parser));
}

void parser_free(struct parser *parser)
{
    free(parser);
}

size_t parser_head_length(struct str bytes, size_t from)
{
    size_t at = from;
    for (;;) {
        const size_t line = str_find_byte(str_skip(bytes, at), '\n');
        if (line == SIZE_MAX)
            return 0;
        at += line + 1;
        const struct str next = str_skip(bytes, at);
        if (str_starts_with(next, STR("\n")))
            return at + 1;
        if (str_starts_with(next, STR("\r\n")))
            return at + 2;
    }
}

bool parser_may_be_head(struct str bytes)
{
    const size_t space = str_find_byte(bytes, ' ');
    const struct str method = str_slice(bytes, 0, space);
    return method.len <= PARSER_MAX_METHOD_BYTES && header_is_token(method);
}

static bool is_target(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x21 || text.data[i] > 0x7e)
            return false;
    }
    return text.len > 0;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* "HTTP/1.1"; versions above it are answered as 1.1. */
static bool read_version(struct str text, bool *ret_is_1_0, bool *ret_is_1_1)
{
    if (text.len != 8 || !str_starts_with(text, STR("HTTP/")) || !is_digit(text.data[5]) ||
        text.data[6] != '.' || !is_digit(text.data[7]) || text.data[5] == '0')
        return false;
    *ret_is_1_0 = str_ends_with(text, STR("1.0"));
    *ret_is_1_1 = str_ends_with(text, STR("1.1"));
    return true;
}

static bool read_request_line(struct str line, struct parser_head *head, bool *ret_needs_host)
{
    struct str version = line;
    if (!str_next(&version, ' ', &head->method) || !str_next(&version, ' ', &head->target))
        return false;
    if (str_ends_with(version, STR("\r")))
        version.len--;
    return header_is_token(head->method) && head->method.len <= PARSER_MAX_METHOD_BYTES &&
           is_target(head->target) && read_version(version, &head->is_http_1_0, ret_needs_host);
}

/* The number of header lines, or SIZE_MAX when one is folded. */
static size_t count_lines(struct str lines)
{
    size_t count = 0;
    struct str line;
    while (str_next(&lines, '\n', &line)) {
        if (line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t'))
            return SIZE_MAX;
        count++;
    }
    return count;
}

static bool feed_lines(struct parser *parser, struct str lines)
{
    http_parser *library = &parser->library;
    http_parser_init(library, HTTP_REQUEST);
    library->data = parser;
    parser->is_in_head = true;
    parser->is_done = false;
    parser->header_count = 0;
    if (http_parser_execute(library, &settings, stand_in, sizeof(stand_in) - 1) !=
        sizeof(stand_in) - 1)
        return false;
    (void)http_parser_execute(library, &settings, lines.data, lines.len); /* the errno tells */
    const enum http_errno outcome = HTTP_PARSER_ERRNO(library);
    if (outcome == HPE_PAUSED)
        http_parser_pause(library, 0);
    return (outcome == HPE_OK || outcome == HPE_PAUSED) && !parser->is_in_head;
}

/* False when the framing can be read in two ways. */
static bool judge_framing(const struct parser *parser, struct parser_head *head)
{
    const size_t encodings =
        header_count(head->headers, head->header_count, STR("transfer-encoding"));
    const struct str encoding =
        header_find(head->headers, head->header_count, STR("transfer-encoding"));
    head->is_chunked = encodings == 1 && str_equal_nocase(encoding, STR("chunked"));
    head->has_content_length = parser->has_length;
    head->content_length = parser->length;
    if (encodings > 0 && (!head->is_chunked || head->has_content_length || head->is_http_1_0))
        return false;
    return header_count(head->headers, head->header_count, STR("content-length")) <= 1;
}

static void read_wishes(struct parser_head *head)
{
    const struct http_header *headers = head->headers;
    const size_t count = head->header_count;
    const struct str connection = STR("connection");
    head->keeps_alive = head->is_http_1_0
                            ? header_has_token(headers, count, connection, STR("keep-alive"))
                            : !header_has_token(headers, count, connection, STR("close"));
    head->expects_continue =
        !head->is_http_1_0 &&
        str_equal_nocase(header_find(headers, count, STR("expect")), STR("100-continue"));
    head->wants_websocket =
        header_has_token(headers, count, connection, STR("upgrade")) &&
        str_equal_nocase(header_find(headers, count, STR("upgrade")), STR("websocket"));
}

bool parser_read_head(struct parser *parser, struct str head, struct arena *arena,
                      size_t max_headers, struct parser_head *ret_head)
{
    struct parser_head result = {0};
    const size_t line_end = str_find_byte(head, '\n');
    const struct str lines = str_skip(head, line_end + 1);
    const size_t line_count = count_lines(lines);
    bool needs_host = false;
    if (line_end == SIZE_MAX || line_count == SIZE_MAX ||
        !read_request_line(str_slice(head, 0, line_end), &result, &needs_host))
        return false;
    parser->max_headers = line_count < max_headers ? line_count : max_headers;
    parser->headers = arena_alloc(arena, parser->max_headers * sizeof(*parser->headers));
    if (!feed_lines(parser, lines))
        return false;
    result.headers = parser->headers;
    result.header_count = parser->header_count;
    const size_t hosts = header_count(result.headers, result.header_count, STR("host"));
    if (hosts > 1 || (needs_host && hosts == 0) || !judge_framing(parser, &result))
        return false;
    read_wishes(&result);
    *ret_head = result;
    return true;
}

enum parser_outcome parser_read_body(struct parser *parser, struct str bytes,
                                     parser_body_fn on_body, void *owner, size_t *ret_taken)
{
    http_parser *library = &parser->library;
    parser->on_body = on_body;
    parser->owner = owner;
    *ret_taken = http_parser_execute(library, &settings, bytes.data, bytes.len);
    const enum http_errno outcome = HTTP_PARSER_ERRNO(library);
    if (outcome == HPE_PAUSED)
        http_parser_pause(library, 0);
    else if (outcome != HPE_OK)
        return PARSER_MALFORMED;
    return parser->is_done ? PARSER_DONE : PARSER_MORE;
}

void parser_stop(struct parser *parser)
{
    http_parser_pause(&parser->library, 1);
}

bool parser_is_done(const struct parser *parser)
{
    return parser->is_done;
}

const char *parser_status_text(int status)
{
    return http_status_str((enum http_status)status);
}
