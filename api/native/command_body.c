#include "api/native/command_body.h"

#include "actions/command.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/http/router.h"

#define MAX_SIZE 9999

struct body {
    struct schema_id id;
    struct str command;
    struct schema_strings argv;
    struct str cwd;
    struct schema_int timeout;
    struct str standard_input;
    const struct doc_value *env;
    const struct doc_value *terminal;
};

static const char *const input_modes[] = {"closed", "open", NULL};

static const struct schema_field fields[] = {
    {.name = "command",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct body, command),
     .is_nullable = true,
     .help = "A command line for /bin/sh"},
    {.name = "argv",
     .kind = SCHEMA_STRINGS,
     .offset = offsetof(struct body, argv),
     .is_nullable = true,
     .help = "A program and its arguments, without a shell"},
    {.name = "id",
     .kind = SCHEMA_UUID,
     .offset = offsetof(struct body, id),
     .is_nullable = true,
     .help = "Chosen by the client; the same request again is harmless then"},
    {.name = "cwd",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct body, cwd),
     .is_nullable = true,
     .help = "The working directory; null: the server's"},
    {.name = "timeout",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct body, timeout),
     .is_nullable = true,
     .default_json = "300",
     .help = "Seconds until its process group is ended; null: never"},
    {.name = "stdin",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct body, standard_input),
     .choices = input_modes,
     .default_json = "\"closed\"",
     .help = "closed: /dev/null; open: what is posted to …/stdin"},
    {.name = "env",
     .kind = SCHEMA_STRING_MAP,
     .offset = offsetof(struct body, env),
     .is_nullable = true,
     .help = "Variables added to its environment"},
    {.name = "terminal",
     .kind = SCHEMA_ANY,
     .offset = offsetof(struct body, terminal),
     .is_nullable = true,
     .help = "{cols, rows}: run it on a terminal of that size"},
};
SCHEMA_DEFINE(command_body_schema, "StartCommandRequest", fields, true);

static const struct schema_field size_fields[] = {
    {.name = "cols",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct command_size, cols),
     .is_required = true,
     .has_min = true,
     .min = 1,
     .has_max = true,
     .max = MAX_SIZE},
    {.name = "rows",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct command_size, rows),
     .is_required = true,
     .has_min = true,
     .min = 1,
     .has_max = true,
     .max = MAX_SIZE},
};
SCHEMA_DEFINE(command_size_schema, "TerminalSize", size_fields, true);

static bool decode_terminal(struct http_request *request, const struct doc_value *terminal,
                            struct command_request *command)
{
    if (terminal == NULL || doc_kind(terminal) == DOC_NULL)
        return true;
    scoped_buf struct buf items = {0};
    struct issues issues;
    struct command_size size = {0};
    issues_init(&issues, &items);
    schema_decode_json(&command_size_schema, terminal, &request->arena, &size, &issues);
    if (issues.count > 0) {
        reply_issues(request, buf_str(&items));
        return false;
    }
    command->has_terminal = true;
    command->cols = (unsigned)size.cols.value;
    command->rows = (unsigned)size.rows.value;
    return true;
}

/* "NAME=value"; a NUL inside stays, for the start to refuse. */
static struct str join(struct arena *arena, struct str name, struct str value)
{
    char *pair = arena_alloc(arena, name.len + 1 + value.len);
    memcpy(pair, name.data, name.len);
    pair[name.len] = '=';
    memcpy(pair + name.len + 1, value.data, value.len);
    return str_span(pair, name.len + 1 + value.len);
}

static bool decode_env(struct http_request *request, const struct doc_value *env,
                       struct command_request *command)
{
    if (env == NULL || doc_kind(env) == DOC_NULL)
        return true;
    struct str *pairs = arena_zero(&request->arena, doc_count(env) + 1, sizeof(*pairs));
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    while (doc_next(env, &iterator, &name, &value)) {
        if (str_is_empty(name) || str_has_byte(name, '=')) {
            reply_detail(request, 422, STR("a variable in env has no valid name"));
            return false;
        }
        pairs[command->env_count++] = join(&request->arena, name, doc_string(value));
    }
    command->env = pairs;
    return true;
}

static bool decode_program(struct http_request *request, const struct body *body,
                           struct command_request *command)
{
    const bool has_argv = body->argv.items != NULL;
    if (has_argv == str_is_set(body->command)) {
        reply_detail(request, 422, STR("exactly one of command and argv is required"));
        return false;
    }
    if (has_argv && (body->argv.count == 0 || str_is_empty(body->argv.items[0]))) {
        reply_detail(request, 422, STR("argv names no program"));
        return false;
    }
    command->command = body->command;
    command->argv = body->argv.items;
    command->argc = body->argv.count;
    return true;
}

static bool is_null(const struct http_request *request, struct str name)
{
    const struct doc_value *value = doc_find(request->json, name);
    return value != NULL && doc_kind(value) == DOC_NULL;
}

bool command_body_decode(struct http_request *request, struct command_request *ret_command)
{
    struct body body = {.timeout = {.value = COMMAND_DEFAULT_TIMEOUT_S, .is_set = true}};
    if (!route_decode(request, &body))
        return false;
    struct command_request command = {
        .id = body.id.is_set ? body.id.value : (struct id){0},
        .cwd = body.cwd,
        .has_timeout = !is_null(request, STR("timeout")),
        .timeout_s = body.timeout.value,
        .has_open_stdin = str_equal(body.standard_input, STR("open")),
    };
    if (!decode_program(request, &body, &command) ||
        !decode_terminal(request, body.terminal, &command) ||
        !decode_env(request, body.env, &command))
        return false;
    *ret_command = command;
    return true;
}
