#include "actions/terminals.h"

#include "actions/terminal.h"
#include "api/api.h"
#include "api/native/terminal_body.h"
#include "api/native/terminal_find.h"
#include "api/native/terminal_input.h"
#include "api/native/terminal_output.h"
#include "api/native/terminal_print.h"
#include "api/native/terminal_run.h"
#include "api/native/terminal_screen.h"
#include "api/native/terminal_socket.h"
#include "api/native/terminal_stream.h"
#include "api/native/terminal_wait.h"
#include "pty/screen.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/http/reply.h"

/*
 * Terminals by our own routes: made, found, shared between those who watch and the one who types,
 * closed. What happens inside of one is in the files named terminal_….c.
 */

static void post_terminal(struct http_request *request, void *context)
{
    struct api *api = context;
    struct session_options session;
    struct terminal_request wanted;
    struct terminal *terminal;
    struct error error;
    bool is_new;
    if (!terminal_body_decode(request, &session, &wanted))
        return;
    api_touch(api);
    if (terminals_create(api->terminals, &wanted, &terminal, &is_new, &error))
        terminal_reply(request, terminal, is_new ? 201 : 200);
    else
        reply_error(request, &error);
}

static void get_terminals(struct http_request *request, void *context)
{
    const struct api *api = context;
    const struct list *all = terminals_all(api->terminals);
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_array_in(&w, "items");
    for (struct list *link = list_first(all); link != NULL; link = list_next(all, link))
        terminal_print(terminal_from_link(link), &w);
    jsonw_end(&w);
    jsonw_end(&w);
    reply_json(request, 200, &body);
    buf_fini(&body);
}

static void get_terminal(struct http_request *request, void *context)
{
    const struct terminal *terminal = terminal_find(request, context);
    if (terminal != NULL)
        terminal_reply(request, terminal, 200);
}

/* A request that waits until a terminal is gone; lives in the request's arena. */
struct closing {
    struct terminal_listener listener;
    struct http_request *request;
    struct terminal *terminal;
};

static void on_closed(struct terminal_listener *listener)
{
    struct closing *closing = container_of(listener, struct closing, listener);
    terminal_listener_cancel(listener);
    terminal_reply(closing->request, closing->terminal, 200);
}

static void delete_terminal(struct http_request *request, void *context)
{
    struct api *api = context;
    struct id id;
    if (!route_param_id(request, 0, "id", &id))
        return;
    struct terminal *terminal = terminals_find(api->terminals, id);
    if (terminal == NULL) {
        reply_detail(request, 404, STR("no terminal has this id"));
        return;
    }
    if (terminal_is_adopted(terminal)) {
        reply_detail(request, 409, STR("the terminal goes with what has opened it"));
        return;
    }
    api_touch(api);
    struct closing *closing = arena_zero(&request->arena, 1, sizeof(*closing));
    *closing =
        (struct closing){.listener.on_closed = on_closed, .request = request, .terminal = terminal};
    terminal_listen(terminal, &closing->listener);
    terminal_close(terminal);
}

struct size_body {
    struct schema_int cols;
    struct schema_int rows;
    struct str who;
};

static const struct schema_field size_fields[] = {
    {.name = "cols",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct size_body, cols),
     .is_required = true,
     .has_min = true,
     .min = SCREEN_MIN_SIZE,
     .has_max = true,
     .max = SCREEN_MAX_SIZE},
    {.name = "rows",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct size_body, rows),
     .is_required = true,
     .has_min = true,
     .min = SCREEN_MIN_SIZE,
     .has_max = true,
     .max = SCREEN_MAX_SIZE},
    TERMINAL_WHO_FIELD(struct size_body),
};
static SCHEMA_DEFINE(size_schema, "TerminalResizeRequest", size_fields, true);

static void post_resize(struct http_request *request, void *context)
{
    struct size_body body = {0};
    struct error error;
    struct terminal *terminal = terminal_find(request, context);
    if (terminal == NULL || !route_decode(request, &body))
        return;
    if (terminal_resize(terminal, terminal_who(body.who), (int)body.cols.value,
                        (int)body.rows.value, &error))
        terminal_reply(request, terminal, 200);
    else
        reply_error(request, &error);
}

