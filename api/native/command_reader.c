#include "api/native/command_reader.h"

#include "actions/command_log.h"
#include "actions/commands.h"
#include "api/api.h"
#include "api/native/output_piece.h"
#include "api/native/output_query.h"
#include "server/base/buf.h"
#include "server/http/reply.h"
#include "server/loop/timer.h"

struct reader_query {
    struct str stream;
    struct output_query output;
};

static const char *const streams[] = {"stdout", "stderr", "all", NULL};

static const struct schema_field fields[] = {
    {.name = "stream",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct reader_query, stream),
     .choices = streams,
     .default_json = "\"all\"",
     .help = "all: both in the order of arrival; each stream has offsets of its own"},
    OUTPUT_QUERY_FIELDS(struct reader_query),
};
SCHEMA_DEFINE(command_reader_schema, "CommandOutputQuery", fields, false);

/* A request for output; lives in the request's arena. */
struct reading {
    struct command_reader reader;
    struct http_request *request;
    struct commands *commands;
    struct timer *limit; /* NULL: does not wait */
    struct id id;
    enum command_stream stream;
    uint64_t from;
    size_t limit_bytes;
    bool wants_json;
};

static bool read_some(const struct reading *reading, const struct command *command, uint64_t from,
                      size_t limit, struct output_piece *piece, uint64_t *ret_from)
{
    const struct command_log_range range = {
        .command_id = reading->id, .stream = reading->stream, .from = from, .limit = limit};
    if (command != NULL)
        return command_read(command, reading->stream, from, limit, &piece->bytes, ret_from);
    return command_log_output(commands_log(reading->commands), &range, &piece->bytes, ret_from);
}

static uint64_t total_bytes(const struct reading *reading, const struct command *command)
{
    uint64_t out;
    uint64_t err;
    if (command != NULL)
        return command_bytes(command, reading->stream);
    command_log_totals(commands_log(reading->commands), reading->id, &out, &err);
    if (reading->stream == COMMAND_ALL)
        return out + err;
    return reading->stream == COMMAND_STDOUT ? out : err;
}

/* Gathers what lies in one row, up to the limit; a gap ends it. */
static void read_piece(const struct reading *reading, struct output_piece *piece)
{
    const struct command *command = commands_find(reading->commands, reading->id);
    const uint64_t total = total_bytes(reading, command);
    piece->offset = reading->from;
    piece->next = reading->from;
    while (piece->bytes.len < reading->limit_bytes && piece->next < total) {
        const size_t before = piece->bytes.len;
        uint64_t from;
        if (!read_some(reading, command, piece->next, reading->limit_bytes - before, piece, &from))
            break;
        if (before > 0 && from != piece->next) {
            buf_truncate(&piece->bytes, before);
            break;
        }
        if (before == 0)
            piece->offset = from;
        piece->next = from + (piece->bytes.len - before);
    }
    const bool is_live =
        command != NULL && !(command_is_finished(command) && command_is_silent(command));
    piece->is_end = !is_live && piece->next >= total;
}

static void reply_piece(struct reading *reading)
{
    struct output_piece piece = {0};
    http_request_on_gone(reading->request, NULL, NULL);
    command_reader_cancel(&reading->reader);
    timer_close(reading->limit);
    read_piece(reading, &piece);
    output_piece_reply(reading->request, &piece, reading->wants_json);
    buf_fini(&piece.bytes);
}

static bool has_news(const struct reading *reading, const struct command *command)
{
    return total_bytes(reading, command) > reading->from;
}

/* The other stream may have been the one that grew. */
static void on_output(struct command_reader *reader, bool is_end)
{
    struct reading *reading = container_of(reader, struct reading, reader);
    struct command *command = commands_find(reading->commands, reading->id);
    if (is_end || command == NULL || has_news(reading, command))
        reply_piece(reading);
    else
        command_follow(command, &reading->reader);
}

static void on_limit(void *owner)
{
    reply_piece(owner);
}

static void wait_for_news(struct reading *reading, struct command *command, double seconds)
{
    reading->reader.on_output = on_output;
    reading->limit = timer_open(commands_loop(reading->commands), on_limit, reading);
    timer_start(reading->limit, (uint64_t)(seconds * 1000), 0);
    http_request_on_gone(reading->request, on_limit, reading);
    command_follow(command, &reading->reader);
}

static enum command_stream stream_of(struct str name)
{
    if (str_equal(name, STR("stdout")))
        return COMMAND_STDOUT;
    return str_equal(name, STR("stderr")) ? COMMAND_STDERR : COMMAND_ALL;
}

void command_reader_get(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct reader_query query = {.output = OUTPUT_QUERY_DEFAULT};
    const struct output_query *asked = &query.output;
    struct id id;
    if (!route_param_id(request, 0, "id", &id) || !route_decode(request, &query))
        return;
    struct command *command = commands_find(api->commands, id);
    if (command == NULL &&
        log_index_command(command_log_index(commands_log(api->commands)), id) == NULL) {
        reply_detail(request, 404, STR("Not Found"));
        return;
    }
    struct reading *reading = arena_zero(&request->arena, 1, sizeof(*reading));
    *reading = (struct reading){.request = request,
                                .commands = api->commands,
                                .id = id,
                                .stream = stream_of(query.stream),
                                .from = (uint64_t)asked->from.value,
                                .limit_bytes = (size_t)asked->limit.value,
                                .wants_json = output_query_wants_json(asked)};
    if (reading->from > total_bytes(reading, command))
        reply_detail(request, 416, STR("from is beyond the end of the output"));
    else if (asked->wait.value > 0 && command != NULL && !has_news(reading, command))
        wait_for_news(reading, command, asked->wait.value);
    else
        reply_piece(reading);
}
