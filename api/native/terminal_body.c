#include "api/native/terminal_body.h"

#include "actions/terminal.h"
#include "actions/terminals.h"
#include "pty/byte_log.h"
#include "pty/screen.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/http/router.h"

#define DEFAULT_COLS       80
#define DEFAULT_ROWS       24
#define DEFAULT_SCROLLBACK 1000
#define FNV_BASIS          UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME          UINT64_C(0x100000001b3)

struct body {
    struct schema_id id;
    struct str name;
    struct str shell;
    struct schema_strings argv;
    struct str cwd;
    const struct doc_value *env;
    struct str user;
    struct str init;
    struct schema_int cols;
    struct schema_int rows;
    struct schema_int scrollback;
    struct schema_int log_bytes;
    struct schema_bool spill;
    struct schema_bool restart;
};

static const char *const shells[] = {"bash", "zsh", "posix", NULL};

#define COUNT_FIELD(member, least, most, standard, text)                                           \
    {                                                                                              \
        .name = #member, .kind = SCHEMA_INT, .offset = offsetof(struct body, member),              \
        .has_min = true, .min = (least), .has_max = true, .max = (most),                           \
        .default_json = (standard), .help = (text)                                                 \
    }

static const struct schema_field fields[] = {
    {.name = "id",
     .kind = SCHEMA_UUID,
     .offset = offsetof(struct body, id),
     .is_nullable = true,
     .help = "Chosen by the client; the same request again is harmless then"},
    {.name = "name",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct body, name),
     .is_nullable = true,
     .max_bytes = TERMINAL_NAME_BYTES - 1,
     .help = "For people"},
    {.name = "shell",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct body, shell),
     .choices = shells,
     .default_json = "\"bash\"",
     .help = "posix: /bin/sh, which may be dash, busybox or mksh"},
    {.name = "argv",
     .kind = SCHEMA_STRINGS,
     .offset = offsetof(struct body, argv),
     .is_nullable = true,
     .help = "A program and its arguments instead of a shell"},
    {.name = "cwd",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct body, cwd),
     .is_nullable = true,
     .help = "The working directory; null: the server's"},
    {.name = "env",
     .kind = SCHEMA_STRING_MAP,
     .offset = offsetof(struct body, env),
     .is_nullable = true,
     .help = "Variables added to its environment"},
    {.name = "user",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct body, user),
     .is_nullable = true,
     .help = "The user it runs as; null: the server's"},
    {.name = "init",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct body, init),
     .is_nullable = true,
     .help = "Shell text that is run before the first prompt"},
    COUNT_FIELD(cols, SCREEN_MIN_SIZE, SCREEN_MAX_SIZE, "80", NULL),
    COUNT_FIELD(rows, SCREEN_MIN_SIZE, SCREEN_MAX_SIZE, "24", NULL),
    COUNT_FIELD(scrollback, 0, TERMINAL_MAX_SCROLLBACK_ROWS, "1000", "Rows kept above the screen"),
    COUNT_FIELD(log_bytes, BYTE_LOG_MIN_BYTES, TERMINAL_MAX_LOG_BYTES, "1048576",
                "The newest bytes of output that are kept in memory"),
    {.name = "spill",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct body, spill),
     .default_json = "false",
     .help = "Keep 64 MiB of older output on disk"},
    {.name = "restart",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct body, restart),
     .default_json = "true",
     .help = "A shell that ends is replaced by a new one in the last directory"},
};
SCHEMA_DEFINE(terminal_body_schema, "CreateTerminalRequest", fields, true);

static enum session_shell shell_of(const struct body *body)
{
    if (body->argv.items != NULL)
        return SESSION_PROGRAM;
    if (str_equal(body->shell, STR("zsh")))
        return SESSION_ZSH;
    return str_equal(body->shell, STR("posix")) ? SESSION_POSIX : SESSION_BASH;
}