struct who_body {
    struct str who;
};

static const struct schema_field who_fields[] = {TERMINAL_WHO_FIELD(struct who_body)};
static SCHEMA_DEFINE(who_schema, "TerminalDriverRequest", who_fields, true);

static void post_take_over(struct http_request *request, void *context)
{
    struct who_body body = {0};
    struct terminal *terminal = terminal_find(request, context);
    if (terminal == NULL || !route_decode(request, &body))
        return;
    terminal_take_over(terminal, terminal_who(body.who));
    terminal_reply(request, terminal, 200);
}

static void post_give_back(struct http_request *request, void *context)
{
    struct who_body body = {0};
    struct error error;
    struct terminal *terminal = terminal_find(request, context);
    if (terminal == NULL || !route_decode(request, &body))
        return;
    if (terminal_give_back(terminal, terminal_who(body.who), &error))
        terminal_reply(request, terminal, 200);
    else
        reply_error(request, &error);
}

#define TAG "Native: terminals"
#define ALL "/api/native/terminals"
#define ONE ALL "/{id}"

#define READ(path, query_schema, function, text)                                                   \
    {                                                                                              \
        .method = HTTP_METHOD_GET, .pattern = (path), .auth = ROUTE_AUTH_SESSION,                  \
        .query = (query_schema), .handler = (function), .tag = TAG, .summary = (text)              \
    }
#define WRITE(path, schema, function, text)                                                        \
    {                                                                                              \
        .method = HTTP_METHOD_POST, .pattern = (path), .auth = ROUTE_AUTH_SESSION,                 \
        .body = ROUTE_BODY_JSON, .body_schema = (schema), .handler = (function), .tag = TAG,       \
        .summary = (text)                                                                          \
    }

static const struct route routes[] = {
    WRITE(ALL, &terminal_body_schema, post_terminal,
          "Open a terminal; 201, or 200 when the same request was made before"),
    READ(ALL, NULL, get_terminals, "List terminals, oldest first"),
    READ(ONE, NULL, get_terminal, "Describe a terminal"),
    {.method = HTTP_METHOD_DELETE,
     .pattern = ONE,
     .auth = ROUTE_AUTH_SESSION,
     .handler = delete_terminal,
     .tag = TAG,
     .summary = "Close a terminal and end everything that runs in it"},
    WRITE(ONE "/run", &terminal_run_schema, terminal_run_post,
          "Run a text in the terminal's shell and wait for its end"),
    READ(ONE "/commands", NULL, terminal_commands_get, "List the last commands, oldest first"),
    READ(ONE "/commands/{number}", &terminal_command_schema, terminal_command_get,
         "One of the last commands and its output; may wait for its end"),
    WRITE(ONE "/input", &terminal_input_schema, terminal_input_post, "Type text or keys"),
    WRITE(ONE "/signal", &terminal_signal_schema, terminal_signal_post,
          "Send a signal to the program in the foreground"),
    WRITE(ONE "/resize", &size_schema, post_resize, "Set the size"),
    WRITE(ONE "/take_over", &who_schema, post_take_over, "Drive the terminal"),
    WRITE(ONE "/give_back", &who_schema, post_give_back,
          "Let the one drive from whom it was taken over"),
    WRITE(ONE "/wait", &terminal_wait_schema, terminal_wait_post,
          "Wait until something is printed or shown, or until nothing is printed"),
    READ(ONE "/output", &terminal_output_schema, terminal_output_get,
         "Read what was printed, from an offset on"),
    READ(ONE "/screen", &terminal_screen_schema, terminal_screen_get,
         "The screen as text, as styled cells or as a picture"),
    READ(ONE "/recording", NULL, terminal_recording_get, "An asciicast of what was printed"),
    {.method = HTTP_METHOD_GET,
     .pattern = ONE "/stream",
     .auth = ROUTE_AUTH_STREAM,
     .query = &terminal_stream_schema,
     .handler = terminal_stream_get,
     .tag = TAG,
     .summary = "Watch a terminal as server-sent events"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/sockets/native/terminals/{id}",
     .auth = ROUTE_AUTH_SOCKET,
     .handler = terminal_socket_get},
};
API_ROUTES(native_terminal_routes, routes);
