#include "api/native/terminal_run.h"

#include "actions/terminal.h"
#include "actions/terminal_command.h"
#include "api/api.h"
#include "api/native/output_piece.h"
#include "api/native/terminal_find.h"
#include "api/native/terminal_print.h"
#include "pty/byte_log.h"
#include "pty/screen.h"
#include "pty/session.h"
#include "pty/transcript.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/loop/timer.h"

#define DEFAULT_WAIT_S      60
#define MAX_WAIT_S          86400
#define DEFAULT_LIMIT_BYTES (256 << 10)
#define MAX_LIMIT_BYTES     (1 << 20) /* rendering takes the loop's time: 10 ms for each MiB */
#define MAX_LINES           20000

/* What both routes let the client say about the answer. */
struct answer {
    struct schema_float timeout;
    struct schema_int limit;
    struct schema_bool raw;
};

#define ANSWER_FIELDS(type, standard_timeout)                                                      \
    {.name = "timeout",                                                                            \
     .kind = SCHEMA_FLOAT,                                                                         \
     .offset = offsetof(type, answer.timeout),                                                     \
     .has_min = true,                                                                              \
     .min = 0,                                                                                     \
     .has_max = true,                                                                              \
     .max = MAX_WAIT_S,                                                                            \
     .default_json = (standard_timeout),                                                           \
     .help = "Seconds to wait for the end; the command runs on afterwards"},                       \
        {.name = "limit",                                                                          \
         .kind = SCHEMA_INT,                                                                       \
         .offset = offsetof(type, answer.limit),                                                   \
         .has_min = true,                                                                          \
         .min = 0,                                                                                 \
         .has_max = true,                                                                          \
         .max = MAX_LIMIT_BYTES,                                                                   \
         .default_json = "262144",                                                                 \
         .help = "The most bytes of output to render; the newest ones"},                           \
    {                                                                                              \
        .name = "raw", .kind = SCHEMA_BOOL, .offset = offsetof(type, answer.raw),                  \
        .default_json = "false", .help = "Answer the bytes of the output as well"                  \
    }

struct run_body {
    struct str text;
    struct str who;
    struct answer answer;
};

static const struct schema_field run_fields[] = {
    {.name = "text",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct run_body, text),
     .is_required = true,
     .help = "Handed to the shell byte for byte, of any number of lines"},
    TERMINAL_WHO_FIELD(struct run_body),
    ANSWER_FIELDS(struct run_body, "60"),
};
SCHEMA_DEFINE(terminal_run_schema, "TerminalRunRequest", run_fields, true);

struct command_query {
    struct answer answer;
};

static const struct schema_field command_fields[] = {
    ANSWER_FIELDS(struct command_query, "0"),
};
SCHEMA_DEFINE(terminal_command_schema, "TerminalCommandQuery", command_fields, false);

/* A request that answers with a command; lives in the request's arena. */
struct running {
    struct terminal_listener listener;
    struct http_request *request;
    struct terminal *terminal;
    struct timer *limit;
    uint64_t number;
    size_t limit_bytes;
    bool wants_raw;
};

/* The bytes of the output that are answered, and where they begin. */
static uint64_t read_output(const struct running *running, const struct terminal_command *command,
                            uint64_t to, struct buf *out)
{
    const struct byte_log *log = session_log(terminal_session(running->terminal));
    uint64_t from = command->from;
    if (to - from > running->limit_bytes)
        from = to - running->limit_bytes;
    if (from < byte_log_first(log))
        from = byte_log_first(log) < to ? byte_log_first(log) : to;
    return byte_log_read(log, from, (size_t)(to - from), out);
}

static void print_rendered(const struct running *running, struct str bytes, struct jsonw *w)
{
    const struct screen *screen = session_screen(terminal_session(running->terminal));
    struct transcript *transcript = transcript_new(screen_cols(screen), MAX_LINES);
    scoped_buf struct buf text = {0};
    uint64_t cut_lines;
    transcript_feed(transcript, bytes);
    transcript_text(transcript, &text, &cut_lines);
    transcript_free(transcript);
    jsonw_string(w, "output", buf_str(&text));
    jsonw_uint(w, "output_cut_lines", cut_lines);
}

static void print_raw(const struct running *running, struct str bytes, struct jsonw *w)
{
    if (!running->wants_raw) {
        jsonw_null(w, "raw");
        return;
    }
    jsonw_object_in(w, "raw");
    output_piece_print_bytes(w, bytes);
    jsonw_end(w);
}

