#include "plugins/mcp/mcp_servers.h"

#include <stdlib.h>

#include "plugins/mcp/mcp_client.h"
#include "plugins/mcp/mcp_entry.h"
#include "plugins/mcp/mcp_expand.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

/*
 * Each server reads its list page by page, into `reading`, which replaces `tools` when it is
 * complete. `shown` holds the tools of all servers in their order; it is made anew whenever one of
 * the lists is replaced, and the list before is kept until the owner has been told.
 */

#define MAGIC_MCP_SERVERS 0x4d435673u

enum server_state {
    SERVER_STARTING,
    SERVER_LISTED,
    SERVER_SKIPPED,
};

struct server {
    struct mcp_servers *servers;
    struct mcp_entry entry;
    enum server_state state;
    struct mcp_client *client; /* NULL: it never was, or is closing */
    char *reason;              /* of being skipped */
    uint64_t deadline_ms;      /* of the list that is being read */
    struct mcp_tools tools;
    struct mcp_tools reading;
    bool is_reading;
    bool is_outdated; /* the list has changed while it was read */
};

struct mcp_servers {
    uint32_t magic;
    struct loop *loop;
    struct processes *processes;
    struct http_client *http;
    uint64_t start_timeout_ms;
    const char *cwd;
    const struct mcp_servers_events *events;
    void *owner;
    struct server *all;
    size_t count;
    const struct mcp_tool **shown;
    size_t shown_count;
    struct str duplicate; /* of a shown tool */
    size_t clients;       /* that are open or closing */
    bool has_started;
    bool is_turn_due;
    bool is_closing;
    void (*on_closed)(void *owner);
    void *closed_owner;
};

static void free_server(struct server *server)
{
    mcp_tools_fini(&server->tools);
    mcp_tools_fini(&server->reading);
    mcp_entry_fini(&server->entry);
    free(server->reason);
}

static void free_when_over(struct mcp_servers *servers)
{
    if (!servers->is_closing || servers->clients > 0 || servers->is_turn_due)
        return;
    void (*on_closed)(void *) = servers->on_closed;
    void *owner = servers->closed_owner;
    for (size_t i = 0; i < servers->count; i++)
        free_server(&servers->all[i]);
    free(servers->all);
    free(servers->shown);
    servers->magic = 0;
    free(servers);
    if (on_closed != NULL)
        on_closed(owner);
}

static void on_client_closed(void *owner)
{
    struct mcp_servers *servers = owner;
    magic_check(servers, MAGIC_MCP_SERVERS);
    servers->clients--;
    free_when_over(servers);
}

static void close_client(struct server *server)
{
    if (server->client != NULL)
        mcp_client_close(take_pointer(&server->client), on_client_closed, server->servers);
}

static void skip(struct server *server, const struct error *error)
{
    server->state = SERVER_SKIPPED;
    server->reason = mem_strdup(error->text);
    mcp_tools_fini(&server->reading);
    log_warn("mcp.server_skipped", "name=%.*s code=%s", STR_ARG(server->entry.name),
             error_code_name(error->code));
    close_client(server);
}

static bool has_shown(const struct mcp_servers *servers, struct str name)
{
    for (size_t i = 0; i < servers->shown_count; i++) {
        if (str_equal(servers->shown[i]->name, name))
            return true;
    }
    return false;
}

static void show(struct mcp_servers *servers, const struct mcp_tool *tool)
{
    if (has_shown(servers, tool->name))
        servers->duplicate = tool->name;
    else if (servers->shown_count < MCP_SERVERS_MAX_TOOLS)
        servers->shown[servers->shown_count++] = tool;
}

/* Gives the vector of before. */
static const struct mcp_tool **collect(struct mcp_servers *servers)
{
    const struct mcp_tool **before = servers->shown;
    size_t total = 0;
    for (size_t i = 0; i < servers->count; i++)
        total += servers->all[i].tools.count;
    servers->shown = mem_zero(total + 1, sizeof(*servers->shown));
    servers->shown_count = 0;
    servers->duplicate = STR_NULL;
    for (size_t i = 0; i < servers->count; i++) {
        for (size_t j = 0; j < servers->all[i].tools.count; j++)
            show(servers, &servers->all[i].tools.items[j]);
    }
    return before;
}

static bool is_starting(const struct mcp_servers *servers)
{
    for (size_t i = 0; i < servers->count; i++) {
        if (servers->all[i].state == SERVER_STARTING)
            return true;
    }
    return false;
}

static void tell_started(struct mcp_servers *servers)
{
    if (servers->has_started || servers->is_closing || is_starting(servers))
        return;
    servers->has_started = true;
    free((void *)collect(servers));
    servers->events->on_started(servers->owner);
}

static void read_list(struct server *server);

