#include "agent/tool_schema.h"

#include "agent/tool.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

#define SECURITY_RISK                                                                              \
    "{\"type\":\"string\",\"description\":\"How much harm this action may do.\\n"                  \
    "LOW: reads or looks at things inside the sandbox. MEDIUM: changes files or state inside it, " \
    "or installs something. HIGH: reaches outside of it, destroys data, or handles credentials. "  \
    "UNKNOWN: cannot be told.\",\"enum\":[\"UNKNOWN\",\"LOW\",\"MEDIUM\",\"HIGH\"]}"
#define SUMMARY                                                                                    \
    "{\"type\":\"string\",\"description\":\"What this action does, in about ten words, for "       \
    "somebody who follows along. Example: 'Run the unit tests of the parser'\"}"

/* What a schema says for our own checks, not for the model. */
static bool is_for_model(struct str name)
{
    return !str_equal(name, STR("default")) && !str_equal(name, STR("title")) &&
           !str_equal(name, STR("minimum"));
}

static void write_reduced(struct jsonw *w, const struct doc_value *schema);

static void write_properties(struct jsonw *w, const struct doc_value *properties)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    while (doc_next(properties, &iterator, &name, &value)) {
        jsonw_name(w, name);
        write_reduced(w, value);
    }
}

static void write_plain(struct jsonw *w, const struct doc_value *value)
{
    scoped_buf struct buf json = {0};
    doc_print(value, &json);
    jsonw_raw(w, NULL, buf_str(&json));
}

/* Our own schemas are at most two deep. */
static void write_reduced(struct jsonw *w, const struct doc_value *schema)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    jsonw_object(w);
    while (doc_next(schema, &iterator, &name, &value)) {
        if (!is_for_model(name))
            continue;
        jsonw_name(w, name);
        if (str_equal(name, STR("items"))) {
            write_reduced(w, value);
        } else if (str_equal(name, STR("properties"))) {
            jsonw_object(w);
            write_properties(w, value);
            jsonw_end(w);
        } else {
            write_plain(w, value);
        }
    }
    jsonw_end(w);
}

static const struct doc_value *find_properties(const struct tool *tool)
{
    const struct doc_value *properties = doc_find(doc_root(tool->schema), STR("properties"));
    return properties != NULL && doc_kind(properties) == DOC_OBJECT ? properties : NULL;
}

bool tool_schema_has_summary(const struct tool *tool)
{
    const struct doc_value *properties = find_properties(tool);
    return properties != NULL && doc_find(properties, STR("summary")) != NULL;
}

static void write_kept(struct jsonw *w, const struct doc_value *properties)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    while (doc_next(properties, &iterator, &name, &value)) {
        jsonw_name(w, name);
        write_plain(w, value);
    }
}

static void write_all_properties(struct jsonw *w, const struct tool *tool, bool is_bare)
{
    const struct doc_value *properties = find_properties(tool);
    jsonw_object_in(w, "properties");
    if (!is_bare && !(tool->annotations.is_given && tool->annotations.is_read_only))
        jsonw_raw(w, "security_risk", STR(SECURITY_RISK));
    if (!is_bare && !tool_schema_has_summary(tool))
        jsonw_raw(w, "summary", STR(SUMMARY));
    if (properties != NULL && tool->keeps_schema)
        write_kept(w, properties);
    else if (properties != NULL)
        write_properties(w, properties);
    jsonw_end(w);
}

/* Of foreign schemas: definitions and the like. */
static void write_further(struct jsonw *w, const struct doc_value *schema)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    while (doc_next(schema, &iterator, &name, &value)) {
        if (str_equal(name, STR("type")) || str_equal(name, STR("properties")) ||
            str_equal(name, STR("required")))
            continue;
        jsonw_name(w, name);
        write_plain(w, value);
    }
}

void tool_schema_for_model(const struct tool *tool, bool is_bare, struct buf *out)
{
    struct jsonw w;
    const struct doc_value *schema = doc_root(tool->schema);
    const struct doc_value *required = doc_find(schema, STR("required"));
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_string(&w, "type", STR("object"));
    write_all_properties(&w, tool, is_bare);
    if (required != NULL && doc_kind(required) == DOC_ARRAY && doc_count(required) > 0) {
        jsonw_name(&w, STR("required"));
        write_plain(&w, required);
    }
    if (tool->keeps_schema)
        write_further(&w, schema);
    jsonw_end(&w);
}

static void dump_annotations(struct jsonw *w, const struct tool *tool, struct str title)
{
    const struct tool_annotations *annotations = &tool->annotations;
    if (!annotations->is_given)
        return;
    jsonw_object_in(w, "annotations");
    if (!annotations->has_no_title)
        jsonw_string(w, "title", title);
    jsonw_bool(w, "readOnlyHint", annotations->is_read_only);
    jsonw_bool(w, "destructiveHint", annotations->is_destructive);
    jsonw_bool(w, "idempotentHint", annotations->is_idempotent);
    jsonw_bool(w, "openWorldHint", annotations->is_open_world);
    jsonw_end(w);
}

void tool_schema_dump(const struct tool *tool, struct buf *out)
{
    struct jsonw w;
    const struct str title = str_is_set(tool->title) ? tool->title : tool->name;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_string(&w, "description", tool->description);
    jsonw_string(&w, "action_type", tool->action_kind);
    jsonw_string(&w, "observation_type", tool->observation_kind);
    dump_annotations(&w, tool, title);
    if (tool->dump_members.len > 0) {
        buf_append_byte(out, ',');
        buf_append(out, tool->dump_members);
    }
    jsonw_string(&w, "kind", tool->kind);
    jsonw_string(&w, "title", title);
    jsonw_end(&w);
}
