#include "actions/command_log.h"
#include "actions/command_log_search.h"
#include "actions/commands.h"
#include "api/api.h"
#include "api/v1/bash_render.h"
#include "api/v1/bash_request.h"
#include "api/v1/bash_socket.h"
#include "api/v1/bash_stream.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/http/reply.h"

/* Contract v1-server §5. */

static void reply_event(struct http_request *request, struct command_log *log, uint64_t seq,
                        bool is_whole_output)
{
    struct bash_render render;
    bash_render_init(&render, log);
    bash_render_add(&render, seq);
    render.is_whole_output = is_whole_output;
    bash_render_reply(request, &render);
}

static void reply_not_found(struct http_request *request)
{
    reply_detail(request, 404, STR("Not Found"));
}

static void reply_success(struct http_request *request)
{
    reply_text(request, 200, "application/json", STR("{\"success\":true}"));
}

static bool start(struct http_request *request, struct api *api, struct command_started *started)
{
    struct bash_request body = bash_request_default();
    struct error error;
    if (!route_decode(request, &body))
        return false;
    if (bash_request_start(api, &body, started, &error))
        return true;
    reply_error(request, &error);
    return false;
}

static void post_start(struct http_request *request, void *context)
{
    struct api *api = context;
    struct command_started started;
    if (!start(request, api, &started))
        return;
    struct command_log *log = commands_log(api->commands);
    const struct log_event *event = log_index_find(command_log_index(log), started.id);
    reply_event(request, log, event->seq, false);
}

/* A request that waits for a command to finish; lives in the request's arena. */
struct waiting {
    struct command_waiter waiter;
    struct http_request *request;
    struct command_log *log;
};

static void reply_executed(struct command_waiter *waiter, struct command *command)
{
    struct waiting *waiting = container_of(waiter, struct waiting, waiter);
    const struct log_index *index = command_log_index(waiting->log);
    const struct log_command *stored = log_index_command(index, command_id(command));
    reply_event(waiting->request, waiting->log, log_index_last(index, stored)->seq, true);
}

static void reply_stopped(struct command_waiter *waiter, struct command *command)
{
    struct waiting *waiting = container_of(waiter, struct waiting, waiter);
    (void)command; /* its own last event tells how it ended */
    reply_success(waiting->request);
}

static void wait_for(struct http_request *request, struct api *api, struct command *command,
                     void (*on_finished)(struct command_waiter *waiter, struct command *command))
{
    struct waiting *waiting = arena_zero(&request->arena, 1, sizeof(*waiting));
    waiting->waiter.on_finished = on_finished;
    waiting->request = request;
    waiting->log = commands_log(api->commands);
    command_wait(command, &waiting->waiter);
}

static void post_execute(struct http_request *request, void *context)
{
    struct api *api = context;
    struct command_started started;
    if (start(request, api, &started))
        wait_for(request, api, commands_find(api->commands, started.id), reply_executed);
}

static void post_stop(struct http_request *request, void *context)
{
    struct api *api = context;
    struct id id;
    if (!route_param_id(request, 0, "command_id", &id))
        return;
    struct command *command = commands_find(api->commands, id);
    if (command == NULL && !commands_knows(api->commands, id)) {
        reply_not_found(request);
        return;
    }
    api_touch(api);
    if (command == NULL || command_is_finished(command)) {
        reply_success(request);
        return;
    }
    wait_for(request, api, command, reply_stopped);
    command_stop(command);
}

struct search_query {
    struct str kind;
    struct schema_id command_id;
    struct schema_int from;
    struct schema_int until;
    struct schema_int order_above;
    struct str sort_order;
    struct str page_id;
    struct schema_int limit;
};

static const char *const kinds[] = {"BashCommand", "BashOutput", NULL};
static const char *const sort_orders[] = {"TIMESTAMP", "TIMESTAMP_DESC", NULL};

static const struct schema_field search_fields[] = {
    {.name = "kind__eq",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct search_query, kind),
     .is_nullable = true,
     .choices = kinds,
     .is_literal = true,
     .help = "Only events of this kind"},
    {.name = "command_id__eq",
     .kind = SCHEMA_UUID,
     .offset = offsetof(struct search_query, command_id),
     .is_nullable = true,
     .help = "Only the outputs of this command"},
    {.name = "timestamp__gte",
     .kind = SCHEMA_DATETIME,
     .offset = offsetof(struct search_query, from),
     .is_nullable = true,
     .help = "Only events at or after this time; without a zone: UTC"},
    {.name = "timestamp__lt",
     .kind = SCHEMA_DATETIME,
     .offset = offsetof(struct search_query, until),
     .is_nullable = true,
     .help = "Only events before this time"},
    {.name = "order__gt",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct search_query, order_above),
     .is_nullable = true,
     .help = "No outputs up to this order"},
    {.name = "sort_order",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct search_query, sort_order),
     .choices = sort_orders,
     .default_json = "\"TIMESTAMP\"",
     .help = "Oldest or newest first"},
    {.name = "page_id",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct search_query, page_id),
     .is_nullable = true,
     .help = "The next_page_id of the page before"},
    {.name = "limit",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct search_query, limit),
     .has_min = true,
     .min_is_exclusive = true,
     .min = 0,
     .has_max = true,
     .max = LOG_SEARCH_MAX_ITEMS,
     .default_json = "100",
     .help = "The most events to return"},
};
static SCHEMA_DEFINE(search_schema, "BashEventQuery", search_fields, false);

