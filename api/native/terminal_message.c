#include "api/native/terminal_message.h"

#include "api/native/signal_value.h"
#include "pty/screen.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/schema.h"

/* The members of all types. */
struct body {
    struct str type;
    struct str data;
    struct schema_strings keys;
    struct schema_int cols;
    struct schema_int rows;
    const struct doc_value *signal;
    struct schema_int bytes;
};

static const char *const types[] = {"input",     "paste",     "keys", "resize", "signal",
                                    "take_over", "give_back", "ack",  NULL};

static const struct schema_field fields[] = {
    {.name = "type",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct body, type),
     .is_required = true,
     .choices = types},
    {.name = "data", .kind = SCHEMA_STRING, .offset = offsetof(struct body, data)},
    {.name = "keys", .kind = SCHEMA_STRINGS, .offset = offsetof(struct body, keys)},
    {.name = "cols",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct body, cols),
     .has_min = true,
     .min = SCREEN_MIN_SIZE,
     .has_max = true,
     .max = SCREEN_MAX_SIZE},
    {.name = "rows",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct body, rows),
     .has_min = true,
     .min = SCREEN_MIN_SIZE,
     .has_max = true,
     .max = SCREEN_MAX_SIZE},
    {.name = "signal", .kind = SCHEMA_ANY, .offset = offsetof(struct body, signal)},
    {.name = "bytes",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct body, bytes),
     .has_min = true,
     .min = 0},
};
static SCHEMA_DEFINE(schema, "TerminalMessage", fields, true);

static bool read_input(const struct body *body, struct terminal_message *message)
{
    message->input.text = body->data;
    return str_is_set(body->data);
}

static bool read_paste(const struct body *body, struct terminal_message *message)
{
    message->input.paste = body->data;
    return str_is_set(body->data);
}

static bool read_keys(const struct body *body, struct terminal_message *message)
{
    message->input.keys = body->keys;
    return body->keys.items != NULL;
}

static bool read_size(const struct body *body, struct terminal_message *message)
{
    message->cols = (int)body->cols.value;
    message->rows = (int)body->rows.value;
    return body->cols.is_set && body->rows.is_set;
}

static bool read_signal(const struct body *body, struct terminal_message *message)
{
    message->signal = body->signal == NULL ? 0 : signal_value(body->signal);
    return message->signal != 0;
}

static bool read_ack(const struct body *body, struct terminal_message *message)
{
    message->bytes = (uint64_t)body->bytes.value;
    return body->bytes.is_set;
}

static const struct {
    const char *name;
    enum terminal_message_type type;
    bool (*read)(const struct body *body, struct terminal_message *message); /* NULL: no members */
    const char *wanted;
} table[] = {
    {"input", TERMINAL_MESSAGE_INPUT, read_input, "data, a string"},
    {"paste", TERMINAL_MESSAGE_INPUT, read_paste, "data, a string"},
    {"keys", TERMINAL_MESSAGE_INPUT, read_keys, "keys, an array of names"},
    {"resize", TERMINAL_MESSAGE_RESIZE, read_size, "cols and rows"},
    {"signal", TERMINAL_MESSAGE_SIGNAL, read_signal, "signal, the name or number of one"},
    {"take_over", TERMINAL_MESSAGE_TAKE_OVER, NULL, NULL},
    {"give_back", TERMINAL_MESSAGE_GIVE_BACK, NULL, NULL},
    {"ack", TERMINAL_MESSAGE_ACK, read_ack, "bytes, a number"},
};

static bool read_members(const struct body *body, struct terminal_message *ret_message,
                         struct error *error)
{
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (!str_equal(body->type, str_from(table[i].name)))
            continue;
        struct terminal_message message = {.type = table[i].type};
        if (table[i].read != NULL && !table[i].read(body, &message))
            return error_set(error, ERROR_UNPROCESSABLE, "a message of type '%s' needs %s",
                             table[i].name, table[i].wanted);
        *ret_message = message;
        return true;
    }
    return error_set(error, ERROR_UNPROCESSABLE, "no such type of message");
}

bool terminal_message_read(struct str text, struct arena *arena, struct doc **ret_doc,
                           struct terminal_message *ret_message, struct error *error)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    struct doc_error doc_error;
    struct body body = {0};
    struct doc *doc = doc_parse(text, &doc_error);
    if (doc == NULL)
        return error_set(error, ERROR_INVALID, "the message is not JSON: %s", doc_error.text);
    issues_init(&issues, &items);
    schema_decode_json(&schema, doc_root(doc), arena, &body, &issues);
    if (issues.count > 0)
        error_set(error, ERROR_UNPROCESSABLE, "%.*s", STR_ARG(buf_str(&items)));
    else if (read_members(&body, ret_message, error)) {
        *ret_doc = doc;
        return true;
    }
    doc_free(doc);
    return false;
}
