#include "agent/agent_mcp.h"

#include <stdlib.h>

#include "agent/llm/reader.h"
#include "agent/observation.h"
#include "agent/runner_state.h"
#include "agent/secret_mask.h"
#include "agent/secrets.h"
#include "agent/tool_set.h"
#include "plugins/mcp/mcp_expand.h"
#include "plugins/mcp/mcp_servers.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/base/mem.h"

#define MAX_TOOLS 2000

struct agent_mcp {
    struct runner *runner;
    struct mcp_servers *servers;
    struct mcp_tool_object *tools[MAX_TOOLS];
    size_t count;
    void (*on_started)(void *owner);
    void *owner;
    void (*on_closed)(void *owner);
    void *closed_owner;
};

/* One tool of a server, as the set has it. */
struct mcp_tool_object {
    struct tool tool;
    struct arena arena;
    struct agent_mcp *mcp;
};

struct mcp_run {
    struct tool_run *run;
    struct mcp_call *call;
};

/* --- secrets in entries and arguments --- */

static bool find_secret(void *owner, struct str name, struct buf *out)
{
    const struct agent_mcp *mcp = owner;
    const struct secrets *secrets = conversation_secrets(mcp->runner->conversation);
    const size_t index = secrets_find(secrets, name);
    if (index == SIZE_MAX || !str_is_set(secrets_at(secrets, index)->value))
        return false;
    buf_append(out, secrets_at(secrets, index)->value);
    return true;
}

/* --- calls --- */

static struct mcp_tool_object *object_of(struct tool *tool)
{
    return container_of(tool, struct mcp_tool_object, tool);
}

static void write_image(struct observation *observation, const struct mcp_block *block)
{
    scoped_buf struct buf url = {0};
    buf_printf(&url, "data:%.*s;base64,", STR_ARG(block->mime_type));
    buf_append(&url, block->data);
    observation_image(observation, buf_str(&url));
}

static void write_blocks(struct observation *observation, const struct mcp_content *content)
{
    for (size_t i = 0; i < content->count; i++) {
        if (content->blocks[i].kind == MCP_BLOCK_TEXT)
            observation_text(observation, content->blocks[i].text);
        else if (content->blocks[i].kind == MCP_BLOCK_IMAGE)
            write_image(observation, &content->blocks[i]);
    }
}

static void on_result(void *owner, const struct mcp_call_result *result)
{
    struct mcp_run *state = owner;
    struct tool_run *run = state->run;
    struct observation observation;
    scoped_buf struct buf head = {0};
    free(state);
    tool_run_begin(run, &observation);
    if (!result->has_failed) {
        buf_printf(&head, "[Tool '%.*s' executed.]", STR_ARG(run->tool->name));
        observation_text(&observation, buf_str(&head));
    }
    write_blocks(&observation, &result->content);
    observation_content_end(&observation, result->is_error || result->has_failed);
    observation_string(&observation, "tool_name", run->tool->name);
    tool_run_observe(run, &observation);
}

static void start(struct tool_run *run)
{
    struct agent_mcp *mcp = object_of(run->tool)->mcp;
    const struct doc_value *data = llm_object_member(run->action, "data");
    const struct mcp_expand expand = {
        .find_secret = find_secret, .owner = mcp, .takes_plain = true};
    scoped_buf struct buf arguments = {0};
    if (data == NULL)
        buf_append(&arguments, STR("{}"));
    else
        mcp_expand_json(&expand, data, &arguments);
    struct mcp_run *state = mem_zero(1, sizeof(*state));
    state->run = run;
    run->state = state;
    state->call =
        mcp_servers_call(mcp->servers, run->tool->name, buf_str(&arguments), 0, on_result, state);
}

static void cancel(struct tool_run *run)
{
    struct mcp_run *state = run->state;
    mcp_call_cancel(state->call);
    free(state);
    tool_run_refuse(run, STR("cancelled"));
}

static void close_tool(struct tool *tool, void (*on_closed)(void *owner), void *owner)
{
    struct mcp_tool_object *object = object_of(tool);
    arena_fini(&object->arena);
    free(object);
    on_closed(owner);
}

static void write_action(const struct tool *tool, const struct doc_value *arguments,
                         struct buf *out)
{
    (void)tool; /* all have the same kind */
    buf_append(out, STR("{\"data\":"));
    doc_print(arguments, out);
    buf_append(out, STR(",\"kind\":\"MCPToolAction\"}"));
}

static const struct tool_type type = {
    .start = start,
    .cancel = cancel,
    .close = close_tool,
    .write_action = write_action,
};

/* --- the set --- */

