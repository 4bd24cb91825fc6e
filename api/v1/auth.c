#include "api/v1/auth.h"

#include "api/api.h"
#include "server/base/buf.h"
#include "server/http/cookie.h"
#include "server/http/reply.h"

#define TEN_YEARS_S 315360000

/* Without the port and the brackets of an IPv6 address. */
static struct str bare_host(struct str host)
{
    if (host.len > 0 && host.data[0] == '[')
        return str_slice(host, 1, str_find_byte(host, ']'));
    return str_slice(host, 0, str_find_byte(host, ':'));
}

bool v1_auth_is_secure(struct str forwarded_proto, struct str host)
{
    if (str_equal_nocase(forwarded_proto, STR("https")))
        return true;
    const struct str name = bare_host(host);
    return str_equal_nocase(name, STR("localhost")) || str_equal(name, STR("127.0.0.1")) ||
           str_equal(name, STR("::1"));
}

static struct str first_item(struct str list)
{
    return str_trim(str_slice(list, 0, str_find_byte(list, ',')));
}

static void set_cookie(struct http_request *request, struct str value, int max_age_s)
{
    struct str host = first_item(http_request_header(request, "x-forwarded-host"));
    if (str_is_empty(host))
        host = http_request_header(request, "host");
    const struct str proto = first_item(http_request_header(request, "x-forwarded-proto"));
    scoped_buf struct buf cookie = {0};
    buf_append(&cookie, STR(V1_WORKSPACE_COOKIE "="));
    cookie_quote(&cookie, value);
    buf_printf(&cookie, "; HttpOnly; Max-Age=%d; Path=/api/conversations; SameSite=none",
               max_age_s);
    if (v1_auth_is_secure(proto, host))
        buf_append(&cookie, STR("; Secure; Partitioned"));
    reply_header(request, "set-cookie", buf_str(&cookie));
    reply_empty(request, 204);
}

static void post_workspace_session(struct http_request *request, void *context)
{
    (void)context; /* the key has been checked */
    set_cookie(request, http_request_header(request, "x-session-api-key"), TEN_YEARS_S);
}

static void delete_workspace_session(struct http_request *request, void *context)
{
    (void)context; /* the key has been checked */
    set_cookie(request, STR(""), 0);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/auth/workspace-session",
     .auth = ROUTE_AUTH_SESSION,
     .handler = post_workspace_session,
     .tag = "Auth",
     .summary = "Put the session key into the workspace cookie"},
    {.method = HTTP_METHOD_DELETE,
     .pattern = "/api/auth/workspace-session",
     .auth = ROUTE_AUTH_SESSION,
     .handler = delete_workspace_session,
     .tag = "Auth",
     .summary = "Clear the workspace cookie"},
};
API_ROUTES(v1_auth_routes, routes);