static struct log_search search_of(const struct search_query *query)
{
    struct log_search search = {
        .has_command_id = query->command_id.is_set,
        .command_id = query->command_id.value,
        .has_from = query->from.is_set,
        .from_us = query->from.value,
        .has_until = query->until.is_set,
        .until_us = query->until.value,
        .has_order_above = query->order_above.is_set,
        .order_above = query->order_above.value,
        .is_descending = str_equal(query->sort_order, STR("TIMESTAMP_DESC")),
        .page_id = query->page_id,
        .limit = (size_t)query->limit.value,
    };
    if (str_is_set(query->kind))
        search.kind =
            str_equal(query->kind, STR("BashCommand")) ? LOG_SEARCH_COMMANDS : LOG_SEARCH_OUTPUTS;
    return search;
}

static void write_next_page(const struct log_index *index, const struct log_page *page,
                            struct buf *out)
{
    buf_append(out, STR("],\"next_page_id\":"));
    if (page->next == NULL) {
        buf_append(out, STR("null}"));
        return;
    }
    buf_append_byte(out, '"');
    log_page_id(index, page->next, out);
    buf_append(out, STR("\"}"));
}

static void get_search(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct command_log *log = commands_log(api->commands);
    struct search_query query = {.limit = {.value = LOG_SEARCH_MAX_ITEMS}};
    if (!route_decode(request, &query))
        return;
    const struct log_search search = search_of(&query);
    struct log_page page;
    log_search(command_log_index(log), &search, &page);
    struct bash_render render;
    bash_render_init(&render, log);
    buf_append(&render.prefix, STR("{\"items\":["));
    for (size_t i = 0; i < page.count; i++)
        bash_render_add(&render, page.items[i]->seq);
    write_next_page(command_log_index(log), &page, &render.suffix);
    bash_render_reply(request, &render);
}

/* Only the 32 digits that clients have seen name an event; 0 when none has them. */
static uint64_t find_seq(const struct command_log *log, struct str text)
{
    struct id id;
    if (!id_parse_hex(text, &id) || !str_equal(text, str_from(id_hex(id).text)))
        return 0;
    const struct log_event *event = log_index_find(command_log_index(log), id);
    return event == NULL ? 0 : event->seq;
}

static void get_event(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct command_log *log = commands_log(api->commands);
    const uint64_t seq = find_seq(log, request->params[0]);
    const struct log_index *index = command_log_index(log);
    scoped_buf struct buf bytes = {0};
    struct record record;
    if (seq == 0 ||
        !command_log_read(log, log_index_at(index, log_index_from_seq(index, seq))->place, &bytes,
                          &record)) {
        reply_not_found(request);
        return;
    }
    reply_event(request, log, seq, false);
}

static const struct schema_field batch_field = {
    .name = "event_ids", .kind = SCHEMA_STRINGS, .is_required = true};

static void get_batch(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct command_log *log = commands_log(api->commands);
    scoped_buf struct buf items = {0};
    struct issues issues;
    struct schema_strings ids = {0};
    issues_init(&issues, &items);
    schema_decode_root(&batch_field, request->json, &request->arena, &ids, &issues);
    if (issues.count > 0) {
        reply_issues(request, buf_str(&items));
        return;
    }
    struct bash_render render;
    bash_render_init(&render, log);
    render.writes_null = true;
    buf_append_byte(&render.prefix, '[');
    for (size_t i = 0; i < ids.count; i++)
        bash_render_add(&render, find_seq(log, ids.items[i]));
    buf_append_byte(&render.suffix, ']');
    bash_render_reply(request, &render);
}

static void delete_events(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_uint(&w, "cleared_count", commands_clear(api->commands));
    jsonw_end(&w);
    reply_json(request, 200, &body);
    buf_fini(&body);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/bash/start_bash_command",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &bash_request_schema,
     .handler = post_start,
     .tag = "Bash",
     .summary = "Start a command and return at once"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/bash/execute_bash_command",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &bash_request_schema,
     .handler = post_execute,
     .tag = "Bash",
     .summary = "Execute a command and return its output when it has ended"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/bash/bash_commands/{command_id}/stop",
     .auth = ROUTE_AUTH_SESSION,
     .handler = post_stop,
     .tag = "Bash",
     .summary = "End a command and everything in its process group"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/bash/bash_events/search",
     .auth = ROUTE_AUTH_SESSION,
     .query = &search_schema,
     .handler = get_search,
     .tag = "Bash",
     .summary = "Search commands and their outputs"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/bash/bash_events/stream",
     .auth = ROUTE_AUTH_STREAM,
     .query = &bash_stream_schema,
     .handler = bash_stream_get,
     .tag = "Bash",
     .summary = "Follow commands and their outputs as server-sent events"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/bash/bash_events/{event_id}",
     .auth = ROUTE_AUTH_SESSION,
     .handler = get_event,
     .tag = "Bash",
     .summary = "Get one event"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/bash/bash_events/",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .handler = get_batch,
     .tag = "Bash",
     .summary = "Get several events by a JSON array of ids in the body"},
    {.method = HTTP_METHOD_DELETE,
     .pattern = "/api/bash/bash_events",
     .auth = ROUTE_AUTH_SESSION,
     .handler = delete_events,
     .tag = "Bash",
     .summary = "Forget all events"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/sockets/bash-events",
     .auth = ROUTE_AUTH_SOCKET,
     .handler = bash_socket_get},
};

API_ROUTES(v1_bash_routes, routes);