static bool flag(const struct doc *doc, const char *name, bool fallback)
{
    const struct doc_value *value = doc == NULL ? NULL : doc_find(doc_root(doc), str_from(name));
    return value != NULL && doc_kind(value) == DOC_BOOL ? doc_bool(value) : fallback;
}

static void read_annotations(const struct mcp_tool *from, struct tool_annotations *to)
{
    struct doc_error why;
    struct doc *doc = str_is_set(from->annotations) ? doc_parse(from->annotations, &why) : NULL;
    to->is_given = doc != NULL;
    to->is_read_only = from->is_read_only;
    to->is_destructive = flag(doc, "destructiveHint", true);
    to->is_idempotent = flag(doc, "idempotentHint", false);
    to->is_open_world = flag(doc, "openWorldHint", true);
    doc_free(doc);
}

static void add_tool(struct agent_mcp *mcp, const struct mcp_tool *from)
{
    struct mcp_tool_object *object = mem_zero(1, sizeof(*object));
    struct arena *arena = &object->arena;
    struct error error;
    object->mcp = mcp;
    object->tool = (struct tool){
        .type = &type,
        .name = arena_copy(arena, from->name),
        .description = arena_copy(arena, from->description),
        .parameters = arena_copy(arena, from->input_schema),
        .kind = STR("MCPToolDefinition"),
        .action_kind = STR("MCPToolAction"),
        .observation_kind = STR("MCPToolObservation"),
        .dump_members = arena_printf(arena, "\"mcp_tool\":%.*s", STR_ARG(from->json)),
        .keeps_schema = true,
        .allows_unknown = true,
    };
    read_annotations(from, &object->tool.annotations);
    if (tool_set_add(mcp->runner->tools, &object->tool, &error))
        mcp->tools[mcp->count++] = object;
    else
        log_warn("mcp.tool_refused", "server=%.*s error=\"%s\"", STR_ARG(from->server), error.text);
}

static void add_all(struct agent_mcp *mcp)
{
    const size_t count = mcp_servers_tool_count(mcp->servers);
    for (size_t i = 0; i < count && mcp->count < MAX_TOOLS; i++)
        add_tool(mcp, mcp_servers_tool(mcp->servers, i));
}

static void tell_skipped(const struct agent_mcp *mcp)
{
    for (size_t i = 0; i < mcp_servers_skipped_count(mcp->servers); i++) {
        const struct mcp_skipped skipped = mcp_servers_skipped(mcp->servers, i);
        scoped_buf struct buf reason = {0};
        secret_mask_apply(conversation_mask(mcp->runner->conversation), skipped.reason, &reason);
        log_warn("mcp.skipped", "server=%.*s reason=\"%.*s\"", STR_ARG(skipped.server),
                 STR_ARG(buf_str(&reason)));
    }
}

static void on_servers_started(void *owner)
{
    struct agent_mcp *mcp = owner;
    tell_skipped(mcp);
    add_all(mcp);
    mcp->on_started(mcp->owner);
}

static void on_tools_changed(void *owner)
{
    struct agent_mcp *mcp = owner;
    for (size_t i = 0; i < mcp->count; i++)
        tool_set_remove(mcp->runner->tools, &mcp->tools[i]->tool);
    mcp->count = 0;
    add_all(mcp);
}

/* --- its life --- */

struct agent_mcp *agent_mcp_open(struct runner *runner, const struct doc_value *config,
                                 void (*on_started)(void *owner), void *owner)
{
    static const struct mcp_servers_events events = {.on_started = on_servers_started,
                                                     .on_tools_changed = on_tools_changed};
    const struct runners_options *options = &runner->runners->options;
    struct agent_mcp *mcp = mem_zero(1, sizeof(*mcp));
    mcp->runner = runner;
    mcp->on_started = on_started;
    mcp->owner = owner;
    const struct mcp_servers_options servers = {
        .loop = options->loop,
        .processes = options->processes,
        .http = options->http,
        .env = options->env,
        .cwd = conversation_working_dir(runner->conversation),
        .config = config,
        .find_secret = find_secret,
        .secrets = mcp,
    };
    mcp->servers = mcp_servers_open(&servers, &events, mcp);
    return mcp;
}

static void on_servers_closed(void *owner)
{
    struct agent_mcp *mcp = owner;
    void (*on_closed)(void *owner) = mcp->on_closed;
    void *closed_owner = mcp->closed_owner;
    free(mcp);
    on_closed(closed_owner);
}

void agent_mcp_close(struct agent_mcp *mcp, void (*on_closed)(void *owner), void *owner)
{
    mcp->on_closed = on_closed;
    mcp->closed_owner = owner;
    mcp_servers_close(mcp->servers, on_servers_closed, mcp);
}
