#ifndef API_NATIVE_COMMAND_BODY_H
#define API_NATIVE_COMMAND_BODY_H

/*
 * The body of POST /api/native/commands and the way from it to a command_request.
 *
 *   {"command": "make test"}  or  {"argv": ["make", "test"]}       exactly one of them
 *   "id", "cwd", "timeout" (seconds; null: none), "stdin": "closed" | "open",
 *   "env": {"NAME": "value"}, "terminal": {"cols": 80, "rows": 24}
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/schema.h"

struct command_request;
struct http_request;

extern const struct schema command_body_schema;

/* Everything in the request's arena or document. False: it has replied. */
bool command_body_decode(struct http_request *request,
                         struct command_request *ret_command) MUST_CHECK;

/* {"cols", "rows"}, also the body of a resize. */
struct command_size {
    struct schema_int cols;
    struct schema_int rows;
};
extern const struct schema command_size_schema;

#endif
