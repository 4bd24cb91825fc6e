#include "api/native/terminal_input.h"

#include "actions/terminal.h"
#include "api/api.h"
#include "api/native/signal_value.h"
#include "api/native/terminal_find.h"
#include "pty/byte_log.h"
#include "pty/keys.h"
#include "pty/screen.h"
#include "pty/session.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/http/reply.h"
#include "server/http/request.h"

static bool encode(const struct terminal_input *input, const struct screen_modes *modes,
                   struct buf *out, struct error *error)
{
    buf_append(out, input->text);
    if (str_is_set(input->paste))
        keys_paste(input->paste, modes, out);
    for (size_t i = 0; i < input->keys.count; i++) {
        const struct str key = input->keys.items[i];
        if (!keys_encode(key, modes, out))
            return error_set(error, ERROR_UNPROCESSABLE, "'%.*s' is not the name of a key",
                             STR_ARG(str_slice(key, 0, 100)));
    }
    if (buf_has_overflowed(out))
        return error_set(error, ERROR_TOO_LARGE, "at most %zu bytes are typed at once",
                         TERMINAL_INPUT_MAX_BYTES);
    return true;
}

bool terminal_input_type(struct terminal *terminal, struct str who,
                         const struct terminal_input *input, size_t *ret_bytes, struct error *error)
{
    struct session *session = terminal_session(terminal);
    const struct screen_modes modes = screen_modes(session_screen(session));
    scoped_buf struct buf bytes;
    buf_init(&bytes, TERMINAL_INPUT_MAX_BYTES);
    if (!encode(input, &modes, &bytes, error))
        return false;
    if (session_state(session) == SESSION_DEAD)
        return error_set(error, ERROR_GONE, "the program in the terminal has ended");
    if (!terminal_may_type(terminal, who, error))
        return false;
    if (session_write_is_full(session))
        return error_set(error, ERROR_LIMIT, "the program does not read what was typed before");
    session_write(session, buf_str(&bytes));
    *ret_bytes = bytes.len;
    return true;
}

struct input_body {
    struct terminal_input input;
    struct str who;
};

static const struct schema_field input_fields[] = {
    {.name = "text",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct input_body, input.text),
     .is_nullable = true,
     .help = "Typed as it is; Enter is \\r"},
    {.name = "paste",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct input_body, input.paste),
     .is_nullable = true,
     .help = "Typed as a terminal pastes it, in brackets where the program asks for them"},
    {.name = "keys",
     .kind = SCHEMA_STRINGS,
     .offset = offsetof(struct input_body, input.keys),
     .is_nullable = true,
     .help = "Names of keys: Enter, C-c, Up, F1, M-x …"},
    TERMINAL_WHO_FIELD(struct input_body),
};
SCHEMA_DEFINE(terminal_input_schema, "TerminalInputRequest", input_fields, true);

/* What is typed now shows behind `next_offset`. */
static void reply_typed(struct http_request *request, const struct terminal *terminal, size_t bytes)
{
    struct buf body = {0};
    buf_printf(&body, "{\"written\":%zu,\"next_offset\":%llu}", bytes,
               (unsigned long long)byte_log_next(session_log(terminal_session(terminal))));
    reply_json(request, 200, &body);
    buf_fini(&body);
}

void terminal_input_post(struct http_request *request, void *context)
{
    struct api *api = context;
    struct input_body body = {0};
    struct error error;
    size_t bytes = 0;
    struct terminal *terminal = terminal_find(request, api);
    if (terminal == NULL || !route_decode(request, &body))
        return;
    api_touch(api);
    if (terminal_input_type(terminal, terminal_who(body.who), &body.input, &bytes, &error))
        reply_typed(request, terminal, bytes);
    else
        reply_error(request, &error);
}

struct signal_body {
    const struct doc_value *signal;
    struct str who;
};

static const struct schema_field signal_fields[] = {
    {.name = "signal",
     .kind = SCHEMA_ANY,
     .offset = offsetof(struct signal_body, signal),
     .is_required = true,
     .help = "A name (INT, SIGINT) or a number; for the program in the foreground"},
    TERMINAL_WHO_FIELD(struct signal_body),
};
SCHEMA_DEFINE(terminal_signal_schema, "TerminalSignalRequest", signal_fields, true);

void terminal_signal_post(struct http_request *request, void *context)
{
    struct api *api = context;
    struct signal_body body = {0};
    struct error error;
    struct terminal *terminal = terminal_find(request, api);
    if (terminal == NULL || !route_decode(request, &body))
        return;
    api_touch(api);
    const int signal = signal_value(body.signal);
    if (signal == 0)
        reply_detail(request, 422, STR("signal is neither the name nor the number of one"));
    else if (!terminal_may_type(terminal, terminal_who(body.who), &error) ||
             !session_signal(terminal_session(terminal), signal, &error))
        reply_error(request, &error);
    else
        terminal_reply(request, terminal, 200);
}
