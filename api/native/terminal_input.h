#ifndef API_NATIVE_TERMINAL_INPUT_H
#define API_NATIVE_TERMINAL_INPUT_H

/*
 * What a client types into a terminal: text as it is, text as a terminal pastes it, named keys
 * (pty/keys.h), in this order. Shared by POST …/input and the socket.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/schema.h"
#include "server/base/str.h"

struct error;
struct http_request;
struct terminal;

#define TERMINAL_INPUT_MAX_BYTES ((size_t)1 << 20) /* of one request; 413 beyond */

struct terminal_input {
    struct str text;
    struct str paste;
    struct schema_strings keys;
};

/* CONFLICT for who may not type, LIMIT while the program reads nothing, UNPROCESSABLE for a key
 * that has no such name. Nothing is typed on failure. */
bool terminal_input_type(struct terminal *terminal, struct str who,
                         const struct terminal_input *input, size_t *ret_bytes,
                         struct error *error) MUST_CHECK;

extern const struct schema terminal_input_schema;
extern const struct schema terminal_signal_schema;
void terminal_input_post(struct http_request *request, void *context);
void terminal_signal_post(struct http_request *request, void *context);

#endif
