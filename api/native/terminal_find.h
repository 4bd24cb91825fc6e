#ifndef API_NATIVE_TERMINAL_FIND_H
#define API_NATIVE_TERMINAL_FIND_H

/*
 * What most routes of a terminal begin and end with: the terminal that the path names, the name of
 * the client that asks, and the terminal's description as the answer.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct api;
struct http_request;
struct terminal;

/* Who types when a request does not say. */
#define TERMINAL_DEFAULT_WHO STR("api")

/* The field of bodies that says who asks; `type` has a `struct str who`. */
#define TERMINAL_WHO_FIELD(type)                                                                   \
    {                                                                                              \
        .name = "who", .kind = SCHEMA_STRING, .offset = offsetof(type, who), .is_nullable = true,  \
        .max_bytes = TERMINAL_WHO_BYTES - 1, .default_json = "\"api\"",                            \
        .help = "The client's name: who drives the terminal may type"                              \
    }

/* NULL: it has replied 404, or 409 when the terminal is being closed. */
struct terminal *terminal_find(struct http_request *request, const struct api *api);
struct str terminal_who(struct str who);
void terminal_reply(struct http_request *request, const struct terminal *terminal, int status);

#endif
