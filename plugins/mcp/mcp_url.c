#include "plugins/mcp/mcp_url.h"

#include "server/base/buf.h"
#include "server/base/error.h"

struct origin {
    struct str scheme;
    struct str host; /* with the user, if any */
    struct str port; /* written or by default */
    size_t length;   /* of the text up to the path */
};

static size_t authority_length(struct str text)
{
    size_t len = 0;
    while (len < text.len && !str_has_byte(STR("/?#"), text.data[len]))
        len++;
    return len;
}

static bool read_origin(struct str url, struct origin *origin)
{
    const size_t mark = str_find(url, STR("://"));
    if (mark == SIZE_MAX)
        return false;
    const struct str rest = str_skip(url, mark + 3);
    const struct str authority = str_slice(rest, 0, authority_length(rest));
    const size_t colon = str_find_last_byte(authority, ':');
    const bool has_port =
        colon != SIZE_MAX && str_find_last_byte(authority, ']') != authority.len - 1;
    origin->scheme = str_slice(url, 0, mark);
    origin->host = has_port ? str_slice(authority, 0, colon) : authority;
    origin->port = has_port                                         ? str_skip(authority, colon + 1)
                   : str_equal_nocase(origin->scheme, STR("https")) ? STR("443")
                                                                    : STR("80");
    origin->length = mark + 3 + authority.len;
    return authority.len > 0;
}

static bool is_same(const struct origin *a, const struct origin *b)
{
    return str_equal_nocase(a->scheme, b->scheme) && str_equal_nocase(a->host, b->host) &&
           str_equal(a->port, b->port);
}

/* The base up to where a reference of this kind goes on. */
static struct str stem(struct str base, const struct origin *origin, struct str reference)
{
    struct str path = str_skip(base, origin->length);
    path = str_slice(path, 0, str_find_byte(path, '#'));
    path = str_slice(path, 0, str_find_byte(path, '?'));
    if (str_starts_with(reference, STR("/")))
        return str_slice(base, 0, origin->length);
    const bool is_query = str_starts_with(reference, STR("?"));
    const size_t slash = str_find_last_byte(path, '/');
    const size_t kept = is_query ? path.len : slash == SIZE_MAX ? 0 : slash + 1;
    return str_slice(base, 0, origin->length + kept);
}

static bool has_scheme(struct str reference)
{
    const size_t mark = str_find(reference, STR("://"));
    return mark != SIZE_MAX && authority_length(reference) > mark;
}

static void join(struct str base, const struct origin *origin, struct str reference,
                 struct buf *out)
{
    if (has_scheme(reference)) {
        buf_append(out, reference);
        return;
    }
    if (str_starts_with(reference, STR("//"))) {
        buf_append(out, origin->scheme);
        buf_append_byte(out, ':');
        buf_append(out, reference);
        return;
    }
    const struct str front = stem(base, origin, reference);
    buf_append(out, front);
    if (front.len == origin->length && !str_starts_with(reference, STR("/")))
        buf_append_byte(out, '/');
    buf_append(out, reference);
}

bool mcp_url_resolve(struct str base, struct str reference, struct buf *out, struct error *error)
{
    struct origin ours;
    struct origin theirs;
    reference = str_trim(reference);
    if (!read_origin(base, &ours))
        return error_set(error, ERROR_INVALID, "the server's address has no scheme or no host");
    buf_clear(out);
    join(base, &ours, reference, out);
    if (!read_origin(buf_str(out), &theirs) || !is_same(&ours, &theirs))
        return error_set(error, ERROR_UNAVAILABLE, "the server sends its client to another one");
    return true;
}
