#include "plugins/mcp/mcp_entry.h"

#include "plugins/http_client/http_client.h"
#include "plugins/mcp/mcp_env.h"
#include "plugins/mcp/mcp_expand.h"
#include "server/base/base64.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"

struct reading {
    struct mcp_entry *entry;
    const struct doc_value *object;
    const struct mcp_expand *expand;
    struct http_field *fields;
};

static bool is_kind(const struct doc_value *value, enum doc_kind kind)
{
    return value != NULL && doc_kind(value) == kind;
}

/* NULL when it is absent or of another kind. */
static const struct doc_value *find(const struct doc_value *object, const char *name,
                                    enum doc_kind kind)
{
    const struct doc_value *value = object == NULL ? NULL : doc_find(object, str_from(name));
    return is_kind(value, kind) ? value : NULL;
}

/* STR_NULL for what is no text, or has a zero byte. */
static struct str expand(struct reading *reading, const struct doc_value *value)
{
    scoped_buf struct buf text = {0};
    if (!is_kind(value, DOC_STRING))
        return STR_NULL;
    mcp_expand_text(reading->expand, doc_string(value), &text);
    if (text.len == 0)
        return STR("");
    return str_has_byte(buf_str(&text), '\0') ? STR_NULL
                                              : arena_copy(&reading->entry->arena, buf_str(&text));
}

static struct str text(struct reading *reading, const struct doc_value *object, const char *name)
{
    return expand(reading, find(object, name, DOC_STRING));
}

static bool read_argv(struct reading *reading, struct error *error)
{
    const struct doc_value *args = find(reading->object, "args", DOC_ARRAY);
    const size_t count = args == NULL ? 0 : doc_count(args);
    const char **argv = arena_zero(&reading->entry->arena, count + 2, sizeof(*argv));
    const struct str command = text(reading, reading->object, "command");
    if (command.len == 0)
        return error_set(error, ERROR_INVALID, "it has no command");
    argv[0] = command.data;
    for (size_t i = 0; i < count; i++) {
        const struct str arg = expand(reading, doc_at(args, i));
        if (!str_is_set(arg))
            return error_set(error, ERROR_INVALID, "argument %zu is no text", i);
        argv[i + 1] = arg.data;
    }
    reading->entry->transport.argv = argv;
    return true;
}

/* Values that are not there, as secrets that could not be read, are left out. */
static void read_env(struct reading *reading)
{
    struct arena *arena = &reading->entry->arena;
    const struct doc_value *env = find(reading->object, "env", DOC_OBJECT);
    const char **given = arena_zero(arena, env == NULL ? 1 : doc_count(env) + 1, sizeof(*given));
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    size_t count = 0;
    while (env != NULL && doc_next(env, &iterator, &name, &value)) {
        const struct str expanded = expand(reading, value);
        const bool is_name = name.len > 0 && !str_has_byte(name, '=') && !str_has_byte(name, '\0');
        if (str_is_set(expanded) && is_name)
            given[count++] =
                arena_printf(arena, "%.*s=%.*s", STR_ARG(name), STR_ARG(expanded)).data;
    }
    reading->entry->transport.env = mcp_env_build(arena, reading->expand->env, given);
}

static bool read_child(struct reading *reading, struct error *error)
{
    const struct str cwd = text(reading, reading->object, "cwd");
    reading->entry->transport.kind = MCP_TRANSPORT_STDIO;
    reading->entry->transport.cwd = cwd.len == 0 ? NULL : cwd.data;
    if (!read_argv(reading, error))
        return false;
    read_env(reading);
    return true;
}

/* The last of one name counts. */
static void add_field(struct reading *reading, struct str name, struct str value)
{
    size_t *count = &reading->entry->transport.field_count;
    size_t i = 0;
    if (!str_is_set(value) || name.len == 0)
        return;
    while (i < *count && !str_equal_nocase(reading->fields[i].name, name))
        i++;
    reading->fields[i] =
        (struct http_field){.name = arena_copy(&reading->entry->arena, name), .value = value};
    if (i == *count)
        (*count)++;
}

static void add_fields(struct reading *reading, const struct doc_value *headers)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    while (headers != NULL && doc_next(headers, &iterator, &name, &value))
        add_field(reading, name, expand(reading, value));
}

static void add_bearer(struct reading *reading, struct str token)
{
    if (token.len > 0)
        add_field(reading, STR("Authorization"),
                  arena_printf(&reading->entry->arena, "Bearer %.*s", STR_ARG(token)));
}

static void add_api_key(struct reading *reading, const struct doc_value *auth)
{
    const struct str name = text(reading, auth, "header_name");
    const struct str value = text(reading, auth, "value");
    if (name.len > 0)
        add_field(reading, name, value);
    else
        add_bearer(reading, value);
}

