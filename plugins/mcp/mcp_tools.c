#include "plugins/mcp/mcp_tools.h"

#include <stdlib.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

static bool is_kind(const struct doc_value *value, enum doc_kind kind)
{
    return value != NULL && doc_kind(value) == kind;
}

static struct str copy_json(struct arena *arena, const struct doc_value *value)
{
    scoped_buf struct buf text = {0};
    if (!is_kind(value, DOC_OBJECT))
        return STR_NULL;
    doc_print(value, &text);
    return arena_copy(arena, buf_str(&text));
}

/* The object as it was announced, but for its name. */
static struct str copy_renamed(struct arena *arena, const struct doc_value *object, struct str name)
{
    scoped_buf struct buf text = {0};
    struct jsonw w;
    void *iterator = NULL;
    struct str key;
    const struct doc_value *value;
    jsonw_init(&w, &text);
    jsonw_object(&w);
    while (doc_next(object, &iterator, &key, &value)) {
        scoped_buf struct buf json = {0};
        jsonw_name(&w, key);
        if (str_equal(key, STR("name"))) {
            jsonw_string(&w, NULL, name);
            continue;
        }
        doc_print(value, &json);
        jsonw_raw(&w, NULL, buf_str(&json));
    }
    jsonw_end(&w);
    return arena_copy(arena, buf_str(&text));
}

static bool is_read_only(const struct doc_value *annotations)
{
    const struct doc_value *hint =
        is_kind(annotations, DOC_OBJECT) ? doc_find(annotations, STR("readOnlyHint")) : NULL;
    return is_kind(hint, DOC_BOOL) && doc_bool(hint);
}

static struct mcp_tool *append(struct mcp_tools *tools)
{
    if (tools->count == tools->capacity) {
        tools->capacity = tools->capacity == 0 ? 16 : tools->capacity * 2;
        tools->items = mem_resize(tools->items, tools->capacity * sizeof(*tools->items));
    }
    return &tools->items[tools->count++];
}

static void add_tool(struct mcp_tools *tools, struct str server, struct str prefix,
                     const struct doc_value *object)
{
    struct arena *arena = &tools->arena;
    const struct doc_value *name = doc_find(object, STR("name"));
    const struct doc_value *schema = doc_find(object, STR("inputSchema"));
    const struct doc_value *description = doc_find(object, STR("description"));
    const struct doc_value *annotations = doc_find(object, STR("annotations"));
    if (!is_kind(name, DOC_STRING) || doc_string(name).len == 0 || !is_kind(schema, DOC_OBJECT))
        return;
    const struct str own_name = doc_string(name);
    const struct str full_name =
        arena_printf(arena, "%.*s%.*s", STR_ARG(prefix), STR_ARG(own_name));
    if (mcp_tools_find(tools, full_name) != NULL)
        return;
    *append(tools) = (struct mcp_tool){
        .name = full_name,
        .own_name = str_skip(full_name, prefix.len),
        .server = arena_copy(arena, server),
        .description = is_kind(description, DOC_STRING) ? arena_copy(arena, doc_string(description))
                                                        : STR_NULL,
        .input_schema = copy_json(arena, schema),
        .annotations = copy_json(arena, annotations),
        .json = copy_renamed(arena, object, full_name),
        .is_read_only = is_read_only(annotations),
    };
}

static bool is_full(const struct mcp_tools *tools)
{
    return tools->count >= MCP_TOOLS_MAX || tools->arena.used_bytes >= MCP_TOOLS_MAX_BYTES;
}

/* A full list wants no further page. */
static struct str next_cursor(struct mcp_tools *tools, const struct doc_value *result)
{
    const struct doc_value *cursor = doc_find(result, STR("nextCursor"));
    if (!is_kind(cursor, DOC_STRING) || is_full(tools))
        return STR_NULL;
    return arena_copy(&tools->arena, doc_string(cursor));
}

bool mcp_tools_add(struct mcp_tools *tools, struct str server, struct str prefix, struct str result,
                   struct str *ret_cursor, struct error *error)
{
    struct doc_error problem;
    struct doc *doc = doc_parse(result, &problem);
    const struct doc_value *root = doc == NULL ? NULL : doc_root(doc);
    const struct doc_value *list = is_kind(root, DOC_OBJECT) ? doc_find(root, STR("tools")) : NULL;
    if (!is_kind(list, DOC_ARRAY)) {
        doc_free(doc);
        return error_set(error, ERROR_UNAVAILABLE, "the server's result has no list of tools");
    }
    for (size_t i = 0; i < doc_count(list) && !is_full(tools); i++) {
        const struct doc_value *object = doc_at(list, i);
        if (is_kind(object, DOC_OBJECT))
            add_tool(tools, server, prefix, object);
    }
    *ret_cursor = next_cursor(tools, root);
    doc_free(doc);
    return true;
}

const struct mcp_tool *mcp_tools_find(const struct mcp_tools *tools, struct str name)
{
    for (size_t i = 0; i < tools->count; i++) {
        if (str_equal(tools->items[i].name, name))
            return &tools->items[i];
    }
    return NULL;
}

bool mcp_tools_are_same(const struct mcp_tools *a, const struct mcp_tools *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!str_equal(a->items[i].json, b->items[i].json))
            return false;
    }
    return true;
}

void mcp_tools_fini(struct mcp_tools *tools)
{
    arena_fini(&tools->arena);
    free(tools->items);
    *tools = (struct mcp_tools){0};
}
