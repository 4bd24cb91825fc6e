#include "plugins/http_client/http_proxy.h"

#include <arpa/inet.h>

#include "server/base/mem.h"

struct address {
    bool is_https;
    struct str host; /* without brackets */
    struct str port; /* empty: none is written */
};

static struct str variable(const char *const *env, struct str name_and_equals)
{
    for (; env != NULL && *env != NULL; env++) {
        const struct str pair = str_from(*env);
        if (str_starts_with(pair, name_and_equals))
            return str_trim(str_skip(pair, name_and_equals.len));
    }
    return STR_NULL;
}

static struct str either(const char *const *env, struct str lower, struct str upper)
{
    const struct str value = variable(env, lower);
    return str_is_set(value) ? value : variable(env, upper);
}

void http_proxy_read(struct http_proxy *proxy, const char *const *env)
{
    *proxy = (struct http_proxy){
        .http = either(env, STR("http_proxy="), STR("HTTP_PROXY=")),
        .https = either(env, STR("https_proxy="), STR("HTTPS_PROXY=")),
        .all = either(env, STR("all_proxy="), STR("ALL_PROXY=")),
        .none = either(env, STR("no_proxy="), STR("NO_PROXY=")),
    };
    /* A web server that starts programs makes HTTP_PROXY of its client's header "Proxy". */
    if (str_is_set(variable(env, STR("REQUEST_METHOD="))) &&
        !str_is_set(variable(env, STR("http_proxy="))))
        proxy->http = STR_NULL;
}

/* "host:port", "[::1]:port" */
static void split_host(struct str text, struct address *address)
{
    const size_t bracket = str_find_last_byte(text, ']');
    const bool has_brackets = str_starts_with(text, STR("[")) && bracket != SIZE_MAX;
    const struct str rest = has_brackets ? str_skip(text, bracket + 1) : text;
    const size_t colon = str_find_last_byte(rest, ':');
    address->port = colon == SIZE_MAX ? STR("") : str_skip(rest, colon + 1);
    address->host = has_brackets ? str_slice(text, 1, bracket) : str_slice(rest, 0, colon);
}

static struct address read_address(struct str url)
{
    struct address address = {0};
    const size_t mark = str_find(url, STR("://"));
    struct str rest = mark == SIZE_MAX ? url : str_skip(url, mark + 3);
    size_t end = 0;
    while (end < rest.len && !str_has_byte(STR("/?#"), rest.data[end]))
        end++;
    rest = str_slice(rest, 0, end);
    const size_t at = str_find_last_byte(rest, '@');
    address.is_https = str_equal_nocase(str_slice(url, 0, mark), STR("https"));
    split_host(at == SIZE_MAX ? rest : str_skip(rest, at + 1), &address);
    return address;
}

static bool is_ip(struct str host)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    scoped_free char *text = mem_strndup(host.data, host.len);
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* The host itself, or one below it. */
static bool is_below(struct str host, struct str domain)
{
    if (host.len == domain.len)
        return str_equal_nocase(host, domain);
    return host.len > domain.len && host.data[host.len - domain.len - 1] == '.' &&
           str_equal_nocase(str_skip(host, host.len - domain.len), domain);
}

static bool excludes(struct str entry, const struct address *address)
{
    const struct str plain = str_slice(entry, 0, str_find_byte(entry, '/'));
    if (is_ip(plain))
        return str_equal_nocase(address->host, plain);
    struct address wanted = {0};
    split_host(entry, &wanted);
    if (wanted.port.len > 0 && !str_equal(wanted.port, address->port))
        return false;
    if (is_ip(wanted.host) || str_equal_nocase(wanted.host, STR("localhost")))
        return str_equal_nocase(address->host, wanted.host);
    if (!str_starts_with(wanted.host, STR(".")))
        return is_below(address->host, wanted.host);
    const struct str domain = str_skip(wanted.host, 1);
    return address->host.len > domain.len && is_below(address->host, domain);
}

static bool is_excluded(const struct http_proxy *proxy, const struct address *address)
{
    struct str rest = proxy->none;
    struct str entry;
    while (str_next(&rest, ',', &entry)) {
        entry = str_trim(entry);
        if (str_equal(entry, STR("*")) || (entry.len > 0 && excludes(entry, address)))
            return true;
    }
    return false;
}

void http_proxy_find(const struct http_proxy *proxy, struct str url, struct buf *out)
{
    const struct address address = read_address(url);
    struct str found = address.is_https ? proxy->https : proxy->http;
    if (str_is_empty(found))
        found = proxy->all;
    if (str_is_empty(found) || is_excluded(proxy, &address))
        return;
    if (!str_contains(found, STR("://")))
        buf_append(out, STR("http://"));
    buf_append(out, found);
}