static void print_output(const struct running *running, const struct terminal_command *command,
                         struct jsonw *w)
{
    const struct byte_log *log = session_log(terminal_session(running->terminal));
    const bool is_waiting = command->state == TERMINAL_COMMAND_WAITING;
    const uint64_t begin = is_waiting ? byte_log_next(log) : command->from;
    const uint64_t to =
        command->state == TERMINAL_COMMAND_FINISHED ? command->to : byte_log_next(log);
    scoped_buf struct buf bytes = {0};
    const uint64_t from = is_waiting ? begin : read_output(running, command, to, &bytes);
    jsonw_uint(w, "output_from", from);
    jsonw_uint(w, "output_to", to);
    jsonw_uint(w, "output_cut_bytes", from - begin);
    print_rendered(running, buf_str(&bytes), w);
    print_raw(running, buf_str(&bytes), w);
}

static void reply_command(const struct running *running, const struct terminal_command *command)
{
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    terminal_print_command(command, &w);
    print_output(running, command, &w);
    jsonw_end(&w);
    reply_json(running->request, 200, &body);
    buf_fini(&body);
}

static void reply_now(void *owner)
{
    struct running *running = owner;
    http_request_on_gone(running->request, NULL, NULL);
    terminal_listener_cancel(&running->listener);
    timer_close(running->limit);
    const struct terminal_command *command =
        terminal_find_command(running->terminal, running->number);
    if (command == NULL)
        reply_detail(running->request, 404, STR("the command is not kept any more"));
    else
        reply_command(running, command);
}

static void on_command(struct terminal_listener *listener, const struct terminal_command *command)
{
    struct running *running = container_of(listener, struct running, listener);
    if (command->number == running->number && command->state == TERMINAL_COMMAND_FINISHED)
        reply_now(running);
}

static void on_closed(struct terminal_listener *listener)
{
    reply_now(container_of(listener, struct running, listener));
}

static struct running *new_running(struct http_request *request, struct terminal *terminal,
                                   const struct answer *answer, uint64_t number)
{
    struct running *running = arena_zero(&request->arena, 1, sizeof(*running));
    running->request = request;
    running->terminal = terminal;
    running->number = number;
    running->limit_bytes = (size_t)answer->limit.value;
    running->wants_raw = answer->raw.value;
    return running;
}

static void wait_for_end(struct running *running, double seconds)
{
    running->listener.on_command = on_command;
    running->listener.on_closed = on_closed;
    running->limit = timer_open(terminal_loop(running->terminal), reply_now, running);
    timer_start(running->limit, (uint64_t)(seconds * 1000), 0);
    http_request_on_gone(running->request, reply_now, running);
    terminal_listen(running->terminal, &running->listener);
}

void terminal_run_post(struct http_request *request, void *context)
{
    struct api *api = context;
    struct run_body body = {
        .answer = {.timeout.value = DEFAULT_WAIT_S, .limit.value = DEFAULT_LIMIT_BYTES}};
    struct error error;
    uint64_t number;
    struct terminal *terminal = terminal_find(request, api);
    if (terminal == NULL || !route_decode(request, &body))
        return;
    api_touch(api);
    if (!terminal_run(terminal, terminal_who(body.who), body.text, &number, &error)) {
        reply_error(request, &error);
        return;
    }
    struct running *running = new_running(request, terminal, &body.answer, number);
    wait_for_end(running, body.answer.timeout.value);
}

void terminal_commands_get(struct http_request *request, void *context)
{
    const struct terminal *terminal = terminal_find(request, context);
    if (terminal == NULL)
        return;
    const struct list *commands = terminal_commands(terminal);
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_array_in(&w, "items");
    for (struct list *link = list_first(commands); link != NULL; link = list_next(commands, link)) {
        jsonw_object(&w);
        terminal_print_command(container_of(link, struct terminal_command, link), &w);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    jsonw_end(&w);
    reply_json(request, 200, &body);
    buf_fini(&body);
}

void terminal_command_get(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct command_query query = {.answer = {.limit.value = DEFAULT_LIMIT_BYTES}};
    uint64_t number;
    struct terminal *terminal = terminal_find(request, api);
    if (terminal == NULL || !route_decode(request, &query))
        return;
    const struct terminal_command *command = NULL;
    if (str_to_u64(request->params[1], 1, UINT64_MAX, &number))
        command = terminal_find_command(terminal, number);
    if (command == NULL) {
        reply_detail(request, 404, STR("no such command, or it is not kept any more"));
        return;
    }
    struct running *running = new_running(request, terminal, &query.answer, number);
    if (command->state == TERMINAL_COMMAND_FINISHED || query.answer.timeout.value == 0)
        reply_now(running);
    else
        wait_for_end(running, query.answer.timeout.value);
}