static void add_basic(struct reading *reading, const struct doc_value *auth)
{
    scoped_buf struct buf plain = {0};
    scoped_buf struct buf field = {0};
    const struct str user = text(reading, auth, "username");
    const struct str password = text(reading, auth, "password");
    if (!str_is_set(password))
        return;
    buf_printf(&plain, "%.*s:%.*s", STR_ARG(user), STR_ARG(password));
    buf_append(&field, STR("Basic "));
    base64_encode(&field, buf_str(&plain));
    add_field(reading, STR("Authorization"), arena_copy(&reading->entry->arena, buf_str(&field)));
}

/* A token that somebody has been given before is used; asking for one needs a person. */
static bool add_oauth(struct reading *reading, const struct doc_value *auth, struct error *error)
{
    const struct doc_value *tokens = find(find(auth, "state", DOC_OBJECT), "tokens", DOC_OBJECT);
    const struct str token = text(reading, tokens, "access_token");
    if (token.len == 0)
        return error_set(error, ERROR_UNAUTHORIZED, "nobody has signed in to it (OAuth)");
    add_bearer(reading, token);
    return true;
}

static bool add_auth(struct reading *reading, struct error *error)
{
    const struct doc_value *auth = find(reading->object, "auth", DOC_OBJECT);
    const struct str strategy = text(reading, auth, "strategy");
    if (str_equal(strategy, STR("api_key")))
        add_api_key(reading, auth);
    else if (str_equal(strategy, STR("bearer")))
        add_bearer(reading, text(reading, auth, "value"));
    else if (str_equal(strategy, STR("basic")))
        add_basic(reading, auth);
    else if (str_equal(strategy, STR("header")))
        add_fields(reading, find(auth, "headers", DOC_OBJECT));
    else if (str_equal(strategy, STR("oauth2")))
        return add_oauth(reading, auth, error);
    return true;
}

static size_t count_members(const struct doc_value *object)
{
    return object == NULL ? 0 : doc_count(object);
}

static bool is_web_address(struct str url)
{
    return str_equal_nocase(str_slice(url, 0, 7), STR("http://")) ||
           str_equal_nocase(str_slice(url, 0, 8), STR("https://"));
}

static bool read_remote(struct reading *reading, enum mcp_transport_kind kind, struct error *error)
{
    const struct doc_value *headers = find(reading->object, "headers", DOC_OBJECT);
    const struct doc_value *auth = find(reading->object, "auth", DOC_OBJECT);
    struct mcp_transport_options *transport = &reading->entry->transport;
    const struct str url = text(reading, reading->object, "url");
    if (!is_web_address(url))
        return error_set(error, ERROR_INVALID, "its url is no http or https address");
    reading->fields =
        arena_zero(&reading->entry->arena,
                   count_members(headers) + count_members(find(auth, "headers", DOC_OBJECT)) + 1,
                   sizeof(*reading->fields));
    transport->kind = kind;
    transport->url = url.data;
    transport->fields = reading->fields;
    add_fields(reading, headers);
    return add_auth(reading, error);
}

/* Has the path a part "sse"? */
static bool looks_like_sse(struct str url)
{
    const struct str rest = str_skip(url, str_find(url, STR("://")) + 3);
    struct str path = str_skip(rest, str_find_byte(rest, '/'));
    size_t place;
    path = str_slice(path, 0, str_find_byte(path, '#'));
    path = str_slice(path, 0, str_find_byte(path, '?'));
    while ((place = str_find(path, STR("/sse"))) != SIZE_MAX) {
        path = str_skip(path, place + 4);
        if (path.len == 0 || path.data[0] == '/' || path.data[0] == '&')
            return true;
    }
    return false;
}

static enum mcp_transport_kind kind_of(struct reading *reading)
{
    const struct str named = text(reading, reading->object, "transport");
    const struct str url = text(reading, reading->object, "url");
    if (str_equal(named, STR("sse")))
        return MCP_TRANSPORT_SSE;
    if (str_equal(named, STR("stdio")) || url.len == 0)
        return MCP_TRANSPORT_STDIO;
    if (!str_is_set(named) && looks_like_sse(url))
        return MCP_TRANSPORT_SSE;
    return MCP_TRANSPORT_HTTP;
}

bool mcp_entry_is_enabled(const struct doc_value *value)
{
    const struct doc_value *enabled =
        is_kind(value, DOC_OBJECT) ? find(value, "enabled", DOC_BOOL) : NULL;
    return enabled == NULL || doc_bool(enabled);
}

bool mcp_entry_read(struct str name, const struct doc_value *value, const struct mcp_expand *expand,
                    struct mcp_entry *ret_entry, struct error *error)
{
    *ret_entry = (struct mcp_entry){0};
    ret_entry->name = arena_copy(&ret_entry->arena, name);
    if (!is_kind(value, DOC_OBJECT))
        return error_set(error, ERROR_INVALID, "its entry is no object");
    struct reading reading = {.entry = ret_entry, .object = value, .expand = expand};
    const enum mcp_transport_kind kind = kind_of(&reading);
    return kind == MCP_TRANSPORT_STDIO ? read_child(&reading, error)
                                       : read_remote(&reading, kind, error);
}

void mcp_entry_fini(struct mcp_entry *entry)
{
    arena_fini(&entry->arena);
    *entry = (struct mcp_entry){0};
}
