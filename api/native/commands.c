#include "actions/commands.h"
#include "actions/command_log.h"
#include "api/api.h"
#include "api/native/command_body.h"
#include "api/native/command_print.h"
#include "api/native/command_reader.h"
#include "api/native/signal_value.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/http/reply.h"
#include "server/loop/timer.h"

/*
 * One-shot commands by our own routes: started with an id of the client's choice, waited for with
 * one request, read by offset, written to, signalled, resized.
 */

#define MAX_WAIT_S         86400
#define DEFAULT_WAIT_S     60
#define DEFAULT_LIST_ITEMS 100
#define MAX_LIST_ITEMS     100

static void reply_description(struct http_request *request, const struct commands *commands,
                              struct id id, int status)
{
    scoped_buf struct buf text = {0};
    struct command_description description;
    if (!commands_describe(commands, id, &text, &description)) {
        reply_detail(request, 404, STR("Not Found"));
        return;
    }
    struct buf body = {0};
    command_print_body(&description, &body);
    reply_json(request, status, &body);
    buf_fini(&body);
}

static void post_command(struct http_request *request, void *context)
{
    struct api *api = context;
    struct command_request command;
    struct command_started started;
    struct error error;
    if (!command_body_decode(request, &command))
        return;
    api_touch(api);
    if (commands_start(api->commands, &command, &started, &error))
        reply_description(request, api->commands, started.id, started.is_new ? 201 : 200);
    else
        reply_error(request, &error);
}

static void get_command(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct id id;
    if (route_param_id(request, 0, "id", &id))
        reply_description(request, api->commands, id, 200);
}

struct list_query {
    struct schema_bool running;
    struct schema_int limit;
    struct schema_int before;
};

static const struct schema_field list_fields[] = {
    {.name = "running",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct list_query, running),
     .default_json = "false",
     .help = "Only commands that run or are still written to by what they left behind"},
    {.name = "limit",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct list_query, limit),
     .has_min = true,
     .min = 1,
     .has_max = true,
     .max = MAX_LIST_ITEMS,
     .default_json = "100",
     .help = "The most commands to return, of those that do not run"},
    {.name = "before",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct list_query, before),
     .is_nullable = true,
     .has_min = true,
     .min = 0,
     .help = "The next_before of the page before"},
};
static SCHEMA_DEFINE(list_schema, "CommandListQuery", list_fields, false);

static void print_one(const struct commands *commands, struct id id, struct jsonw *w)
{
    scoped_buf struct buf text = {0};
    struct command_description description;
    if (commands_describe(commands, id, &text, &description))
        command_print(&description, w);
}

static void print_live(struct commands *commands, struct jsonw *w)
{
    const struct list *live = commands_live(commands);
    for (const struct list *link = list_first(live); link != NULL; link = list_next(live, link))
        print_one(commands, command_id(command_from_link(link)), w);
}

/* Newest first. Returns the number before which the next page begins; 0 when there is none. */
static uint64_t print_stored(const struct commands *commands, const struct list_query *query,
                             struct jsonw *w)
{
    const struct log_index *index = command_log_index(commands_log(commands));
    size_t position = log_index_count(index);
    if (query->before.is_set)
        position = log_index_from_seq(index, (uint64_t)query->before.value);
    int64_t count = 0;
    while (position > 0) {
        const struct log_event *event = log_index_at(index, position - 1);
        if (event->order < 0 && count++ == query->limit.value)
            return event->seq + 1;
        if (event->order < 0)
            print_one(commands, event->id, w);
        position--;
    }
    return 0;
}

static void print_storage(const struct command_log *log, struct jsonw *w)
{
    const struct str trouble = command_log_trouble(log);
    jsonw_object_in(w, "storage");
    jsonw_bool(w, "is_durable", !str_is_set(trouble));
    jsonw_string_or_null(w, "reason", trouble);
    jsonw_end(w);
}

