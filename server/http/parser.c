#include "server/http/parser.h"

#include <http_parser.h>

#include "server/base/mem.h"

/*
 * The request line is read here, and the library is fed a fixed one in its place, so that any
 * method and target is let through and judged by the router. The library reads the header lines;
 * its callbacks get views of the head, never copies.
 */

static const char stand_in[] = "GET / HTTP/1.1\r\n";

/* A head being read. */
struct reading {
    struct http_header *headers;
    size_t count;
    size_t max;
    bool has_length;
    uint64_t length;
};

static int on_field(http_parser *library, const char *at, size_t len)
{
    struct reading *reading = library->data;
    const struct str name = str_span(at, len);
    if (reading->count == reading->max || !header_is_token(name))
        return -1;
    reading->headers[reading->count++] = (struct http_header){.name = name, .value = STR("")};
    return 0;
}

static int on_value(http_parser *library, const char *at, size_t len)
{
    struct reading *reading = library->data;
    if (reading->count > 0)
        reading->headers[reading->count - 1].value = str_trim(str_span(at, len));
    return 0;
}

static int on_head(http_parser *library)
{
    struct reading *reading = library->data;
    reading->has_length = (library->flags & F_CONTENTLENGTH) != 0;
    reading->length = reading->has_length ? library->content_length : 0;
    library->upgrade = 0; /* who upgrades is decided by the handler */
    return 1;             /* bodies are read without the library */
}

static int on_end(http_parser *library)
{
    http_parser_pause(library, 1); /* the head is to end here, and the bytes too */
    return 0;
}

static const http_parser_settings settings = {
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_head,
    .on_message_complete = on_end,
};

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

/* The number of header lines, or SIZE_MAX when one is folded or holds a CR that ends nothing. */
static size_t count_lines(struct str lines)
{
    size_t count = 0;
    struct str line;
    while (str_next(&lines, '\n', &line)) {
        const size_t cr = str_find_byte(line, '\r');
        if ((line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t')) ||
            (cr != SIZE_MAX && cr != line.len - 1))
            return SIZE_MAX;
        count++;
    }
    return count;
}

static bool feed_lines(struct reading *reading, struct str lines)
{
    http_parser library;
    http_parser_init(&library, HTTP_REQUEST);
    library.data = reading;
    (void)http_parser_execute(&library, &settings, stand_in, sizeof(stand_in) - 1); /* is fine */
    return http_parser_execute(&library, &settings, lines.data, lines.len) == lines.len &&
           HTTP_PARSER_ERRNO(&library) == HPE_PAUSED;
}

/* False when the framing can be read in two ways. */
static bool judge_framing(struct parser_head *head, const struct reading *reading)
{
    const struct str name = STR("transfer-encoding");
    const size_t encodings = header_count(head->headers, head->header_count, name);
    const struct str encoding = header_find(head->headers, head->header_count, name);
    head->is_chunked = encodings == 1 && str_equal_nocase(encoding, STR("chunked"));
    head->has_content_length = reading->has_length;
    head->content_length = reading->length;
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
    struct reading reading = {.max = line_count < max_headers ? line_count : max_headers};
    reading.headers = arena_alloc(arena, reading.max * sizeof(*reading.headers));
    if (!feed_lines(&reading, lines))
        return false;
    result.headers = reading.headers;
    result.header_count = reading.count;
    const size_t hosts = header_count(result.headers, result.header_count, STR("host"));
    if (hosts > 1 || (needs_host && hosts == 0) || !judge_framing(&result, &reading))
        return false;
    read_wishes(&result);
    *parser = (struct parser){.left = result.content_length, .is_chunked = result.is_chunked};
    *ret_head = result;
    return true;
}

static enum parser_outcome read_length(struct parser *parser, struct str *bytes,
                                       parser_body_fn on_body, void *owner)
{
    const size_t len = parser->left < bytes->len ? (size_t)parser->left : bytes->len;
    const struct str piece = str_slice(*bytes, 0, len);
    *bytes = str_skip(*bytes, len);
    parser->left -= len;
    if (len > 0)
        on_body(owner, piece);
    return parser->left == 0 ? PARSER_DONE : PARSER_MORE;
}

static enum parser_outcome read_chunks(struct parser *parser, struct str *bytes,
                                       parser_body_fn on_body, void *owner)
{
    while (!parser->is_stopped) {
        struct str piece;
        switch (chunks_next(&parser->chunks, bytes, &piece)) {
        case CHUNKS_MORE:
            return PARSER_MORE;
        case CHUNKS_PIECE:
            on_body(owner, piece);
            break;
        case CHUNKS_END:
            return PARSER_DONE;
        case CHUNKS_MALFORMED:
            return PARSER_MALFORMED;
        }
    }
    return PARSER_MORE;
}

enum parser_outcome parser_read_body(struct parser *parser, struct str bytes,
                                     parser_body_fn on_body, void *owner, size_t *ret_taken)
{
    struct str rest = bytes;
    parser->is_stopped = false;
    const enum parser_outcome outcome = parser->is_chunked
                                            ? read_chunks(parser, &rest, on_body, owner)
                                            : read_length(parser, &rest, on_body, owner);
    *ret_taken = bytes.len - rest.len;
    return outcome;
}

void parser_stop(struct parser *parser)
{
    parser->is_stopped = true;
}

const char *parser_status_text(int status)
{
    return http_status_str((enum http_status)status);
}
