#ifndef API_NATIVE_TERMINAL_MESSAGE_H
#define API_NATIVE_TERMINAL_MESSAGE_H

/*
 * A text message that a client sends over a terminal's socket, decoded; the list of them stands in
 * terminal_socket.h. A table says which members each type has; a message lacks none of them.
 */

#include <stdbool.h>
#include <stdint.h>

#include "api/native/terminal_input.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct doc;
struct error;

enum terminal_message_type {
    TERMINAL_MESSAGE_INPUT, /* also paste and keys */
    TERMINAL_MESSAGE_RESIZE,
    TERMINAL_MESSAGE_SIGNAL,
    TERMINAL_MESSAGE_TAKE_OVER,
    TERMINAL_MESSAGE_GIVE_BACK,
    TERMINAL_MESSAGE_ACK
};

struct terminal_message {
    enum terminal_message_type type;
    struct terminal_input input;
    int cols;
    int rows;
    int signal;
    uint64_t bytes;
};

struct arena;

/* What is decoded points into the arena and the document, which the caller frees with doc_free. */
bool terminal_message_read(struct str text, struct arena *arena, struct doc **ret_doc,
                           struct terminal_message *ret_message, struct error *error) MUST_CHECK;

#endif