/* What the system sees ends at a NUL byte. */
static bool refuse_nul(struct http_request *request, struct str text, const char *name)
{
    if (!str_has_byte(text, '\0'))
        return false;
    reply_detail(request, 422,
                 arena_printf(&request->arena, "%s must not contain a NUL byte", name));
    return true;
}

/* False: it has replied. NULL when it is not given. */
static bool decode_text(struct http_request *request, struct str text, const char *name,
                        const char **ret_text)
{
    if (refuse_nul(request, text, name))
        return false;
    *ret_text = str_is_empty(text) ? NULL : arena_cstr(&request->arena, text);
    return true;
}

static bool decode_argv(struct http_request *request, const struct body *body,
                        struct session_options *session)
{
    const size_t count = body->argv.count;
    if (body->argv.items == NULL)
        return true;
    if (count == 0 || str_is_empty(body->argv.items[0])) {
        reply_detail(request, 422, STR("argv names no program"));
        return false;
    }
    const char **argv = arena_zero(&request->arena, count + 1, sizeof(*argv));
    for (size_t i = 0; i < count; i++) {
        if (refuse_nul(request, body->argv.items[i], "argv"))
            return false;
        argv[i] = arena_cstr(&request->arena, body->argv.items[i]);
    }
    session->argv = argv;
    return true;
}

static bool decode_env(struct http_request *request, const struct doc_value *env,
                       struct terminal_request *terminal)
{
    if (env == NULL || doc_kind(env) == DOC_NULL)
        return true;
    const char **pairs = arena_zero(&request->arena, doc_count(env) + 1, sizeof(*pairs));
    size_t count = 0;
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    while (doc_next(env, &iterator, &name, &value)) {
        const struct str text = doc_string(value);
        if (refuse_nul(request, name, "env") || refuse_nul(request, text, "env"))
            return false;
        if (str_is_empty(name) || str_has_byte(name, '=')) {
            reply_detail(request, 422, STR("a variable in env has no valid name"));
            return false;
        }
        pairs[count++] =
            arena_printf(&request->arena, "%.*s=%.*s", STR_ARG(name), STR_ARG(text)).data;
    }
    terminal->env = pairs;
    return true;
}

/* Of the body as it was sent: equal requests are equal texts. */
static uint64_t sum_of(const struct http_request *request)
{
    scoped_buf struct buf text = {0};
    uint64_t sum = FNV_BASIS;
    doc_print(request->json, &text);
    for (size_t i = 0; i < text.len; i++)
        sum = (sum ^ (unsigned char)text.data[i]) * FNV_PRIME;
    return sum;
}

bool terminal_body_decode(struct http_request *request, struct session_options *ret_session,
                          struct terminal_request *ret_request)
{
    struct body body = {.cols.value = DEFAULT_COLS,
                        .rows.value = DEFAULT_ROWS,
                        .scrollback.value = DEFAULT_SCROLLBACK,
                        .log_bytes.value = BYTE_LOG_MAX_BYTES,
                        .restart.value = true};
    if (!route_decode(request, &body))
        return false;
    struct session_options session = {
        .shell = shell_of(&body),
        .cols = (int)body.cols.value,
        .rows = (int)body.rows.value,
        .max_scrollback_rows = (size_t)body.scrollback.value,
        .max_log_bytes = (size_t)body.log_bytes.value,
        .restarts = body.restart.value && body.argv.items == NULL,
    };
    struct terminal_request terminal = {.name = body.name,
                                        .sum = sum_of(request),
                                        .spills = body.spill.value,
                                        .session = ret_session};
    if (body.id.is_set)
        terminal.id = body.id.value;
    if (!decode_text(request, body.cwd, "cwd", &session.cwd) ||
        !decode_text(request, body.user, "user", &session.user) ||
        !decode_text(request, body.init, "init", &session.rc_lines) ||
        !decode_argv(request, &body, &session) || !decode_env(request, body.env, &terminal))
        return false;
    *ret_session = session;
    *ret_request = terminal;
    return true;
}
