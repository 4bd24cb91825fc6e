#include "api/v0/mcp_name.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

void mcp_name_add(struct buf *out, struct str server, struct str name)
{
    buf_append(out, server);
    buf_append_byte(out, '_');
    buf_append(out, name);
}

bool mcp_name_strip(struct str server, struct str name, struct str *ret_name)
{
    if (!str_starts_with(name, server) || name.len == server.len || name.data[server.len] != '_')
        return false;
    *ret_name = str_skip(name, server.len + 1);
    return true;
}

/* Cuts "scheme://" off. */
static bool split_uri(struct str uri, struct str *ret_scheme, struct str *ret_path)
{
    const struct str mark = STR("://");
    const size_t at = str_find(uri, mark);
    if (at == SIZE_MAX || at == 0)
        return false;
    *ret_scheme = str_slice(uri, 0, at + mark.len);
    *ret_path = str_skip(uri, at + mark.len);
    return true;
}

bool mcp_name_add_uri(struct buf *out, struct str server, struct str uri)
{
    struct str scheme;
    struct str path;
    if (!split_uri(uri, &scheme, &path))
        return false;
    buf_append(out, scheme);
    buf_append(out, server);
    buf_append_byte(out, '/');
    buf_append(out, path);
    return true;
}

bool mcp_name_strip_uri(struct buf *out, struct str server, struct str uri)
{
    struct str scheme;
    struct str path;
    if (!split_uri(uri, &scheme, &path) || !str_starts_with(path, server) ||
        path.len == server.len || path.data[server.len] != '/')
        return false;
    buf_append(out, scheme);
    buf_append(out, str_skip(path, server.len + 1));
    return true;
}

static bool is_name(struct str member)
{
    return str_equal(member, STR("name"));
}

static bool is_uri(struct str member)
{
    return str_equal(member, STR("uri")) || str_equal(member, STR("uriTemplate"));
}

static bool print_member(struct jsonw *w, struct str server, struct str member, struct str text)
{
    scoped_buf struct buf changed = {0};
    if (is_name(member))
        mcp_name_add(&changed, server, text);
    else if (!mcp_name_add_uri(&changed, server, text))
        return false;
    jsonw_name(w, member);
    jsonw_string(w, NULL, buf_str(&changed));
    return true;
}

static void print_value(struct jsonw *w, struct str member, const struct doc_value *value)
{
    scoped_buf struct buf json = {0};
    doc_print(value, &json);
    jsonw_name(w, member);
    jsonw_raw(w, NULL, buf_str(&json));
}

/* The number of members that were changed; 0: this cannot be an entry. */
static size_t print_members(struct jsonw *w, struct str server, const struct doc_value *entry)
{
    void *iterator = NULL;
    struct str member;
    const struct doc_value *value;
    size_t changed = 0;
    while (doc_next(entry, &iterator, &member, &value)) {
        if (!is_name(member) && !is_uri(member)) {
            print_value(w, member, value);
            continue;
        }
        if (doc_kind(value) != DOC_STRING || !print_member(w, server, member, doc_string(value)))
            return 0;
        changed++;
    }
    return changed;
}

bool mcp_name_print_entry(struct buf *out, struct str server, const struct doc_value *entry)
{
    const size_t start = out->len;
    struct jsonw w;
    if (doc_kind(entry) != DOC_OBJECT)
        return false;
    jsonw_init(&w, out);
    jsonw_object(&w);
    const size_t changed = print_members(&w, server, entry);
    jsonw_end(&w);
    if (changed == 0)
        buf_truncate(out, start);
    return changed > 0;
}
