#include "agent/tools/client_tool.h"

#include <stdlib.h>

#include "agent/llm/reader.h"
#include "agent/observation.h"
#include "agent/tool_set.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

#define ANYTHING "{\"type\":\"object\",\"properties\":{}}"

struct client_tool {
    struct tool tool;
    struct arena arena; /* of its strings */
};

static void start(struct tool_run *run)
{
    struct observation observation;
    tool_run_begin(run, &observation);
    observation_text(&observation, STR("Tool call dispatched to client."));
    observation_content_end(&observation, false);
    tool_run_observe(run, &observation);
}

static void close_tool(struct tool *tool, void (*on_closed)(void *owner), void *owner)
{
    struct client_tool *client = container_of(tool, struct client_tool, tool);
    arena_fini(&client->arena);
    free(client);
    on_closed(owner);
}

/* Whatever the client makes of two calls at once. */
static void no_resource(const struct tool *tool, const struct doc_value *action, struct buf *out)
{
    (void)tool;
    (void)action;
    (void)out;
}

static const struct tool_type type = {.start = start, .close = close_tool, .resource = no_resource};

static bool flag(const struct doc_value *annotations, const char *name, bool fallback)
{
    const struct doc_value *value = doc_find(annotations, str_from(name));
    return value != NULL && doc_kind(value) == DOC_BOOL ? doc_bool(value) : fallback;
}

static void read_annotations(const struct doc_value *spec, struct client_tool *client)
{
    const struct doc_value *given = llm_object_member(spec, "annotations");
    if (given == NULL)
        return;
    const struct str title = llm_text_member(given, "title");
    client->tool.annotations = (struct tool_annotations){
        .is_given = true,
        .has_no_title = str_is_empty(title),
        .is_read_only = flag(given, "readOnlyHint", false),
        .is_destructive = flag(given, "destructiveHint", true),
        .is_idempotent = flag(given, "idempotentHint", false),
        .is_open_world = flag(given, "openWorldHint", true),
    };
    if (!str_is_empty(title))
        client->tool.title = arena_copy(&client->arena, title);
}

static struct str write_dump(struct arena *arena, struct str name, struct str schema)
{
    scoped_buf struct buf object = {0};
    struct jsonw w;
    jsonw_init(&w, &object);
    jsonw_object(&w);
    jsonw_string(&w, "client_tool_name", name);
    jsonw_raw(&w, "input_schema", schema);
    jsonw_end(&w);
    return arena_copy(arena, str_slice(buf_str(&object), 1, object.len - 1));
}

bool client_tool_is(struct str name, const struct doc_value *params)
{
    const struct doc_value *spec = params == NULL ? NULL : llm_object_member(params, "spec");
    return spec != NULL && !str_is_empty(name) && str_equal(llm_text_member(spec, "name"), name);
}

bool client_tool_make(struct tool_set *set, const struct doc_value *params, struct error *error)
{
    const struct doc_value *spec = llm_object_member(params, "spec");
    const struct doc_value *parameters = llm_object_member(spec, "parameters");
    const struct str name = llm_text_member(spec, "name");
    struct client_tool *client = mem_zero(1, sizeof(*client));
    struct arena *arena = &client->arena;
    scoped_buf struct buf schema = {0};
    if (parameters != NULL)
        doc_print(parameters, &schema);
    else
        buf_append(&schema, STR(ANYTHING));
    client->tool = (struct tool){
        .type = &type,
        .name = arena_copy(arena, name),
        .description = arena_copy(arena, llm_text_member(spec, "description")),
        .parameters = arena_copy(arena, buf_str(&schema)),
        .kind = STR("ClientTool"),
        .action_kind = arena_printf(arena, "ClientAction_%.*s", STR_ARG(name)),
        .observation_kind = STR("ClientToolObservation"),
        .dump_members = write_dump(arena, name, buf_str(&schema)),
        .keeps_schema = true,
    };
    read_annotations(spec, client);
    return tool_set_add(set, &client->tool, error);
}