/* The new list counts; whoever looks at the old one is told before it goes. */
static void replace_list(struct server *server)
{
    struct mcp_servers *servers = server->servers;
    struct mcp_tools before = server->tools;
    const bool is_same = mcp_tools_are_same(&before, &server->reading);
    server->tools = server->reading;
    server->reading = (struct mcp_tools){0};
    server->state = SERVER_LISTED;
    if (!servers->has_started) {
        mcp_tools_fini(&before);
        tell_started(servers);
        return;
    }
    const struct mcp_tool **shown = collect(servers);
    if (!is_same && servers->events->on_tools_changed != NULL)
        servers->events->on_tools_changed(servers->owner);
    free((void *)shown);
    mcp_tools_fini(&before);
}

static void end_list(struct server *server)
{
    server->is_reading = false;
    if (server->is_outdated)
        read_list(server);
    else
        replace_list(server);
}

static void fail_list(struct server *server, const struct error *error)
{
    struct mcp_servers *servers = server->servers;
    server->is_reading = false;
    if (server->state == SERVER_STARTING) {
        skip(server, error);
        tell_started(servers);
        return;
    }
    log_debug("mcp.list_not_read", "name=%.*s reason=\"%s\"", STR_ARG(server->entry.name),
              error->text);
    mcp_tools_fini(&server->reading);
}

/* One server: names stay. */
static void prefix_of(const struct server *server, struct buf *prefix)
{
    if (server->servers->count > 1)
        buf_printf(prefix, "%.*s_", STR_ARG(server->entry.name));
}

static void ask_page(struct server *server, struct str cursor);

static void on_page(void *owner, struct str result, bool is_error, const struct error *error)
{
    struct server *server = owner;
    scoped_buf struct buf prefix = {0};
    struct str cursor = STR_NULL;
    struct error problem;
    if (server->servers->is_closing)
        return;
    if (is_error)
        (void)error_set(&problem, ERROR_UNAVAILABLE, "the server does not list its tools");
    if (is_error || error != NULL) {
        fail_list(server, is_error ? &problem : error);
        return;
    }
    prefix_of(server, &prefix);
    if (!mcp_tools_add(&server->reading, server->entry.name, buf_str(&prefix), result, &cursor,
                       &problem))
        fail_list(server, &problem);
    else if (str_is_set(cursor))
        ask_page(server, cursor);
    else
        end_list(server);
}

static void ask_page(struct server *server, struct str cursor)
{
    scoped_buf struct buf params = {0};
    struct jsonw w;
    const uint64_t now_ms = loop_now_ms(server->servers->loop);
    jsonw_init(&w, &params);
    jsonw_object(&w);
    if (str_is_set(cursor))
        jsonw_string(&w, "cursor", cursor);
    jsonw_end(&w);
    (void)mcp_client_request(server->client, STR("tools/list"), buf_str(&params),
                             server->deadline_ms > now_ms ? server->deadline_ms - now_ms : 1,
                             on_page, server);
}

static void read_list(struct server *server)
{
    mcp_tools_fini(&server->reading);
    server->is_reading = true;
    server->is_outdated = false;
    server->deadline_ms = loop_now_ms(server->servers->loop) + server->servers->start_timeout_ms;
    ask_page(server, STR_NULL);
}

static void on_notification(void *owner, struct str method, struct str params)
{
    struct server *server = owner;
    (void)params;
    if (!str_equal(method, STR("notifications/tools/list_changed")))
        return;
    if (server->is_reading)
        server->is_outdated = true;
    else
        read_list(server);
}

static void start(struct server *server)
{
    struct mcp_servers *servers = server->servers;
    struct mcp_transport_options *transport = &server->entry.transport;
    transport->loop = servers->loop;
    transport->processes = servers->processes;
    transport->http = servers->http;
    if (transport->cwd == NULL)
        transport->cwd = servers->cwd;
    const struct mcp_client_options options = {
        .name = server->entry.name,
        .transport = *transport,
        .start_timeout_ms = servers->start_timeout_ms,
    };
    server->client = mcp_client_open(&options);
    servers->clients++;
    mcp_client_on_notification(server->client, on_notification, server);
    read_list(server);
}

static void prepare(struct server *server, struct str name, const struct doc_value *value,
                    const struct mcp_expand *expand)
{
    struct error error;
    bool is_fine = mcp_entry_read(name, value, expand, &server->entry, &error);
    if (is_fine && server->entry.transport.kind != MCP_TRANSPORT_STDIO &&
        server->servers->http == NULL)
        is_fine = error_set(&error, ERROR_UNAVAILABLE, "remote servers cannot be reached here");
    if (is_fine)
        start(server);
    else
        skip(server, &error);
}

/* Without the wrapper that some files have around it. */
static const struct doc_value *entries_of(const struct doc_value *config)
{
    if (config == NULL || doc_kind(config) != DOC_OBJECT)
        return NULL;
    const struct doc_value *wrapped = doc_find(config, STR("mcpServers"));
    const bool is_wrapper =
        wrapped != NULL && doc_count(config) == 1 && doc_kind(wrapped) == DOC_OBJECT &&
        doc_find(wrapped, STR("command")) == NULL && doc_find(wrapped, STR("url")) == NULL;
    return is_wrapper ? wrapped : config;
}