static void get_commands(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct list_query query = {.limit = {.value = DEFAULT_LIST_ITEMS}};
    if (!route_decode(request, &query))
        return;
    struct buf body = {0};
    struct jsonw w;
    uint64_t next = 0;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_array_in(&w, "items");
    if (query.running.value)
        print_live(api->commands, &w);
    else
        next = print_stored(api->commands, &query, &w);
    jsonw_end(&w);
    if (next == 0)
        jsonw_null(&w, "next_before");
    else
        jsonw_uint(&w, "next_before", next);
    print_storage(commands_log(api->commands), &w);
    jsonw_end(&w);
    reply_json(request, 200, &body);
    buf_fini(&body);
}

/* A request that waits for the end of a command; lives in the request's arena. */
struct waiting {
    struct command_waiter waiter;
    struct http_request *request;
    struct commands *commands;
    struct timer *limit;
    struct id id;
};

static void reply_waiting(void *owner)
{
    struct waiting *waiting = owner;
    http_request_on_gone(waiting->request, NULL, NULL);
    command_waiter_cancel(&waiting->waiter);
    timer_close(waiting->limit);
    reply_description(waiting->request, waiting->commands, waiting->id, 200);
}

static void on_finished(struct command_waiter *waiter, struct command *command)
{
    (void)command; /* described by its id */
    reply_waiting(container_of(waiter, struct waiting, waiter));
}

static void wait_for_end(struct http_request *request, const struct api *api,
                         struct command *command, double seconds)
{
    struct waiting *waiting = arena_zero(&request->arena, 1, sizeof(*waiting));
    waiting->waiter.on_finished = on_finished;
    waiting->request = request;
    waiting->commands = api->commands;
    waiting->id = command_id(command);
    waiting->limit = timer_open(api->loop, reply_waiting, waiting);
    timer_start(waiting->limit, (uint64_t)(seconds * 1000), 0);
    http_request_on_gone(request, reply_waiting, waiting);
    command_wait(command, &waiting->waiter);
}

struct wait_query {
    struct schema_float timeout;
};

static const struct schema_field wait_fields[] = {
    {.name = "timeout",
     .kind = SCHEMA_FLOAT,
     .offset = offsetof(struct wait_query, timeout),
     .has_min = true,
     .min = 0,
     .has_max = true,
     .max = MAX_WAIT_S,
     .default_json = "60",
     .help = "Seconds after which it is answered that the command still runs"},
};
static SCHEMA_DEFINE(wait_schema, "CommandWaitQuery", wait_fields, false);

static void get_wait(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct wait_query query = {.timeout = {.value = DEFAULT_WAIT_S}};
    struct id id;
    if (!route_param_id(request, 0, "id", &id) || !route_decode(request, &query))
        return;
    struct command *command = commands_find(api->commands, id);
    if (command == NULL || command_is_finished(command) || query.timeout.value == 0)
        reply_description(request, api->commands, id, 200);
    else
        wait_for_end(request, api, command, query.timeout.value);
}

static void delete_command(struct http_request *request, void *context)
{
    struct api *api = context;
    struct id id;
    if (!route_param_id(request, 0, "id", &id))
        return;
    struct command *command = commands_find(api->commands, id);
    api_touch(api);
    if (command == NULL || command_is_finished(command)) {
        reply_description(request, api->commands, id, 200);
        return;
    }
    wait_for_end(request, api, command, MAX_WAIT_S);
    command_stop(command);
}

/* The live command that the path names; else it has replied: 404, or 409 when it is over. */
static struct command *find_live(struct http_request *request, const struct api *api)
{
    struct id id;
    if (!route_param_id(request, 0, "id", &id))
        return NULL;
    struct command *command = commands_find(api->commands, id);
    if (command != NULL)
        return command;
    if (commands_knows(api->commands, id))
        reply_detail(request, 409, STR("the command has finished"));
    else
        reply_detail(request, 404, STR("Not Found"));
    return NULL;
}

struct input_query {
    struct schema_int from;
    struct schema_bool end;
};

static const struct schema_field input_fields[] = {
    {.name = "from",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct input_query, from),
     .is_nullable = true,
     .has_min = true,
     .min = 0,
     .help = "The offset of the body in all that is written; what is known already is skipped"},
    {.name = "end",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct input_query, end),
     .default_json = "false",
     .help = "Nothing follows: the command sees the end of its input"},
};
static SCHEMA_DEFINE(input_schema, "CommandInputQuery", input_fields, false);

