#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/*
 * struct error is a plain value that says what went wrong: a code, the system's errno if there is
 * one, and a bounded text that names the object and what was expected. Nothing to free; assignment
 * copies it. Functions that can fail return bool (MUST_CHECK) and take `struct error *error` last;
 * on success the error is untouched. A NULL error pointer is allowed and ignored.
 *
 *     if (fd < 0)
 *         return error_set_errno(error, errno, "open '%s'", path);
 *
 * Only the top of a call chain logs an error. Texts must never hold secrets.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

#define ERROR_TEXT_BYTES 1024

/* code, HTTP status, stable name for clients of the native routes */
#define ERROR_CODES(X)                                                                             \
    X(NONE, 200, "ok")                                                                             \
    X(INVALID, 400, "invalid")                                                                     \
    X(UNAUTHORIZED, 401, "unauthorized")                                                           \
    X(FORBIDDEN, 403, "forbidden")                                                                 \
    X(NOT_FOUND, 404, "not_found")                                                                 \
    X(CONFLICT, 409, "conflict")                                                                   \
    X(GONE, 410, "gone")                                                                           \
    X(TOO_LARGE, 413, "too_large")                                                                 \
    X(RANGE, 416, "range")                                                                         \
    X(UNPROCESSABLE, 422, "unprocessable")                                                         \
    X(LIMIT, 429, "limit")                                                                         \
    X(CANCELLED, 499, "cancelled")                                                                 \
    X(INTERNAL, 500, "internal")                                                                   \
    X(UNAVAILABLE, 503, "unavailable")                                                             \
    X(TIMEOUT, 504, "timeout")                                                                     \
    X(NO_SPACE, 507, "no_space")

enum error_code {
#define ERROR_ENUM(name, status, text) ERROR_##name,
    ERROR_CODES(ERROR_ENUM)
#undef ERROR_ENUM
};

struct error {
    enum error_code code;
    int sys_errno;
    char text[ERROR_TEXT_BYTES];
};

/* All three return false, so that a failing function can `return error_set(...)`. */
bool error_set(struct error *error, enum error_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The code follows from errno (ENOENT: NOT_FOUND, EACCES: FORBIDDEN, ENOSPC: NO_SPACE, …); the
 * text is "<format>: <strerror>". */
bool error_set_errno(struct error *error, int sys_errno, const char *format, ...) PRINTF_LIKE(3, 4);
/* Puts context in front of the text: "<format>: <old text>". */
bool error_wrap(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);

int error_http_status(enum error_code code);
const char *error_code_name(enum error_code code);

#endif
