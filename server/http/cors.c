#include "server/http/cors.h"

#include "server/base/buf.h"
#include "server/base/regex.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/http/server.h"

#define METHODS "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY"

/* Any page may use these: the cookie it would need is bound to them. */
static bool is_cookie_path(struct str path)
{
    const struct str conversations = STR("/api/conversations/");
    if (str_equal(path, STR("/api/auth/workspace-session")))
        return true;
    if (!str_starts_with(path, conversations))
        return false;
    const struct str rest = str_skip(path, conversations.len);
    const size_t slash = str_find_byte(rest, '/');
    const struct str below = slash == SIZE_MAX ? STR("") : str_skip(rest, slash);
    return slash > 0 &&
           (str_equal(below, STR("/workspace")) || str_starts_with(below, STR("/workspace/")));
}

static bool is_web_origin(struct str origin)
{
    const size_t https = STR("https://").len;
    const size_t http = STR("http://").len;
    return (str_starts_with(origin, STR("https://")) && origin.len > https) ||
           (str_starts_with(origin, STR("http://")) && origin.len > http);
}

/* "http://user@localhost:3000/x" gives "localhost"; STR_NULL where there is no host. */
static struct str origin_host(struct str origin)
{
    const size_t at = str_find(origin, STR("://"));
    if (at == SIZE_MAX)
        return STR_NULL;
    struct str host = str_skip(origin, at + 3);
    for (size_t i = 0; i < host.len; i++) {
        if (str_has_byte(STR("/?#"), host.data[i]))
            host.len = i;
    }
    const size_t user = str_find_last_byte(host, '@');
    if (user != SIZE_MAX)
        host = str_skip(host, user + 1);
    if (str_starts_with(host, STR("[")))
        return str_slice(host, 1, str_find_byte(host, ']'));
    return str_slice(host, 0, str_find_byte(host, ':'));
}

static bool is_listed(const struct cors_options *options, struct str origin)
{
    for (size_t i = 0; i < options->origin_count; i++) {
        if (str_equal(options->origins[i], STR("*")) || str_equal(options->origins[i], origin))
            return true;
    }
    return false;
}

bool cors_allows(const struct cors_options *options, struct str path, struct str origin)
{
    if (is_cookie_path(path))
        return is_web_origin(origin);
    const struct str host = origin_host(origin);
    if (str_equal_nocase(host, STR("localhost")) || str_equal_nocase(host, STR("127.0.0.1")))
        return true;
    if (host.len > 0 && str_equal_nocase(host, options->docker_host))
        return true;
    return is_listed(options, origin) ||
           (options->pattern != NULL && regex_matches(options->pattern, origin));
}

void cors_append(const struct http_request *request, const struct cors_options *options,
                 struct buf *out)
{
    const struct str origin = http_request_header(request, "origin");
    if (!str_is_set(origin))
        return;
    buf_append(out, STR("access-control-allow-credentials: true\r\n"));
    if (cors_allows(options, request->path, origin))
        buf_printf(out, "access-control-allow-origin: %.*s\r\n", STR_ARG(origin));
}

static bool allows_method(struct str method)
{
    struct str rest = STR(METHODS);
    struct str piece;
    while (str_next(&rest, ',', &piece)) {
        if (str_equal(str_trim(piece), method))
            return true;
    }
    return false;
}

static void add_failure(struct buf *failures, bool has_failed, const char *name)
{
    if (has_failed)
        buf_printf(failures, "%s%s", failures->len == 0 ? "" : ", ", name);
}

static void answer(struct http_request *request, const struct cors_options *options,
                   struct str origin, struct str method)
{
    scoped_buf struct buf failures = {0};
    const struct str asked = http_request_header(request, "access-control-request-headers");
    const struct str network =
        http_request_header(request, "access-control-request-private-network");
    add_failure(&failures, !cors_allows(options, request->path, origin), "origin");
    add_failure(&failures, !allows_method(method), "method");
    add_failure(&failures, str_is_set(network), "private-network");
    reply_header(request, "vary",
                 STR("Origin, Access-Control-Request-Method, Access-Control-Request-Headers, "
                     "Access-Control-Request-Private-Network"));
    reply_header(request, "access-control-allow-methods", STR(METHODS));
    reply_header(request, "access-control-max-age", STR("600"));
    if (str_is_set(asked))
        reply_header(request, "access-control-allow-headers", asked);
    if (failures.len == 0) {
        reply_text(request, 200, "text/plain; charset=utf-8", STR("OK"));
        return;
    }
    scoped_buf struct buf text = {0};
    buf_printf(&text, "Disallowed CORS %.*s", STR_ARG(buf_str(&failures)));
    reply_text(request, 400, "text/plain; charset=utf-8", buf_str(&text));
}

bool cors_answers(struct http_request *request, const struct cors_options *options)
{
    const struct str origin = http_request_header(request, "origin");
    const struct str method = http_request_header(request, "access-control-request-method");
    if (request->method != HTTP_METHOD_OPTIONS || !str_is_set(origin) || !str_is_set(method) ||
        request->wants_upgrade)
        return false;
    answer(request, options, origin, method);
    return true;
}