static void post_input(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct input_query query = {0};
    struct error error;
    uint64_t total;
    struct command *command = find_live(request, api);
    if (command == NULL || !route_decode(request, &query))
        return;
    const uint64_t from = query.from.is_set ? (uint64_t)query.from.value : command_written(command);
    if (!command_write(command, from, request->body, query.end.value, &total, &error)) {
        reply_error(request, &error);
        return;
    }
    struct buf body = {0};
    buf_printf(&body, "{\"written\":%llu}", (unsigned long long)total);
    reply_json(request, 200, &body);
    buf_fini(&body);
}

struct signal_body {
    const struct doc_value *signal;
    struct str scope;
};

static const char *const scopes[] = {"group", "leader", NULL};

static const struct schema_field signal_fields[] = {
    {.name = "signal",
     .kind = SCHEMA_ANY,
     .offset = offsetof(struct signal_body, signal),
     .is_required = true,
     .help = "A name (TERM, SIGTERM) or a number"},
    {.name = "scope",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct signal_body, scope),
     .choices = scopes,
     .default_json = "\"group\"",
     .help = "The whole process group, or its leader alone"},
};
static SCHEMA_DEFINE(signal_schema, "SignalRequest", signal_fields, true);

static void post_signal(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct signal_body body = {0};
    struct error error;
    struct command *command = find_live(request, api);
    if (command == NULL || !route_decode(request, &body))
        return;
    const int signal = signal_value(body.signal);
    if (signal == 0)
        reply_detail(request, 422, STR("signal is neither the name nor the number of one"));
    else if (!command_signal(command, signal, !str_equal(body.scope, STR("leader")), &error))
        reply_error(request, &error);
    else
        reply_description(request, api->commands, command_id(command), 200);
}

static void post_resize(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct command_size size = {0};
    struct error error;
    struct command *command = find_live(request, api);
    if (command == NULL || !route_decode(request, &size))
        return;
    if (command_resize(command, (unsigned)size.cols.value, (unsigned)size.rows.value, &error))
        reply_description(request, api->commands, command_id(command), 200);
    else
        reply_error(request, &error);
}

#define TAG "Native: commands"

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/native/commands",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &command_body_schema,
     .handler = post_command,
     .tag = TAG,
     .summary = "Start a command; 201, or 200 when the same request was made before"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/native/commands",
     .auth = ROUTE_AUTH_SESSION,
     .query = &list_schema,
     .handler = get_commands,
     .tag = TAG,
     .summary = "List commands, newest first, or those that run"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/native/commands/{id}",
     .auth = ROUTE_AUTH_SESSION,
     .handler = get_command,
     .tag = TAG,
     .summary = "Describe a command"},
    {.method = HTTP_METHOD_DELETE,
     .pattern = "/api/native/commands/{id}",
     .auth = ROUTE_AUTH_SESSION,
     .handler = delete_command,
     .tag = TAG,
     .summary = "End a command and everything in its process group"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/native/commands/{id}/wait",
     .auth = ROUTE_AUTH_SESSION,
     .query = &wait_schema,
     .handler = get_wait,
     .tag = TAG,
     .summary = "Wait for the end of a command"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/native/commands/{id}/output",
     .auth = ROUTE_AUTH_SESSION,
     .query = &command_reader_schema,
     .handler = command_reader_get,
     .tag = TAG,
     .summary = "Read the output of a command from an offset on"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/native/commands/{id}/stdin",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_RAW,
     .query = &input_schema,
     .handler = post_input,
     .tag = TAG,
     .summary = "Write to the input of a command, or end it"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/native/commands/{id}/signal",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &signal_schema,
     .handler = post_signal,
     .tag = TAG,
     .summary = "Send a signal"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/native/commands/{id}/resize",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &command_size_schema,
     .handler = post_resize,
     .tag = TAG,
     .summary = "Set the size of a command's terminal"},
};
API_ROUTES(native_command_routes, routes);
