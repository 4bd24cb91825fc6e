#ifndef API_NATIVE_TERMINAL_BODY_H
#define API_NATIVE_TERMINAL_BODY_H

/*
 * The body of POST /api/native/terminals and the way from it to a terminal_request.
 *
 *   "id", "name", "cwd", "env": {"NAME": "value"}, "user"
 *   "shell": "bash" | "zsh" | "posix"     or  "argv": ["vim", "x"]: a program without a shell
 *   "cols", "rows", "scrollback" (rows), "log_bytes", "spill", "restart", "init" (shell text)
 */

#include <stdbool.h>

#include "pty/session.h"
#include "server/base/attributes.h"

struct http_request;
struct schema;
struct terminal_request;

#define TERMINAL_MAX_SCROLLBACK_ROWS 100000
#define TERMINAL_MAX_LOG_BYTES       (64 << 20)

extern const struct schema terminal_body_schema;

/* Everything in the request's arena or document; fills both. False: it has replied. */
bool terminal_body_decode(struct http_request *request, struct session_options *ret_session,
                          struct terminal_request *ret_request) MUST_CHECK;

#endif