/* Those that are switched off count for nothing. */
static size_t count_enabled(const struct doc_value *entries)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    size_t count = 0;
    while (entries != NULL && doc_next(entries, &iterator, &name, &value)) {
        if (mcp_entry_is_enabled(value))
            count++;
    }
    return count < MCP_SERVERS_MAX ? count : MCP_SERVERS_MAX;
}

static void prepare_all(struct mcp_servers *servers, const struct doc_value *entries,
                        const struct mcp_expand *expand)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    size_t i = 0;
    servers->count = count_enabled(entries);
    servers->all = mem_zero(servers->count + 1, sizeof(*servers->all));
    while (i < servers->count && doc_next(entries, &iterator, &name, &value)) {
        if (!mcp_entry_is_enabled(value))
            continue;
        servers->all[i].servers = servers;
        prepare(&servers->all[i++], name, value, expand);
    }
}

static void run_turn(void *owner)
{
    struct mcp_servers *servers = owner;
    magic_check(servers, MAGIC_MCP_SERVERS);
    servers->is_turn_due = false;
    if (servers->is_closing)
        free_when_over(servers);
    else
        tell_started(servers);
}

static void schedule_turn(struct mcp_servers *servers)
{
    if (servers->is_turn_due)
        return;
    servers->is_turn_due = true;
    loop_defer(servers->loop, run_turn, servers);
}

struct mcp_servers *mcp_servers_open(const struct mcp_servers_options *options,
                                     const struct mcp_servers_events *events, void *owner)
{
    loop_assert_owner(options->loop);
    struct mcp_servers *servers = mem_zero(1, sizeof(*servers));
    const struct mcp_expand expand = {
        .find_secret = options->find_secret, .owner = options->secrets, .env = options->env};
    servers->magic = MAGIC_MCP_SERVERS;
    servers->loop = options->loop;
    servers->processes = options->processes;
    servers->http = options->http;
    servers->cwd = options->cwd;
    servers->start_timeout_ms =
        options->start_timeout_ms == 0 ? MCP_SERVERS_START_TIMEOUT_MS : options->start_timeout_ms;
    servers->events = events;
    servers->owner = owner;
    prepare_all(servers, entries_of(options->config), &expand);
    schedule_turn(servers); /* maybe there is nothing to wait for */
    return servers;
}

bool mcp_servers_have_started(const struct mcp_servers *servers)
{
    return servers->has_started;
}

size_t mcp_servers_tool_count(const struct mcp_servers *servers)
{
    return servers->shown_count;
}

const struct mcp_tool *mcp_servers_tool(const struct mcp_servers *servers, size_t index)
{
    assert(index < servers->shown_count);
    return servers->shown[index];
}

const struct mcp_tool *mcp_servers_find_tool(const struct mcp_servers *servers, struct str name)
{
    for (size_t i = 0; i < servers->shown_count; i++) {
        if (str_equal(servers->shown[i]->name, name))
            return servers->shown[i];
    }
    return NULL;
}

struct str mcp_servers_duplicate(const struct mcp_servers *servers)
{
    return servers->duplicate;
}

size_t mcp_servers_skipped_count(const struct mcp_servers *servers)
{
    size_t count = 0;
    for (size_t i = 0; i < servers->count; i++)
        count += servers->all[i].state == SERVER_SKIPPED;
    return count;
}

struct mcp_skipped mcp_servers_skipped(const struct mcp_servers *servers, size_t index)
{
    size_t i = 0;
    for (;; i++) {
        assert(i < servers->count);
        if (servers->all[i].state == SERVER_SKIPPED && index-- == 0)
            break;
    }
    return (struct mcp_skipped){.server = servers->all[i].entry.name,
                                .reason = str_from(servers->all[i].reason)};
}

static struct mcp_client *find_client(const struct mcp_servers *servers,
                                      const struct mcp_tool *tool)
{
    for (size_t i = 0; tool != NULL && i < servers->count; i++) {
        if (str_equal(servers->all[i].entry.name, tool->server))
            return servers->all[i].client;
    }
    return NULL;
}

struct mcp_call *mcp_servers_call(struct mcp_servers *servers, struct str tool,
                                  struct str arguments, uint64_t timeout_ms, mcp_call_fn on_result,
                                  void *owner)
{
    magic_check(servers, MAGIC_MCP_SERVERS);
    assert(!servers->is_closing);
    const struct mcp_tool *found = mcp_servers_find_tool(servers, tool);
    const struct mcp_call_options options = {
        .loop = servers->loop,
        .client = find_client(servers, found),
        .name = tool,
        .own_name = found == NULL ? tool : found->own_name,
        .arguments = arguments,
        .timeout_ms = timeout_ms,
    };
    return mcp_call_start(&options, on_result, owner);
}

void mcp_servers_close(struct mcp_servers *servers, void (*on_closed)(void *owner), void *owner)
{
    magic_check(servers, MAGIC_MCP_SERVERS);
    assert(!servers->is_closing);
    servers->is_closing = true;
    servers->on_closed = on_closed;
    servers->closed_owner = owner;
    for (size_t i = 0; i < servers->count; i++)
        close_client(&servers->all[i]);
    schedule_turn(servers);
}
